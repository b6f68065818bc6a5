"""When a note goes out: quiet hours, digests, and what skips both. No database: a clock and a choice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from core.notifications.notes import LETTER, PRIORITIES, Note

LONDON = ZoneInfo("Europe/London")
AT_ONCE, DAILY, WEEKLY = RHYTHMS = ("now", "daily", "weekly")
QUIET_HOURS = re.compile(r"(\d{1,2})-(\d{1,2})")


@dataclass(frozen=True)
class Choice:
    """How a member wants to be told. Hours are whole and London's; the same hour twice means no quiet hours.

    `least` is the lowest priority they want. `digest_weekday` 0 is Monday.
    """

    least: str = PRIORITIES[0]
    rhythm: str = DAILY
    digest_hour: int = 8
    digest_weekday: int = 0
    quiet_from: int = 22
    quiet_until: int = 7
    urgent_in_quiet: bool = True
    by_mail: bool = True
    by_web: bool = True
    letters: bool = True
    with_titles: bool = False


def default_choice(quiet_hours: str) -> Choice:
    """Return the choice of who has made none; `quiet_hours` is the operator's line, like `22-7`, or empty."""
    found = QUIET_HOURS.fullmatch(quiet_hours)
    begins, ends = (int(found.group(1)), int(found.group(2))) if found else (0, 0)
    return Choice(quiet_from=begins, quiet_until=ends)


def is_quiet(moment: datetime, begins: int, ends: int) -> bool:
    """Whether a moment lies in the quiet hours of London."""
    hour = moment.astimezone(LONDON).hour
    return begins <= hour < ends if begins <= ends else hour >= begins or hour < ends


def quiet_end(moment: datetime, begins: int, ends: int) -> datetime:
    """Return when the quiet hours around a moment end, or the moment itself when it is not quiet then."""
    while is_quiet(moment, begins, ends):
        moment = _next_at(moment, ends)  # again, for the clock may jump over the one hour that is not quiet
    return moment


def next_digest(moment: datetime, choice: Choice) -> datetime:
    """Return when the next daily or weekly digest after a moment goes out, by the clock of London."""
    due = _next_at(moment, choice.digest_hour)
    while choice.rhythm == WEEKLY and due.astimezone(LONDON).weekday() != choice.digest_weekday:
        due = _next_at(due, choice.digest_hour)
    return due


def _next_at(moment: datetime, hour: int) -> datetime:
    """Return the next full hour of this number in London, later than the moment."""
    day = moment.astimezone(LONDON).replace(hour=hour, minute=0, second=0, microsecond=0, fold=0, tzinfo=None)
    while (due := day.replace(tzinfo=LONDON).astimezone(UTC)) <= moment:
        day += timedelta(days=1)
    return due


def due_at(choice: Choice, note: Note, moment: datetime) -> datetime | None:
    """Return when a note goes to a member, `moment` for at once; None when they do not want to hear of it."""
    start = max(moment, note.not_before or moment)
    quiet = (choice.quiet_from, choice.quiet_until)
    if note.kind == LETTER:
        return quiet_end(start, *quiet) if choice.letters else None
    if note.rank < PRIORITIES.index(choice.least):
        return None
    is_urgent = note.priority == "urgent"
    if is_urgent and choice.urgent_in_quiet:
        return start
    if note.priority == "ordinary" and choice.rhythm != AT_ONCE:
        return quiet_end(next_digest(start, choice), *quiet)
    return quiet_end(start, *quiet)
