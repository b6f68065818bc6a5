"""A resident proves where she lives, a reviewer judges, and nothing of the papers is left."""

from __future__ import annotations

import io
import os
import re
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import pyrage
import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image, ImageDraw

from core import audit, crypto, testing
from core.cleaning import intake
from core.database import reading
from core.instance import instance
from core.models import AuditEntry, Blob, Membership
from plugins.verification_docs.models import Case, Evidence, Page

BOW_WEST = "E05009320"


def only_case(app: Flask) -> str:
    with app.app_context(), reading() as db:
        return str(db.scalars(sa.select(Case.id).where(Case.ended_on.is_(None))).one())


def test_V1_V2_each_paper_has_a_slot_and_a_decision_of_its_own(app: Flask, resident: Any, reviewer: Any) -> None:
    assert "Photo document" in resident.words("/verify")
    assert resident.words("/verify").count("not sent yet") == 3
    resident.send("id")
    assert resident.words("/verify").count("not sent yet") == 2
    resident.send("address")
    resident.send("third")
    assert resident.words("/verify").count("waiting") == 3
    case_id = only_case(app)
    reviewer.open(case_id)
    first, second, _third = reviewer.papers(case_id)
    reviewer.decide(case_id, first, "accept")
    reviewer.decide(case_id, second, "too_old")
    page = resident.words("/verify")
    assert page.count("accepted") == 1
    assert page.count("please send again") == 1
    assert page.count("waiting") == 1


def test_V14_only_what_was_sent_back_is_sent_again_then_V9_all_is_gone(
    app: Flask, resident: Any, reviewer: Any
) -> None:
    resident.send_all()
    case_id = only_case(app)
    reviewer.open(case_id)
    pictures = reviewer.pictures(case_id)
    for paper_id, decision in zip(reviewer.papers(case_id), ["accept", "too_old", "accept"], strict=True):
        answer = reviewer.decide(case_id, paper_id, decision)
    assert answer.location == "/review"
    testing.work(app)
    (told,) = [mail for mail in testing.mails(app) if mail["To"].startswith("wren")]
    assert told["Subject"] == "Please have another look"
    assert not re.search("bill|address|paper|verif|document", told.get_content().split("http")[0], re.IGNORECASE)
    page = resident.words("/verify")
    assert "It is too old. Send a newer one" in page
    assert resident.client.get("/verify/id").status_code == 303, "what was accepted is not asked for again"
    assert resident.send("id").status_code == 303
    assert resident.send("address").status_code == 303
    assert reviewer.open(case_id, "sent_again").status_code == 303
    (last,) = reviewer.papers(case_id)
    assert reviewer.decide(case_id, last).location == "/review"
    with app.app_context(), reading() as db:
        member = db.get(Membership, resident.id)
        assert member is not None
        assert (member.ward_code, member.method) == (BOW_WEST, "verification_docs")
        assert [db.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Evidence, Page, Blob)] == [
            0,
            0,
            0,
        ]
    page = resident.words("/verify")
    assert "You are verified" in page
    assert "Home ward: Bow West" in page
    assert "All your papers were deleted on" in page
    assert "Opened by a reviewer 2 times" in page
    assert "Pages deleted 4" in page
    assert [reviewer.client.get(picture).status_code for picture in pictures] == [404] * 3
    assert reviewer.client.get(f"/review/{case_id}").status_code == 404


def test_V9_no_byte_of_a_paper_lies_in_the_clear_before_or_after(app: Flask, resident: Any, reviewer: Any) -> None:
    canaries = [b"Quillcanary", b"E3 5AA", b"E35AA", b"quillcanary-file"]
    page = Image.new("RGB", (600, 800), "white")
    ImageDraw.Draw(page).text((30, 30), "Quillcanary", fill="black")
    exif = Image.Exif()
    exif[0x010E] = "Quillcanary"
    target = io.BytesIO()
    page.save(target, "JPEG", exif=exif.tobytes(), comment=b"Quillcanary")
    folder = instance(app).config.data_dir
    plain = intake.clean_pages([target.getvalue()])[0]
    places = [b"E3 5AA", b"E35AA"]
    listed = {
        path for path in folder.rglob("*") if path.is_file() and any(place in path.read_bytes() for place in places)
    }

    # The daily job moves what is in SQLite's log, the directory included, into the database file.
    listed.add(folder / "boroughwatch.db")

    def look() -> None:
        for path in folder.rglob("*"):
            if not path.is_file():
                continue
            content = path.read_bytes()
            # The postcode directory itself names every postcode; it is the one place that may.
            for canary in canaries if path not in listed else canaries[::3]:
                assert canary not in content, f"{canary!r} in {path.name}"
            assert plain[600:700] not in content, f"a picture in the clear in {path.name}"
            if path.suffix == ".age":
                assert content.startswith(b"age-encryption.org/v1")

    for step in ("id", "address", "third"):
        resident.send(step, target.getvalue(), "quillcanary-file.jpg")
    sealed = list(folder.rglob("*.age"))
    assert len(sealed) == 3
    look()
    reviewer.accept_all(only_case(app))
    assert not list(folder.rglob("*.age")), "the files go with the commit"
    look()
    testing.work(app)
    look()


