"""What is known of a ward from the open data, for its page, the API and the weekly letter."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.police_links.police_data.models import CrimeCount, Priority

STALE_AFTER = timedelta(days=90)
MONTHS_SHOWN = 13


class PriorityRow(NamedTuple):
    """A priority of a ward."""

    issue: str
    issued_on: date | None
    action: str
    acted_on: date | None

    def is_stale(self, today: date) -> bool:
        """Whether nothing was said of it for 90 days, or nobody knows when it was set."""
        last = max((day for day in (self.issued_on, self.acted_on) if day), default=None)
        return last is None or today - last > STALE_AFTER


class Month(NamedTuple):
    """A month of a ward: all reports, and how many of each kind, most first."""

    month: str
    total: int
    kinds: tuple[tuple[str, int], ...]


def priorities(db: Session, ward_code: str) -> list[PriorityRow]:
    """Return a ward's priorities, newest first."""
    chosen = sa.select(Priority.issue, Priority.issued_on, Priority.action, Priority.acted_on)
    rows = [PriorityRow(*row) for row in db.execute(chosen.where(Priority.ward_code == ward_code))]
    return sorted(rows, key=lambda row: (row.issued_on or date.min, row.issue), reverse=True)


def months(db: Session, ward_code: str, limit: int = MONTHS_SHOWN) -> list[Month]:
    """Return a ward's figures by month, newest first; empty when none were fetched."""
    chosen = sa.select(CrimeCount.month, CrimeCount.category, CrimeCount.count)
    by_month: dict[str, list[tuple[str, int]]] = {}
    for month, category, count in db.execute(chosen.where(CrimeCount.ward_code == ward_code)):
        by_month.setdefault(month, []).append((category, count))
    return [_month(month, by_month[month]) for month in sorted(by_month, reverse=True)[:limit]]


def _month(month: str, rows: list[tuple[str, int]]) -> Month:
    kinds = sorted(((kind, count) for kind, count in rows if count), key=lambda pair: (-pair[1], pair[0]))
    return Month(month, sum(count for _kind, count in kinds), tuple(kinds))
