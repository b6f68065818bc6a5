"""What pages read about letters: plain rows, never an address and never whose a letter is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.verification_docs.letter.models import ASKED, OVER, LetterCode
from plugins.verification_docs.models import Case
from plugins.verification_docs.reviewers.models import ClosePerson


@dataclass(frozen=True)
class OwnLetter:
    """The letter a member waits for; `until_on` is set once it is in the post."""

    asked_on: date
    until_on: date | None

    @property
    def is_posted(self) -> bool:
        """Whether it is on its way."""
        return self.until_on is not None


@dataclass(frozen=True)
class LetterRow:
    """A letter to post. `printed` says by whom: no, me, another."""

    id: str
    asked_on: date
    printed: str


def own_letter(db: Session, member_id: str, today: date) -> OwnLetter | None:
    """Return the letter of the member's open case while its code counts, else None."""
    row = db.execute(
        sa.select(LetterCode.asked_on, LetterCode.until_on)
        .join(Case, Case.id == LetterCode.case_id)
        .where(LetterCode.member_id == member_id, LetterCode.state != OVER, Case.ended_on.is_(None))
    ).one_or_none()
    if row is None or (row.until_on is not None and row.until_on < today):
        return None
    return OwnLetter(*row)


def to_post(db: Session, reviewer_id: str) -> list[LetterRow]:
    """Return the letters that wait to be posted, oldest first; none of the reviewer's own or of somebody close."""
    near = sa.exists().where(ClosePerson.reviewer_id == reviewer_id, ClosePerson.member_id == LetterCode.member_id)
    rows = db.execute(
        sa.select(LetterCode.id, LetterCode.asked_on, LetterCode.posted_by)
        .join(Case, Case.id == LetterCode.case_id)
        .where(LetterCode.state == ASKED, LetterCode.member_id != reviewer_id, ~near, Case.ended_on.is_(None))
        .order_by(LetterCode.asked_on, LetterCode.id)
    )
    return [
        LetterRow(
            row.id, row.asked_on, "no" if not row.posted_by else "me" if row.posted_by == reviewer_id else "another"
        )
        for row in rows
    ]


def records_of(db: Session, member_id: str) -> list[dict[str, object]]:
    """Return a member's letters as plain records for their own eyes: states and days."""
    rows = db.execute(
        sa.select(LetterCode.state, LetterCode.asked_on, LetterCode.until_on)
        .where(LetterCode.member_id == member_id)
        .order_by(LetterCode.asked_on)
    )
    return [
        {
            "letter": row.state,
            "asked_on": row.asked_on.isoformat(),
            "until_on": row.until_on.isoformat() if row.until_on else None,
        }
        for row in rows
    ]