def test_V9_the_postcode_is_in_no_row_of_the_case_after_the_end(app: Flask, resident: Any, reviewer: Any) -> None:
    resident.send_all()
    with app.app_context(), reading() as db:
        sealed = db.scalars(sa.select(Case.postcode_sealed)).one()
        assert sealed is not None
        assert b"E3 5AA" not in bytes.fromhex(sealed)
    reviewer.accept_all(only_case(app))
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(Case.postcode_sealed)).one() is None


opened_for_writing: list[str] = []


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    # A number is a descriptor that was opened before (a pipe to the child); only names make new files.
    if event == "open" and isinstance(arguments[0], str | bytes) and arguments[2] & (os.O_WRONLY | os.O_RDWR):
        opened_for_writing.append(os.fsdecode(arguments[0]))


def test_the_upload_never_touches_a_temporary_file(app: Flask, resident: Any) -> None:
    """Werkzeug by default spools an upload of this size to the temporary folder, in the clear."""
    sys.addaudithook(_watch)
    big = io.BytesIO()
    Image.effect_noise((2400, 2000), 90).convert("RGB").save(big, "JPEG", quality=95)
    assert len(big.getvalue()) > 2 << 20
    resident.send("address", b"MZ")
    opened_for_writing.clear()
    with tempfile.TemporaryFile():
        assert opened_for_writing, "the watch sees temporary files"
    opened_for_writing.clear()
    assert resident.send("id", big.getvalue()).status_code == 303
    seen = [
        path for path in opened_for_writing if not path.startswith((str(instance(app).config.data_dir), os.devnull))
    ]
    assert seen == []


def test_W4_the_ward_is_that_of_the_postcode_on_the_day_of_the_decision(
    app: Flask, resident: Any, reviewer: Any
) -> None:
    from core.database import transaction
    from core.models import Postcode

    assert "ward" not in " ".join(re.findall(r'name="([^"]+)"', resident.text("/verify/address")))
    resident.send_all()
    with app.app_context(), transaction() as db:
        db.get_one(Postcode, "E3 5AA").ward_code = "E05009324"
    reviewer.accept_all(only_case(app))
    with app.app_context(), reading() as db:
        assert db.get_one(Membership, resident.id).ward_code == "E05009324"


def test_W4_a_new_address_is_a_new_case(app: Flask, resident: Any, reviewer: Any) -> None:
    resident.send_all()
    reviewer.accept_all(only_case(app))
    assert "I have moved house" in resident.words("/verify")
    assert resident.words("/verify?again=1").count("not sent yet") == 3
    for step, fields in (("id", {}), ("address", {"postcode": "E14 9AA"}), ("third", {})):
        assert resident.send(step, **fields).status_code == 303
    reviewer.accept_all(only_case(app))
    with app.app_context(), reading() as db:
        assert db.get_one(Membership, resident.id).ward_code == "E05009324"
        assert db.scalar(sa.select(sa.func.count()).select_from(Case)) == 2


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Type the postcode that stands on the paper"),
        ("rose garden", "does not look like a postcode"),
        ("E3 9ZZ", "do not know this postcode"),
        ("E8 1AA", "not in our borough"),
        ("E1 1AB", "PO box"),
        ("E1 2AD", "no longer in use"),
    ],
)
def test_V2_a_postcode_that_is_no_home_here_gets_a_sentence(
    app: Flask, resident: Any, typed: str, sentence: str
) -> None:
    from core.database import transaction
    from core.models import Postcode

    with app.app_context(), transaction() as db:
        for postcode, refusal in (("E8 1AA", "outside"), ("E1 1AB", "large_user"), ("E1 2AD", "terminated")):
            db.add(Postcode(postcode=postcode, refusal=refusal, source="test"))
    answer = resident.send("address", postcode=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert f'value="{typed}"' in page or not typed
    assert re.search(r'checked[^>]*value="address.utility_bill"|value="address.utility_bill"[^>]*checked', page)
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"MZ" + b"\0" * 3000, "cannot use this type of file"),
        (b"", "The file is empty"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 900, "could not open the file"),
        (b"%PDF-1.4 broken", "could not open the file"),
        (b"\xff\xd8\xff" + b"\0" * (12 << 20), "larger than 12 MB"),
        (b"\xff\xd8\xff" + b"\0" * (15 << 20), "larger than 12 MB"),
    ],
    ids=["program", "empty", "broken picture", "broken PDF", "too big", "request too big"],
)
def test_a_bad_file_gets_a_sentence_and_what_was_typed_stays(resident: Any, content: bytes, sentence: str) -> None:
    answer = resident.send("address", content)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="E3 5AA"' in page
    assert re.search(r'checked[^>]*value="address.utility_bill"|value="address.utility_bill"[^>]*checked', page)


