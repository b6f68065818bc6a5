"""When something happened, never to the minute: a day, and if wanted the half of it."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import format_date
from flask_babel import gettext as _

from core.database import now
from plugins.ward_boards.moments import day_of

MORNING, AFTERNOON = HALVES = ("morning", "afternoon")
OLDEST_YEARS = 10
_DAYS_OFFERED = 8


def today() -> date:
    """Return the day it is in London."""
    return day_of(now())


def day_sent(text: object) -> date | None:
    """Return the day that a form or a draft holds, or None when it is none."""
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def half_words() -> dict[str, str]:
    """Return the halves of a day in words."""
    return {MORNING: _("midnight to noon"), AFTERNOON: _("noon to midnight")}


def day_words(day: date) -> str:
    """Return a day as people say it."""
    ago = (today() - day).days
    if ago == 0:
        return str(_("today"))
    if ago == 1:
        return str(_("yesterday"))
    return str(format_date(day, "EEEE d MMMM" if 0 < ago < 300 else "d MMMM yyyy"))


def label(day: date | None, half: str | None) -> str:
    """Return when something happened in words, such as "yesterday, noon to midnight"; empty when nobody said."""
    if day is None:
        return ""
    return f"{day_words(day)}, {half_words()[half]}" if half in HALVES else day_words(day)


def choices() -> list[tuple[str, str]]:
    """Return the last days to choose from; their values are dates, so that a draft means the same tomorrow."""
    days = [today() - timedelta(days=ago) for ago in range(_DAYS_OFFERED)]
    return [(day.isoformat(), day_words(day)) for day in days]


def check(day: date | None, half: str | None) -> str | None:
    """Return what is wrong with a day and its half as a sentence, or None."""
    if half and half not in HALVES:
        return str(_("Choose the first or the second half of the day."))
    if day is None:
        return str(_("Choose the day too, or leave out the half of the day.")) if half else None
    if day > today():
        return str(_("This day is still to come. Choose the day on which it happened."))
    if day.year < today().year - OLDEST_YEARS:
        return str(_("This day is more than ten years ago. Check the year."))
    return None
