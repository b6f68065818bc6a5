"""The numbers that everybody may read: how many openings there were in a year, and what became of them."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.anonymity.openings.models import OpeningCount


def count(db: Session, on: date, reason: str, outcome: str) -> None:
    """Add one. Writers queue, so two at once are two."""
    row = db.get(OpeningCount, (on.year, reason, outcome))
    if row is None:
        db.add(OpeningCount(year=on.year, reason=reason, outcome=outcome, count=1))
    else:
        row.count += 1
    db.flush()


def of_past_years(db: Session, today: date) -> dict[int, dict[tuple[str, str], int]]:
    """Return the numbers by (reason, outcome) of each year that is over, the newest first.

    This year's are not shown: whoever watches them grow might learn of a request that the writer must not know of yet.
    """
    found: dict[int, dict[tuple[str, str], int]] = {}
    rows = sa.select(OpeningCount).where(OpeningCount.year < today.year).order_by(OpeningCount.year.desc())
    for row in db.scalars(rows):
        found.setdefault(row.year, {})[row.reason, row.outcome] = row.count
    return found
