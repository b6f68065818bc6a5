"""Weeks as letters count them: from a Monday in London to the next."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from plugins.ward_boards.moments import LONDON

WEEK = timedelta(days=7)
READY_AT_HOUR = 6
"""A letter is drafted on Monday from this hour on, so that it waits when people get up."""


def week_of(now: datetime) -> date:
    """Return the Monday of the week whose letter is due: this one's, or until it is drafted the one before."""
    local = (now - timedelta(hours=READY_AT_HOUR)).astimezone(LONDON)
    return local.date() - timedelta(days=local.weekday())


def start_of(week_on: date) -> datetime:
    """Return when the seven days begin that a letter tells of: the Monday before its own, at midnight in London."""
    return datetime.combine(week_on - WEEK, time(), LONDON).astimezone(UTC)
