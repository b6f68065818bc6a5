"""Words for people: who a post is by, when it was written, how many there are."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Protocol

from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from core.database import now
from plugins.ward_boards.incidents.models import CLOSED, UPDATED
from plugins.ward_boards.incidents.states import ASK_AFTER, outcome_words
from plugins.ward_boards.moderation import vocabulary
from plugins.ward_boards.moments import HANDLE, LONDON, day_of, part_of_day
from plugins.ward_boards.reading import copies
from plugins.ward_boards.reading.marks import Fresh


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


def is_coarse(row: Signed) -> bool:
    """Whether the time of a post was rounded when it was stored."""
    return bool(row.label) or row.ref is not None


def part_words(at: datetime) -> str:
    """Return the part of the day in London that a moment is in."""
    parts = {"night": _("night"), "morning": _("morning"), "afternoon": _("afternoon"), "evening": _("evening")}
    return str(parts[part_of_day(at)])


class Speaker:
    """The words of one page. Each is looked up once, however many rows say it."""

    def __init__(self) -> None:
        """Start with nothing said."""
        self._days: dict[date, str] = {}
        self._replies: dict[int, str] = {}
        self._notes: dict[str, str] = {}
        self._fresh: dict[Fresh, str] = {}
        self._outcomes: dict[str, str] = {}
        self._today = day_of(now())

    author = staticmethod(author)
    told = staticmethod(vocabulary.told)
    offers_police = staticmethod(vocabulary.offers_police)

    def note(self, row: Signed, kind: str) -> str:
        """Return what the name beside a post means, in a few words; empty for one who left."""
        if not self._notes:
            self._notes = {
                "alias": _("alias"),
                "group": _("for a neighbour"),
                "thread": _("in this thread only"),
                "week_name": _("this week only"),
                "unnamed": _("without a name"),
                "handle": _("verified, nobody knows who"),
            }
        if kind == copies.KIND:
            return ""
        if kind in ("group", "week_name", HANDLE):
            return self._notes[kind]
        if row.ref is not None:
            return self._notes["thread"]
        if row.label:
            return self._notes["unnamed"]
        return self._notes["alias"] if row.alias else ""

    def written(self, row: Signed, at: datetime) -> str:
        """Return when a post was written: day and minute, or day and part of the day for a hidden author."""
        if getattr(row, "kind", "") == copies.KIND:
            return self.recent(at)
        if not is_coarse(row):
            return f"{self.recent(at)}, {at.astimezone(LONDON):%H:%M}"
        return f"{self.recent(at)}, {part_words(at)}"

    def recent(self, at: datetime) -> str:
        """Return a day as people say it; never the hour, which a list does not need."""
        day = day_of(at)
        if day not in self._days:
            self._days[day] = _day(day, self._today)
        return self._days[day]

    def replies_counted(self, posts_count: int) -> str:
        """Return the number of answers to a first post in words."""
        count = max(posts_count - 1, 0)
        if count not in self._replies:
            self._replies[count] = str(ngettext("%(num)s reply", "%(num)s replies", count))
        return self._replies[count]

    @property
    def today(self) -> date:
        """The day it is in London."""
        return self._today

    def outcome(self, outcome: str | None) -> str:
        """Return how a matter ended."""
        if not self._outcomes:
            self._outcomes = outcome_words()
        return self._outcomes.get(outcome or "") or str(_("Closed"))

    def standing(self, state: str, outcome: str | None, asked_on: date | None) -> tuple[str, str]:
        """Return how a matter stands in a few words, and the look of the badge that says it."""
        if state == CLOSED:
            return self.outcome(outcome), "bw-badge-calm"
        if asked_on is not None and asked_on <= self._today - ASK_AFTER:
            return str(_("No news")), "bw-badge-calm"
        if asked_on is not None:
            return str(_("Asked for news")), "bw-badge-warn"
        return (str(_("Updated")), "") if state == UPDATED else (str(_("Open")), "bw-badge-calm")

    def fresh(self, new: Fresh) -> str:
        """Return what is new in a thread: "3 new posts", "New thread", or "New posts" when nobody knows how many."""
        if new not in self._fresh:
            if new.is_whole:
                said = _("New thread")
            elif new.posts:
                said = ngettext("%(num)s new post", "%(num)s new posts", new.posts)
            else:
                said = _("New posts")
            self._fresh[new] = str(said)
        return self._fresh[new]

    @staticmethod
    def threads_counted(count: int) -> str:
        """Return a number of threads in words."""
        return str(ngettext("%(num)s thread", "%(num)s threads", count))


def _day(day: date, today: date) -> str:
    if day >= today:
        return str(_("Today"))
    if day == today - timedelta(days=1):
        return str(_("Yesterday"))
    if day > today - timedelta(days=7):
        return str(format_date(day, "EEEE"))
    return str(format_date(day, "d MMM" if day.year == today.year else "d MMM yyyy"))
