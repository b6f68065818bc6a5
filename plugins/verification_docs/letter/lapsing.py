"""How letters end: the address and the code go at once, the day on which it was asked for a month later."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.verification_docs import letters
from plugins.verification_docs.letter.models import OVER, POSTED, LetterCode
from plugins.verification_docs.models import Case, Evidence

REMEMBERED_DAYS = 30
_EMPTY = {"code_hash": None, "address_sealed": None, "sealed_to": None, "until_on": None, "posted_by": None, "tries": 0}


def close(db: Session, case_id: str) -> bool:
    """End the letter of a case; returns whether there was one. The postcode goes with it, unless a paper needs it."""
    changed = db.execute(
        sa.update(LetterCode)
        .where(LetterCode.case_id == case_id, LetterCode.state != OVER)
        .values(state=OVER, **_EMPTY),
        execution_options={"synchronize_session": "fetch"},
    )
    if not changed.rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        return False
    has_paper = sa.exists().where(Evidence.case_id == case_id, Evidence.kind == "address")
    db.execute(
        sa.update(Case).where(Case.id == case_id, ~has_paper).values(postcode_sealed=None),
        execution_options={"synchronize_session": "fetch"},
    )
    return True


def expire(db: Session, today: date) -> int:
    """End letters whose code is too old or that nobody posted in a month, forget old days; return how many ended."""
    oldest = today - timedelta(days=REMEMBERED_DAYS)
    late = sa.or_(
        sa.and_(LetterCode.state == POSTED, LetterCode.until_on < today),
        sa.and_(LetterCode.state != OVER, LetterCode.asked_on <= oldest),
    )
    ended = db.execute(sa.select(LetterCode.case_id, LetterCode.member_id).where(late).with_for_update()).all()
    for case_id, member_id in ended:
        close(db, case_id)
        letters.letter_over(db, member_id)
    db.execute(
        sa.delete(LetterCode).where(LetterCode.state == OVER, LetterCode.asked_on <= oldest),
        execution_options={"synchronize_session": False},
    )
    return len(ended)
