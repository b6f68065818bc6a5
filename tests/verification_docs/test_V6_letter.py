"""V6: a code that comes by letter proves an address; nobody but the reviewers can read where it goes."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import crypto, testing
from core.database import now, reading, transaction
from core.models import AuditEntry, Membership
from plugins.verification_docs import services as case_services
from plugins.verification_docs.letter import codes, lapsing, refusals, services
from plugins.verification_docs.letter.models import LetterCode
from plugins.verification_docs.models import Case, Evidence
from plugins.verification_docs.reviewers.models import ClosePerson

TYPED = {"name_line": "Z. Quillfeather", "address": "Flat 9\n47 Zephyr Mews\nLondon", "postcode": "e3 5aa"}
ADDRESS = services.Address("Z. Quillfeather", ("Flat 9", "47 Zephyr Mews", "London"), "E3 5AA")


def ask(person: Any, **fields: str) -> Any:
    return person.client.post("/verify/letter", data={**TYPED, **fields})


def letter_id(app: Flask) -> str:
    with app.app_context(), reading() as db:
        return db.scalars(sa.select(LetterCode.id).where(LetterCode.state != "over")).one()


def print_it(reviewer: Any, which: str) -> str:
    """Print a letter and return the page."""
    answer = reviewer.client.post(f"/review/letters/{which}")
    assert answer.status_code == 200
    return str(answer.get_data(as_text=True))


def code_on(page: str) -> str:
    return re.search(r"data-code>([^<]+)<", page)[1]


def posted_code(app: Flask, reviewer: Any) -> str:
    which = letter_id(app)
    code = code_on(print_it(reviewer, which))
    assert reviewer.client.post(f"/review/letters/{which}/posted").status_code == 303
    return code


def enter(person: Any, code: str) -> Any:
    return person.client.post("/verify/letter/code", data={"code": code})


def state_of(app: Flask, member_id: str) -> str | None:
    with app.app_context(), reading() as db:
        return db.scalar(sa.select(Case.state).where(Case.member_id == member_id).order_by(Case.ended_on.is_not(None)))


def mentions(folder: Path, text: str) -> int:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return sum(path.read_bytes().lower().count(text.lower().encode()) for path in files)


def test_V6_a_letter_proves_the_address_and_the_rest_goes_on_as_with_papers(
    app: Flask, resident: Any, reviewer: Any, tmp_path: Path
) -> None:
    known = mentions(tmp_path, "E3 5AA")
    resident.send("id")
    resident.send("third")
    assert ask(resident).status_code == 303
    assert state_of(app, resident.id) == "collecting"
    assert mentions(tmp_path, "zephyr") == mentions(tmp_path, "quillfeather") == 0
    assert mentions(tmp_path, "E3 5AA") == known
    assert "Letter" in reviewer.words("/review/letters")
    page = print_it(reviewer, letter_id(app))
    sealed = re.search(r'data-sealed-text="([^"]+)"', page)[1]
    text = crypto.unseal(base64.b64decode(sealed), reviewer.identity).decode()
    assert text.strip().splitlines() == ["Z. Quillfeather", "Flat 9", "47 Zephyr Mews", "London", "E3 5AA"]
    assert reviewer.client.post(f"/review/letters/{letter_id(app)}/posted").status_code == 303
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(LetterCode.address_sealed)).all() == [None]
    assert "A letter is on its way" in resident.words("/verify/letter")
    assert enter(resident, code_on(page).replace(" ", "-")).status_code == 303
    assert state_of(app, resident.id) == "waiting"
    with app.app_context(), reading() as db:
        paper = db.scalars(sa.select(Evidence).where(Evidence.kind == "address")).one()
        assert (paper.document, paper.state, paper.decided_by) == ("letter_code", "accepted", reviewer.id)
        case_id = db.scalars(sa.select(Case.id)).one()
    reviewer.accept_all(case_id)
    testing.work(app)
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(Membership.ward_code).where(Membership.member_id == resident.id)) == "E05009320"
    subjects = [mail["Subject"] for mail in testing.mails(app) if "wren" in str(mail["To"])]
    assert subjects == ["Look out for the post", "All done"]
