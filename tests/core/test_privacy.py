from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from core import audit, mail, members, notifications, privacy, storage
from core.contributions import ErasurePart, ExportPart
from core.database import reading, sql, transaction
from core.hookspecs import hookimpl
from core.models import AuditEntry, Blob, Mail, Member, Membership, RoleGrant, Token, WardFollow
from core.testing import api_token, make_app, make_member, sign_in

BOW_WEST = "E05009320"


class Notebook:
    """A plugin that holds one note about each member, outside any table of ours."""

    def __init__(self) -> None:
        self.notes: dict[str, str] = {}
        self.broken = False

    @hookimpl
    def export_member(self, db: Session, member_id: str) -> ExportPart:
        if self.broken:
            raise ValueError(f"cannot read {member_id}")
        return ExportPart("notebook.notes", [{"note": self.notes[member_id]}] if member_id in self.notes else [])

    @hookimpl
    def erase_member(self, db: Session, member_id: str) -> ErasurePart:
        if self.broken:
            raise ValueError(f"cannot erase {member_id}")
        gone = self.notes.pop(member_id, None)
        return ErasurePart(deleted=int(gone is not None), kept=1, why_kept="the law wants it")


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
def app(tmp_path: Path, notebook: Notebook) -> Flask:
    return make_app(tmp_path, plugins={"notebook": notebook})


def everything_about(app: Flask, notebook: Notebook) -> str:
    """Make a member of whom every core table holds something; return their id."""
    member_id = make_member(app, "Canary Wren 77", roles=[("officer", BOW_WEST)], ward=BOW_WEST)
    api_token(app, member_id, "read")
    with app.app_context(), transaction() as db:
        address = db.get_one(Member, member_id).email
        notifications.follow(db, member_id, ["E05009332"])
        storage.put(db, "notebook", b"sealed", member_id)
        mail.queue(db, address, "Something new", "Look at the site.")
    notebook.notes[member_id] = "likes tea"
    return member_id


def test_export_holds_what_core_and_plugins_know_and_is_json(app: Flask, notebook: Notebook) -> None:
    member_id = everything_about(app, notebook)
    with app.app_context(), reading() as db:
        whole = privacy.export(db, member_id)
    assert whole["core.account"][0]["alias"] == "Canary Wren 77"
    assert whole["core.membership"][0]["ward_code"] == BOW_WEST
    assert whole["core.roles"][0]["role"] == "officer"
    assert whole["core.followed_wards"] == [{"ward_code": "E05009332"}]
    assert whole["core.api_tokens"][0]["scopes"] == "read"
    assert whole["core.sealed_files"][0]["owner"] == "notebook"
    assert whole["core.waiting_mails"][0]["subject"] == "Something new"
    assert whole["notebook.notes"] == [{"note": "likes tea"}]
    text = json.dumps(whole, default=str)
    for secret in ("argon2", "fs_uniquifier", "token_hash", "totp"):
        assert secret not in text


def test_export_is_about_one_member_only(app: Flask, notebook: Notebook) -> None:
    everything_about(app, notebook)
    other = make_member(app, "Other Otter 11")
    with app.app_context(), reading() as db:
        assert "Canary" not in json.dumps(privacy.export(db, other), default=str)


def test_export_fails_as_a_whole_when_a_plugin_cannot_answer(app: Flask, notebook: Notebook) -> None:
    member_id = everything_about(app, notebook)
    notebook.broken = True
    with app.app_context(), reading() as db, pytest.raises(privacy.PartFailed, match="'notebook'") as caught:
        privacy.export(db, member_id)
    assert member_id not in str(caught.value)


def test_nobody_to_export_or_erase_is_said_so(app: Flask) -> None:
    with app.app_context(), transaction() as db:
        with pytest.raises(privacy.NoSuchMember):
            privacy.export(db, "nobody")
        with pytest.raises(privacy.NoSuchMember):
            privacy.erase(db, "nobody")


def test_erasure_leaves_no_row_file_or_mail(app: Flask, notebook: Notebook, tmp_path: Path) -> None:
    member_id = everything_about(app, notebook)
    with app.app_context():
        with transaction() as db:
            done = privacy.erase(db, member_id)
        assert done.parts["notebook"] == ErasurePart(1, 1, "the law wants it")
        assert done.parts["core"].deleted == 7
        assert done.deleted == 8
        assert done.parked == ()
        with reading() as db:
            for table in (Member, Membership, RoleGrant, Token, WardFollow, Blob, Mail):
                assert db.scalar(sa.select(sa.func.count()).select_from(table)) == 0, table
        assert not list((tmp_path / "files").rglob("*.age"))
        assert columns_holding(member_id) == []


