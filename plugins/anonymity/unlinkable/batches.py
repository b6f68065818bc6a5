"""When waiting posts come out: every day at 08:00 and 20:00 in London, whatever the clocks did that night."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
HOURS = (8, 20)


def day_of(moment: datetime) -> date:
    """Return the day of a moment in London."""
    return moment.astimezone(LONDON).date()


def next_after(moment: datetime) -> datetime:
    """Return the first batch after a moment; in the moment of a batch, the one that follows it."""
    return next(at for at in _around(moment) if at > moment)


def last_until(moment: datetime) -> datetime:
    """Return the last batch that has begun by a moment."""
    return next(at for at in reversed(_around(moment)) if at <= moment)


def _around(moment: datetime) -> list[datetime]:
    """Return the batches from the day before to the day after, in order; each by the clock on the wall of its day."""
    today = day_of(moment)
    days = (today + timedelta(days=number) for number in (-1, 0, 1))
    return [datetime.combine(day, time(hour), LONDON).astimezone(UTC) for day in days for hour in HOURS]
