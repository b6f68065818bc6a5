"""Weeks in which a voice counts: ISO weeks in UTC, such as `2026-W48`.

Source: ISO 8601-1:2019, 5.5.3.2: a week begins on Monday, and week 1 is the one with the year's first Thursday.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

FORM = re.compile(r"([0-9]{4})-W([0-9]{2})")
WEEK = timedelta(weeks=1)


def epoch_of(moment: datetime) -> str:
    """Return the epoch an aware moment is in."""
    year, week, _day = moment.astimezone(UTC).isocalendar()
    return f"{year:04}-W{week:02}"


def begins_at(epoch: str) -> datetime:
    """Return the Monday, 00:00 UTC, on which an epoch begins.

    Raises:
        ValueError: there is no such week.
    """
    parts = FORM.fullmatch(epoch)
    if parts is None:
        raise ValueError("an epoch is written as a year and a week, such as 2026-W48")
    monday = date.fromisocalendar(int(parts[1]), int(parts[2]), 1)
    return datetime.combine(monday, time(), UTC)


def ends_at(epoch: str) -> datetime:
    """Return the moment the next epoch begins. Raises ValueError as `begins_at` does."""
    return begins_at(epoch) + WEEK


def coming(moment: datetime, count: int = 4) -> list[str]:
    """Return the epochs after the one the moment is in, the nearest first."""
    start = begins_at(epoch_of(moment))
    return [epoch_of(start + number * WEEK) for number in range(1, count + 1)]
