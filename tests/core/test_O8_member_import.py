"""O8: lists that live in spreadsheets come in; nobody is verified by it, and a second run changes nothing."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from flask import Flask

from core import member_import, member_lists, spreadsheets
from core.cli import main
from core.database import reading, transaction
from core.models import Mail, Member, Membership, RoleGrant
from core.testing import mails, make_app, make_member, work

BOW, MILE_END = "E05009320", "E05009327"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path / "instance", {})


@pytest.fixture
def import_list(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run the command on a list, with the app of the test."""
    monkeypatch.setattr("core.commands.open_app", lambda _folder: app)
    monkeypatch.setattr("sys.argv", ["boroughwatch"])

    def run(content: str | bytes, *options: str, name: str = "list.csv") -> Result:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        arguments = ["members", "import", str(file), "--data", str(tmp_path / "instance"), *options]
        return CliRunner().invoke(main, arguments)

    return run


def _people(app: Flask) -> dict[str, str]:
    with app.app_context(), reading() as db:
        return {row.email: row.alias for row in db.execute(sa.select(Member.email, Member.alias))}


def _grants(app: Flask, email: str) -> set[tuple[str, str | None]]:
    wanted = sa.select(RoleGrant.role, RoleGrant.ward_code).join(Member, Member.id == RoleGrant.member_id)
    with app.app_context(), reading() as db:
        return {(row.role, row.ward_code) for row in db.execute(wanted.where(Member.email == email))}


def _sheet(*rows: tuple[Any, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_O8_a_list_comes_in_with_roles_and_one_invitation_each(app: Flask, import_list: Any) -> None:
    done = import_list(
        "email,role,ward,alias\nrobin@place.uk,coordinator,Bow West,Grey Robin\nfinch@place.uk,,,\n"
        f"owl@place.uk,officer,{BOW},\nowl@place.uk,officer,Mile End,\n"
    )
    assert done.exit_code == 0, done.output
    assert "3 invited, 0 known already, 3 roles given" in done.stdout
    assert _people(app)["robin@place.uk"] == "Grey Robin"
    assert _grants(app, "robin@place.uk") == {("coordinator", BOW)}
    assert _grants(app, "owl@place.uk") == {("officer", BOW), ("officer", MILE_END)}
    assert _grants(app, "finch@place.uk") == set()
    work(app)
    sent = mails(app)
    assert sorted(mail["To"] for mail in sent) == ["finch@place.uk", "owl@place.uk", "robin@place.uk"]
    assert {mail["Subject"] for mail in sent} == {"Choose a password"}
    link = next(line for line in sent[0].get_content().splitlines() if "/account/password/" in line)
    assert app.test_client().get(link.removeprefix("http://localhost")).status_code == 200


def test_O8_nothing_imported_is_verified(app: Flask, import_list: Any) -> None:
    refused = import_list("email,role,ward\nrobin@place.uk,verified,Bow West\nfinch@place.uk,coordinator,Bow West\n")
    assert refused.exit_code == 1
    assert "Line 2: Nobody is verified by a list." in refused.stderr
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Membership)) == 0
    assert list(_people(app)) == ["finch@place.uk"]


def test_O8_a_dry_run_says_what_would_happen_and_writes_nothing(app: Flask, import_list: Any) -> None:
    done = import_list("email,role,ward\nrobin@place.uk,coordinator,Bow West\nnonsense,,\n", "--dry-run")
    assert done.exit_code == 1
    assert "Nothing was written. It would be 1 invited, 0 known already, 1 roles given." in done.stdout
    assert "Line 3: The e-mail address is not one." in done.stderr
    with app.app_context(), reading() as db:
        for table in ("core_member", "core_mail", "core_role_grant", "core_audit_entry"):
            assert db.scalar(sa.select(sa.func.count()).select_from(sa.table(table))) == 0


def test_O8_a_second_run_changes_nothing_and_mails_nobody(app: Flask, import_list: Any) -> None:
    text = "email,role,ward\nrobin@place.uk,coordinator,Bow West\n"
    assert import_list(text).exit_code == 0
    before = _people(app)
    again = import_list(text)
    assert "0 invited, 1 known already, 0 roles given" in again.stdout
    assert _people(app) == before
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Mail)) == 1


