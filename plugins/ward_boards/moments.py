"""When a post was written, as precisely as its authorship allows.

An alias's post keeps the minute. A post that hides its member keeps only the day and the part of the day, in
storage too: a finer time could be laid beside what else is known of a member's evening.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core.contributions import Authorship

LONDON = ZoneInfo("Europe/London")
PART_HOURS = 6
HANDLE = "handle"
"""The kind of a post that waited elsewhere and came out with its batch, whose moment says nothing about its writer."""


def is_hidden(author: Authorship) -> bool:
    """Whether the post may not be joined to a member."""
    return author.ref is not None or author.member_id is None


def stored_at(author: Authorship, now: datetime) -> datetime:
    """Return the time to store: the minute, or for a hidden author the start of the part of the day in London.

    Of a batch it is the batch's own moment: all that came out with it have the same.
    """
    if not is_hidden(author) or author.kind == HANDLE:
        return now.replace(second=0, microsecond=0)
    local = now.astimezone(LONDON)
    start = local.replace(hour=local.hour - local.hour % PART_HOURS, minute=0, second=0, microsecond=0)
    return start.astimezone(UTC)


def part_of_day(at: datetime) -> str:
    """Return `night`, `morning`, `afternoon` or `evening` for a stored coarse time."""
    return ("night", "morning", "afternoon", "evening")[at.astimezone(LONDON).hour // PART_HOURS]


def end_of_part(at: datetime) -> datetime:
    """Return when the part of the day ends, in London, in which a moment lies."""
    local = at.astimezone(LONDON).replace(minute=0, second=0, microsecond=0, fold=0, tzinfo=None)
    end = local.replace(hour=local.hour - local.hour % PART_HOURS) + timedelta(hours=PART_HOURS)
    return end.replace(tzinfo=LONDON).astimezone(UTC)


def day_of(at: datetime) -> date:
    """Return the day of a moment in London."""
    return at.astimezone(LONDON).date()
