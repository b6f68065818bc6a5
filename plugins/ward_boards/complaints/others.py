"""The verbs of all other complaints: send one in, answer it, count them. None of them commits.

Source: Online Safety Act 2023, sections 20 and 21 (reporting and complaints); Data (Use and Access) Act 2025
(complaints about personal data are acknowledged in 30 days).
"""

from __future__ import annotations

import secrets
import statistics
from datetime import date, datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit
from core.contributions import Viewer
from core.database import new_id
from core.instance import instance
from plugins.ward_boards.complaints import clock, course, mails, papers
from plugins.ward_boards.complaints.models import Complaint, LegalNotice
from plugins.ward_boards.models import Post, ThreadWard

ILLEGAL, DECISION, DATA, SITE = KINDS = ("illegal", "decision", "data", "site")
UPHELD, REFUSED, PASSED = OUTCOMES = ("upheld", "refused", "passed")
TARGET_DAYS = {ILLEGAL: 1, DECISION: 7, DATA: 30, SITE: 30}
"""In how many days a complaint shall be answered; for illegal content a day that counts."""


class AlreadyAnswered(Exception):
    """Somebody was quicker."""


def kind_labels() -> dict[str, str]:
    """Return the kinds with their words."""
    return {
        ILLEGAL: _("Illegal or harmful content"),
        DECISION: _("A decision of a coordinator"),
        DATA: _("My personal data"),
        SITE: _("How this site works"),
    }


def outcome_labels() -> dict[str, str]:
    """Return what can come of a complaint."""
    return {
        UPHELD: _("You were right, and we acted"),
        REFUSED: _("We looked at it and changed nothing"),
        PASSED: _("It was for somebody else, and we said for whom"),
    }


def due_on(kind: str, now: datetime) -> date:
    """Return by when a complaint of a kind shall be answered."""
    if kind == ILLEGAL:
        return clock.after_hours(now, 24).date()
    return now.date() + timedelta(days=TARGET_DAYS[kind])


def receive(db: Session, kind: str, matter: papers.Matter, *, post_id: str | None, now: datetime) -> str:
    """Take in a complaint and return its receipt, which nobody can work out from what is stored."""
    receipt = secrets.token_hex(5).upper()
    post = db.get(Post, post_id) if post_id else None
    codes = [instance().config.borough]
    if post is not None:
        chosen = sa.select(ThreadWard.ward_code).where(ThreadWard.thread_id == post.thread_id)
        codes = sorted(db.scalars(chosen))
    db.add(
        Complaint(
            id=new_id(),
            receipt_hash=hash_of(receipt),
            kind=kind,
            ward_list=",".join(codes),
            post_id=post.id if post else None,
            sealed=papers.seal(matter),
            received_on=now.date(),
            due_on=due_on(kind, now),
        )
    )
    db.flush()
    return receipt


def hash_of(receipt: str) -> str:
    """Return a receipt as it is stored."""
    return instance().keys.keyed_hash("ward_boards.receipt", "".join(receipt.split()).upper())


def by_receipt(db: Session, receipt: str) -> Complaint | None:
    """Return the complaint of a receipt, or None."""
    return db.scalar(sa.select(Complaint).where(Complaint.receipt_hash == hash_of(receipt)))


def close(db: Session, viewer: Viewer, complaint_id: str, outcome: str, words: str, *, now: datetime) -> None:
    """Answer a complaint; the answer is mailed when an address was given, and can be read with the receipt.

    Raises:
        AlreadyAnswered: it was closed before.
    """
    row = db.get_one(Complaint, complaint_id)
    if row.closed_on is not None:
        raise AlreadyAnswered(complaint_id)
    row.outcome, row.closed_on, row.sealed_answer = outcome, now.date(), papers.seal(words)
    audit.record(db, viewer.member_id, "ward_boards.complaint_close", f"complaint {row.id}", outcome)
    email = papers.open_matter(row.sealed).email
    if email:
        mails.answer_complaint(db, email, words)
    db.flush()


class Count(NamedTuple):
    """One line of the record: how many of a kind ended how, and the median of the days it took."""

    kind: str
    outcome: str
    number: int
    median_days: float | None


def record(db: Session) -> list[Count]:
    """Return counts by kind and outcome, for those who must account for them; no texts, no days of single ones."""
    rows = [
        *db.execute(sa.select(Complaint.kind, Complaint.outcome, Complaint.received_on, Complaint.closed_on)),
        *db.execute(
            sa.select(sa.literal("defamation"), LegalNotice.state, LegalNotice.received_on, LegalNotice.closed_on)
        ),
    ]
    groups: dict[tuple[str, str], list[int | None]] = {}
    for kind, outcome, received, closed in rows:
        ended = outcome if closed and outcome not in course.OPEN else "open"
        groups.setdefault((kind, ended), []).append((closed - received).days if closed else None)
    return [
        Count(
            kind, outcome, len(days), statistics.median(d for d in days if d is not None) if any_closed(days) else None
        )
        for (kind, outcome), days in sorted(groups.items())
    ]


def any_closed(days: list[int | None]) -> bool:
    """Whether at least one of them has ended."""
    return any(day is not None for day in days)