def test_O8_those_who_are_there_keep_alias_and_password_and_get_missing_roles(app: Flask, import_list: Any) -> None:
    member_id = make_member(app, "Old Heron", roles=[("coordinator", BOW)])
    with app.app_context(), reading() as db:
        before = db.execute(sa.select(Member.email, Member.password, Member.fs_uniquifier)).one()
    done = import_list(
        f"email,role,ward,alias\n{before.email.upper()},coordinator,Bow West,New Name\n"
        f"{before.email},coordinator,Mile End,New Name\n"
    )
    assert "0 invited, 1 known already, 1 roles given" in done.stdout
    with app.app_context(), reading() as db:
        after = db.execute(sa.select(Member.email, Member.password, Member.fs_uniquifier)).one()
        assert db.get_one(Member, member_id).alias == "Old Heron"
        assert db.scalar(sa.select(sa.func.count()).select_from(Mail)) == 0
    assert after == before
    assert _grants(app, before.email) == {("coordinator", BOW), ("coordinator", MILE_END)}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (",coordinator,Bow West,", "There is no e-mail address"),
        ("robin@,coordinator,Bow West,", "The e-mail address is not one"),
        ("robin@place.uk,king,Bow West,", "'king' is not a role"),
        ("robin@place.uk,admin,,", "boroughwatch members add EMAIL --role admin"),
        ("robin@place.uk,reviewer,,", "A list does not give the role 'reviewer'"),
        ("robin@place.uk,coordinator,,", "Which ward?"),
        ("robin@place.uk,coordinator,Bow Wset,", "Did you mean 'Bow West'?"),
        ("robin@place.uk,coordinator,E05000001,", "is not a ward of this borough"),
        ("robin@place.uk,,,x", "The alias needs 3 to 40"),
        ("robin@place.uk,,,me@place.uk", "The alias needs 3 to 40"),
        ("robin@place.uk,,,first heron", "Another member has this alias"),
        ("robin@place.uk,=1+1,Bow West,", "holds a formula"),
        ("closed@place.uk,coordinator,Bow West,", "This account was closed"),
    ],
)
def test_O8_a_wrong_line_is_named_with_what_to_do_and_the_others_come_in(
    app: Flask, import_list: Any, line: str, sentence: str
) -> None:
    make_member(app, "First Heron")
    closed = make_member(app, "Closed Wren")
    with app.app_context(), transaction() as db:
        db.execute(sa.update(Member).where(Member.id == closed).values(active=False, email="closed@place.uk"))
    done = import_list(f"email,role,ward,alias\nfinch@place.uk,,,\n{line}\n")
    assert done.exit_code == 1
    assert "Line 3: " in done.stderr
    assert sentence in done.stderr
    assert "@" not in done.stderr.replace("name@place.uk", "")
    assert "finch@place.uk" in _people(app)
    assert "robin@place.uk" not in _people(app)


def test_O8_two_lines_cannot_share_an_alias(app: Flask, import_list: Any) -> None:
    done = import_list("email,alias\nrobin@place.uk,Grey Robin\nfinch@place.uk,grey robin\n")
    assert "Line 3: Another line of the list has the same alias" in done.stderr
    assert list(_people(app)) == ["robin@place.uk"]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffE-Mail Address;Role;WARD\r\nrobin@place.uk;Coordinator;bow west ward\r\n".encode(),
        b"sep=;\nemail;role;ward\nrobin@place.uk;coordinator;E05009320\n",
        "E-mail\tRole\tGSS code\nrobin@place.uk\tcoordinator\te05009320\n".encode("utf-16"),
        "Our list, new\n\nEmail,Role,Ward name,Notes\n robin@place.uk ,COORDINATOR,Bow  West,Caf\xe9\n".encode(
            "cp1252"
        ),
    ],
    ids=["utf-8 with mark and semicolons", "sep line", "utf-16 with tabs", "title above, old Windows"],
)
def test_O8_lists_as_programs_write_them_are_read(app: Flask, import_list: Any, content: bytes) -> None:
    done = import_list(content)
    assert done.exit_code == 0, done.output
    assert _grants(app, "robin@place.uk") == {("coordinator", BOW)}


