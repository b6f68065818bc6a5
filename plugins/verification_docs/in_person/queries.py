"""What pages read about a check at a counter: plain rows, never a code and never whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.verification_docs.in_person.models import CounterCheck

NOBODY, ONE, BOTH = "nobody", "one", "both"


@dataclass(frozen=True)
class CheckRow:
    """A member's own check: until when its code counts, and how many have signed."""

    until_on: date
    signed: str


def own_check(db: Session, member_id: str, today: date) -> CheckRow | None:
    """Return the member's check while it counts, else None."""
    row = db.execute(
        sa.select(CounterCheck.until_on, CounterCheck.first_by, CounterCheck.second_by).where(
            CounterCheck.member_id == member_id, CounterCheck.until_on >= today
        )
    ).one_or_none()
    if row is None:
        return None
    return CheckRow(row.until_on, BOTH if row.second_by else ONE if row.first_by else NOBODY)


def records_of(db: Session, member_id: str) -> list[dict[str, object]]:
    """Return a member's check as a plain record for their own eyes."""
    rows = db.execute(sa.select(CounterCheck).where(CounterCheck.member_id == member_id)).scalars()
    return [
        {
            "check_in_person": True,
            "until_on": check.until_on.isoformat(),
            "signed_first": check.first_by is not None,
            "signed_second": check.second_by is not None,
        }
        for check in rows
    ]
