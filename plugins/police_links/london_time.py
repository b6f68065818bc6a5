"""Times as people here write and read them: on London's clock, with its two odd nights a year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
SHAPES = (
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y, %H:%M",
    "%d.%m.%Y %H:%M",
)
"""What browsers send, and what people type where the browser shows a plain text box."""


class UnreadableTime(ValueError):
    """The text is no date with a time."""


class NoSuchTime(ValueError):
    """The clocks go forward over this time: it does not happen on that day."""


def parse(text: str) -> datetime:
    """Return the moment, aware UTC, that a person in London means.

    A time that happens twice (the hour when clocks go back) means the first.

    Raises:
        UnreadableTime: not a date and time in any of `SHAPES`.
        NoSuchTime: inside the hour that is skipped in March.
    """
    wall = _wall_time(" ".join(text.split()))
    moment = wall.replace(tzinfo=LONDON).astimezone(UTC)
    if moment.astimezone(LONDON).replace(tzinfo=None) != wall:
        raise NoSuchTime(text)
    return moment


def _wall_time(text: str) -> datetime:
    for shape in SHAPES:
        try:
            return datetime.strptime(text, shape)  # noqa: DTZ007 - the zone is London, added by the caller
        except ValueError:
            continue
    raise UnreadableTime(text)


def clock(moment: datetime) -> str:
    """Return the time of day on London's clock, like 18:30."""
    return moment.astimezone(LONDON).strftime("%H:%M")


def to_london(moment: datetime) -> datetime:
    """Return the same moment on London's clock."""
    return moment.astimezone(LONDON)


def is_tomorrow(moment: datetime, at: datetime) -> bool:
    """Whether `moment` falls on London's calendar day after that of `at`."""
    return moment.astimezone(LONDON).date() == at.astimezone(LONDON).date() + timedelta(days=1)