def test_O8_columns_we_have_no_business_with_are_not_read(app: Flask, import_list: Any) -> None:
    done = import_list("Name,email,Telephone\nMade Up,robin@place.uk,020 7946 0000\n")
    assert "Not read: Name, Telephone." in done.stdout
    assert "Made Up" not in str(_people(app))


def test_O8_the_whole_borough_must_be_asked_for(app: Flask, import_list: Any) -> None:
    assert import_list("email,role,ward\nrobin@place.uk,coordinator,Tower Hamlets\n").exit_code == 0
    assert _grants(app, "robin@place.uk") == {("coordinator", None)}


def test_O8_line_numbers_count_what_a_spreadsheet_shows(app: Flask, import_list: Any) -> None:
    text = 'email,notes\n\nrobin@place.uk,"two\nlines"\nwrong,\n'
    assert "Line 5: " in import_list(text).stderr
    sheet = _sheet(("email",), (None,), ("robin@place.uk",), ("wrong",))
    assert "Line 4: " in import_list(sheet, name="list.xlsx").stderr


def test_O8_an_xlsx_comes_in_and_its_formulas_are_never_worked_out(app: Flask, import_list: Any) -> None:
    done = import_list(
        _sheet(
            ("email", "role", "ward"),
            ("robin@place.uk", "coordinator", "Bow West"),
            ("finch@place.uk", '=CONCAT("coordin","ator")', "Bow West"),
        ),
        name="list.xlsx",
    )
    assert "Line 3: The column 'role' holds a formula." in done.stderr
    assert _grants(app, "robin@place.uk") == {("coordinator", BOW)}
    assert "finch@place.uk" not in _people(app)


def _package(**parts: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name.replace("__", "/") + ".xml", content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"name,role\nRobin,coordinator\n", "No column is called 'email'"),
        (b"email,e-mail\na@place.uk,b@place.uk\n", "two columns for 'email'"),
        (b"email\n" + b"x" * 501 + b"\n", "more than 500 signs"),
        (b"\x00\x01\x02email\n", "This is not a table"),
        (b"\xd0\xcf\x11\xe0 old", "protected by a password, or of an old kind"),
        (b"PK\x03\x04 cut off", "damaged or not a spreadsheet"),
        (_package(xl__workbook=b"<workbook/>"), "damaged or not a spreadsheet"),
        (_package(xl__workbook=b'<!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>'), "damaged"),
        (_package(bomb=b" " * (61 << 20)), "unpacks to too much"),
        (_sheet(("email",), ("a@place.uk",))[:-400], "damaged or not a spreadsheet"),
        (b"x" * ((5 << 20) + 1), "larger than 5 MB"),
        (b"email\n" + b"a@place.uk\n" * 20_001, "more than 20000 lines"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_O8_a_file_that_is_no_list_is_refused_in_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(content)
    with pytest.raises(spreadsheets.NotASpreadsheet, match=re.escape(sentence)):
        member_lists.understand(spreadsheets.read(file))


def test_O8_a_refused_file_is_one_line_of_error_and_nothing_written(app: Flask, import_list: Any) -> None:
    done = import_list("name,role\nRobin,coordinator\n")
    assert done.exit_code == 1
    assert done.stderr == (
        "boroughwatch: list.csv: No column is called 'email'. Put the names of the columns in the first line.\n"
    )
    assert _people(app) == {}


def test_O8_a_stopped_import_is_finished_by_the_next(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("email\nrobin@place.uk\nfinch@place.uk\nowl@place.uk\n")

    def stop(done: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with app.app_context():
        wanted = member_lists.understand(spreadsheets.read(file)).entries
        with pytest.raises(KeyboardInterrupt):
            member_import.carry_out(member_import.plan(wanted), stop)
        assert len(_people(app)) == 2
        rest = member_import.plan(wanted)
        assert rest.new == 1
        seen: list[int] = []
        assert member_import.carry_out(rest, seen.append) == []
        assert seen == [1, 2, 3]
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Mail)) == 3