def columns_holding(text: str) -> list[str]:
    """Return table.column for every cell of the whole database that contains a text."""
    found = []
    with sql.engine.connect() as connection:
        metadata = sa.MetaData()
        metadata.reflect(connection)
        for table in metadata.sorted_tables:
            for row in connection.execute(sa.select(table)):
                found += [f"{table.name}.{key}" for key, value in row._mapping.items() if text in str(value)]
    return found


def test_erasure_is_in_the_log_under_a_keyed_hash(app: Flask, notebook: Notebook) -> None:
    member_id = everything_about(app, notebook)
    with app.app_context():
        with transaction() as db:
            privacy.erase(db, member_id, reason="asked by letter")
        with reading() as db:
            entry = db.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "privacy.erase")).one()
            assert entry.subject == audit.actor_hash(member_id)
            assert entry.reason == "asked by letter"
            assert audit.verify(db) is None


def test_failing_plugin_rolls_the_whole_erasure_back(app: Flask, notebook: Notebook) -> None:
    member_id = everything_about(app, notebook)
    notebook.broken = True
    with app.app_context():
        with pytest.raises(privacy.PartFailed), transaction() as db:
            privacy.erase(db, member_id)
        with reading() as db:
            assert db.get(Member, member_id) is not None
            assert db.get(Membership, member_id) is not None


def test_erasure_touches_nobody_else(app: Flask, notebook: Notebook) -> None:
    member_id = everything_about(app, notebook)
    other = make_member(app, "Other Otter 11", ward=BOW_WEST)
    notebook.notes[other] = "likes coffee"
    with app.app_context():
        with transaction() as db:
            privacy.erase(db, member_id)
        with reading() as db:
            assert db.get(Member, other) is not None
            assert db.get(Membership, other) is not None
    assert notebook.notes == {other: "likes coffee"}


@pytest.fixture
def ghost(app: Flask) -> Any:
    """Tables of a plugin that is not loaded: one goes with the member, one lets go of them."""
    with app.app_context(), sql.engine.begin() as connection:
        for name, rule, null in (("ghost_note", "CASCADE", "NOT NULL"), ("ghost_vote", "SET NULL", "")):
            connection.exec_driver_sql(
                f"CREATE TABLE {name} (id INTEGER PRIMARY KEY, member_id VARCHAR(32) {null}, "
                f"FOREIGN KEY(member_id) REFERENCES core_member (id) ON DELETE {rule})"
            )

    def write(member_id: str) -> None:
        with app.app_context(), sql.engine.begin() as connection:
            for name in ("ghost_note", "ghost_vote"):
                connection.exec_driver_sql(f"INSERT INTO {name} (member_id) VALUES (?)", (member_id,))  # noqa: S608  # ours

    return write


def test_parked_tables_are_listed_and_the_database_lets_go(app: Flask, ghost: Any) -> None:
    member_id = make_member(app)
    ghost(member_id)
    with app.app_context():
        with reading() as db:
            held = privacy.export(db, member_id)["parked"]
        assert [(row["table"], row["rows"], row["rule"]) for row in held] == [
            ("ghost_note", 1, "CASCADE"),
            ("ghost_vote", 1, "SET NULL"),
        ]
        with transaction() as db:
            done = privacy.erase(db, member_id)
        assert [(table.owner, table.table, table.rows) for table in done.parked] == [
            ("ghost", "ghost_note", 1),
            ("ghost", "ghost_vote", 1),
        ]
        assert columns_holding(member_id) == []


def test_parked_tables_without_rows_of_the_member_are_not_listed(app: Flask, ghost: Any) -> None:
    ghost(make_member(app))
    other = make_member(app)
    with app.app_context(), transaction() as db:
        assert "parked" not in privacy.export(db, other)
        assert privacy.erase(db, other).parked == ()


def test_member_takes_their_data_and_closes_the_account_on_the_web(app: Flask, notebook: Notebook) -> None:
    member_id = everything_about(app, notebook)
    client = app.test_client()
    sign_in(client, member_id)
    answer = client.post("/account/data.json")
    assert answer.status_code == 200
    assert json.loads(answer.data)["notebook.notes"] == [{"note": "likes tea"}]
    assert client.post("/account/close").status_code == 422
    assert client.post("/account/close", data={"sure": "y"}).status_code == 303
    with app.app_context(), reading() as db:
        assert db.get(Member, member_id) is None
    assert client.get("/account").status_code == 303


def test_suspended_member_can_still_be_exported_and_erased(app: Flask) -> None:
    member_id = make_member(app)
    with app.app_context(), transaction() as db:
        members.suspend(db, member_id, None, "test")
        assert privacy.export(db, member_id)["core.account"][0]["active"] is False
        assert privacy.erase(db, member_id).deleted == 1