def test_nothing_chosen_is_said_field_by_field(resident: Any) -> None:
    answer = resident.client.post("/verify/address", data={})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for sentence in ("Choose what you will send.", "Choose a photo or a PDF.", "Type the postcode"):
        assert sentence in page


def test_V14_a_refusal_needs_a_reason_that_fits(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    identity, *_others = reviewer.papers(case_id)
    for decision in ("", "no", "wrong_postcode"):
        answer = reviewer.decide(case_id, identity, decision)
        assert answer.status_code == 422
        assert "Choose what you decide" in answer.get_data(as_text=True)


def test_opening_needs_a_reason_and_is_logged_and_counted(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    assert "Why do you open it?" in reviewer.words(f"/review/{case_id}")
    assert reviewer.pictures(case_id) == []
    answer = reviewer.open(case_id, "")
    assert answer.status_code == 422
    assert reviewer.open(case_id, "colleague").status_code == 303
    with app.app_context(), reading() as db:
        entry = db.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "verification_docs.open")).one()
        assert (entry.subject, entry.reason, entry.actor) == (
            f"case {case_id}",
            "colleague",
            audit.actor_hash(reviewer.id),
        )
        assert resident.id not in entry.subject + entry.reason
        assert audit.verify(db) is None
    assert "Opened once so far" in resident.words("/verify")


def test_V11_a_picture_is_sent_sealed_and_only_a_reviewers_own_key_opens_it(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    answer = reviewer.client.get(reviewer.pictures(case_id)[0])
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.data.startswith(b"age-encryption.org/v1")
    assert Image.open(io.BytesIO(reviewer.unsealed(reviewer.pictures(case_id)[0]))).size == (200, 200)
    with pytest.raises(pyrage.DecryptError):
        crypto.unseal(answer.data, crypto.new_age_identity())


def test_the_reviewer_sees_no_alias_and_the_member_no_reviewer(
    resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    for path in ("/review", f"/review/{case_id}"):
        assert "Wren" not in reviewer.text(path)
        assert resident.id not in reviewer.text(path)
    assert "Heron" not in resident.text("/verify")


def test_a_member_may_delete_and_replace_before_it_is_complete(app: Flask, resident: Any) -> None:
    resident.send("id")
    resident.client.post("/verify/id/take-back")
    assert resident.words("/verify").count("not sent yet") == 3
    assert not list(instance(app).config.data_dir.rglob("*.age"))
    resident.send_all()
    answer = resident.client.post("/verify/id/take-back", follow_redirects=True)
    assert "The reviewers have it already" in answer.get_data(as_text=True)


def test_withdrawing_asks_once_then_deletes_everything(
    app: Flask, resident: Any, waiting_case: Callable[..., str]
) -> None:
    waiting_case(resident.id)
    assert "Take everything back?" in resident.words("/verify/withdraw")
    assert list(instance(app).config.data_dir.rglob("*.age"))
    resident.client.post("/verify/withdraw")
    assert not list(instance(app).config.data_dir.rglob("*.age"))
    page = resident.words("/verify")
    assert "You took your papers back" in page
    assert "Pages deleted 3" in page


def test_the_next_step_stands_on_the_home_page(resident: Any, waiting_case: Callable[..., str]) -> None:
    assert "Prove you live here" in resident.words("/")
    resident.send("id")
    assert "1 of 3 papers are in" in resident.words("/")


def test_the_admin_sees_figures_and_no_cases(
    join: Callable[..., Any], resident: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    admin = join("Owl", roles=["admin"])
    assert "Waiting for a reviewer 1" in admin.words("/admin")
    assert admin.client.get("/review").status_code == 403
    assert admin.client.get(f"/review/{case_id}").status_code == 403


def test_visitors_are_led_to_sign_in(app: Flask) -> None:
    client = app.test_client()
    for path in ("/verify", "/verify/id", "/review"):
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in?next=")


def test_lists_ask_a_fixed_number_of_questions(
    app: Flask, join: Callable[..., Any], reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    def questions() -> int:
        asked: list[str] = []
        with app.app_context():
            from core.database import sql

            engine = sql.engine
        listener = lambda *args: asked.append(args[2])  # noqa: E731  # one list, one line
        sa.event.listen(engine, "before_cursor_execute", listener)
        assert reviewer.client.get("/review").status_code == 200
        sa.event.remove(engine, "before_cursor_execute", listener)
        return len(asked)

    waiting_case(join("Robin").id)
    few = questions()
    for number in range(8):
        waiting_case(join(f"Sparrow {number}").id)
    assert questions() == few <= 10
