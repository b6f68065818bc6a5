"""V5: two reviewers look at the papers at a counter; nothing is sent, and nothing of them is kept."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, g

from core import members, testing
from core.database import now, reading, transaction
from core.models import AuditEntry, Blob, Membership
from core.web.security import limiter
from plugins.verification_docs.duplicates.models import Conflict, Tag
from plugins.verification_docs.in_person import codes, refusals, services
from plugins.verification_docs.in_person.models import CounterCheck
from plugins.verification_docs.models import Case
from plugins.verification_docs.reviewers.models import ClosePerson, Passed

READ = {
    "shown": ["id", "address", "certificate"],
    "document": "passport",
    "document_number": "QX 731 995 02",
    "country": "GB",
    "names": "Zephyrine Quillfeather",
    "born_on": "27 3 1985",
    "postcode": "E3 5AA",
}
WARD = "E05009320"
AGAIN = {"document_number": "qx73199502", "country": "GB", "seen": "y"}


@pytest.fixture
def second(join: Callable[..., Any]) -> Any:
    return join("Egret", roles=["reviewer"])


def code_of(person: Any) -> str:
    page = person.client.post("/verify/in-person")
    assert page.status_code == 200
    return re.search(r"data-code>([^<]+)<", page.get_data(as_text=True))[1]


def look(reviewer: Any, code: str) -> Any:
    return reviewer.client.post("/review/in-person", data={"code": code})


def first(reviewer: Any, code: str, **fields: Any) -> Any:
    return reviewer.client.post("/review/in-person/first", data={"code": code, "ward": WARD, **READ, **fields})


def then(reviewer: Any, code: str, **fields: Any) -> Any:
    return reviewer.client.post("/review/in-person/second", data={"code": code, **AGAIN, **fields})


def words(answer: Any) -> str:
    main = re.search(r"<main.*</main>", answer.get_data(as_text=True), re.DOTALL)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def ward_of(app: Flask, member_id: str) -> str | None:
    with app.app_context(), reading() as db:
        return db.scalar(sa.select(Membership.ward_code).where(Membership.member_id == member_id))


def checks(app: Flask) -> int:
    with app.app_context(), reading() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(CounterCheck))


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def mentions(folder: Path, text: str) -> int:
    """How often a text stands in the files of an instance, the log of its database among them."""
    return sum(path.read_bytes().lower().count(text.lower().encode()) for path in files_of(folder))


def close_to(app: Flask, reviewer_id: str, member_id: str) -> None:
    with app.app_context(), transaction() as db:
        db.add(ClosePerson(reviewer_id=reviewer_id, person_hash="0" * 32, member_id=member_id))


def test_V5_two_reviewers_verify_a_member_and_nothing_else_is_left(
    app: Flask, resident: Any, reviewer: Any, second: Any, tmp_path: Path
) -> None:
    of_the_directory = mentions(tmp_path, READ["postcode"])
    code = code_of(resident)
    shown = words(look(reviewer, code))
    assert "You are the first of two" in shown
    found = first(reviewer, code, ward="")
    assert found.status_code == 200
    assert "The home is in the ward" in words(found)
    assert checks(app) == 1
    assert ward_of(app, resident.id) is None
    assert first(reviewer, code).status_code == 303
    page = words(look(second, code))
    assert "You are the second of two" in page
    assert "73199502" not in page.replace(" ", "")
    assert then(second, code).status_code == 303
    testing.work(app)
    assert ward_of(app, resident.id) == WARD
    assert checks(app) == 0
    with app.app_context(), reading() as db:
        row = db.get(Membership, resident.id)
        assert (row.method, row.level) == ("in person", "verified")
        assert set(db.scalars(sa.select(Passed.reviewer_id))) == {reviewer.id, second.id}
        verbs = set(db.scalars(sa.select(AuditEntry.verb)))
        assert {f"verification_docs.{verb}" for verb in ("sign_first", "sign_second", "verify")} <= verbs
        assert db.scalars(sa.select(Blob.id)).all() == []
        assert set(db.scalars(sa.select(Tag.kind))) == {"document", "person"}
        assert db.scalars(sa.select(Case.id)).all() == []
    assert [mail["Subject"] for mail in testing.mails(app) if "wren" in str(mail["To"])] == ["All done"]
    assert not [path for path in files_of(tmp_path) if "vault" in path.parts or "blobs" in path.parts]
    canaries = [
        "73199502",
        "731 995",
        "zephyrine",
        "quillfeather",
        "1985-03-27",
        "27 3 1985",
        code,
        code.replace("-", ""),
    ]
    assert not [each for each in canaries if mentions(tmp_path, each)]
    assert mentions(tmp_path, READ["postcode"]) == of_the_directory, "only the list of all postcodes has it"
    assert mentions(tmp_path, "Wren"), "the search does look into the database"
