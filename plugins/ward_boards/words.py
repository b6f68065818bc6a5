"""Words for people: who a post is by, when it was written, how many there are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from core.database import now
from plugins.ward_boards.moments import LONDON, part_of_day


class Signed(Protocol):
    """Any row that says who it is by."""

    @property
    def label(self) -> str:
        """The stored label; empty for an alias."""

    @property
    def ref(self) -> str | None:
        """The opaque reference of a hidden author."""

    @property
    def alias(self) -> str | None:
        """The alias as it is today; None for a hidden author and for one who left."""


def author(row: Signed) -> str:
    """Return who a post is by, as a reader may know it."""
    name: str = row.label or row.alias or _("A former member")
    return name


def author_note(row: Signed) -> str:
    """Return what the name beside a post means, in a few words; empty for one who left."""
    if row.ref is not None:
        return str(_("in this thread only"))
    if row.label:
        return str(_("without a name"))
    return str(_("alias")) if row.alias else ""


def is_coarse(row: Signed) -> bool:
    """Whether the time of a post was rounded when it was stored."""
    return bool(row.label) or row.ref is not None


def written(row: Signed, at: datetime) -> str:
    """Return when a post was written: day and minute, or day and part of the day for a hidden author."""
    if not is_coarse(row):
        return f"{recent(at)}, {at.astimezone(LONDON):%H:%M}"
    parts = {"night": _("night"), "morning": _("morning"), "afternoon": _("afternoon"), "evening": _("evening")}
    return f"{recent(at)}, {parts[part_of_day(at)]}"


def recent(at: datetime) -> str:
    """Return a day as people say it; never the hour, which a list does not need."""
    day, today = at.astimezone(LONDON).date(), now().astimezone(LONDON).date()
    if day >= today:
        return str(_("Today"))
    if day == today - timedelta(days=1):
        return str(_("Yesterday"))
    if day > today - timedelta(days=7):
        return str(format_date(day, "EEEE"))
    return str(format_date(day, "d MMM" if day.year == today.year else "d MMM yyyy"))


def threads_counted(count: int) -> str:
    """Return a number of threads in words."""
    return str(ngettext("%(num)s thread", "%(num)s threads", count))


def replies_counted(posts_count: int) -> str:
    """Return the number of answers to a first post in words."""
    return str(ngettext("%(num)s reply", "%(num)s replies", max(posts_count - 1, 0)))
