"""How a matter stands, as values: which states there are, what can follow what, and the words for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from flask_babel import gettext as _

from plugins.ward_boards.incidents.models import CLOSED, OPEN, UPDATED

CATEGORIES = frozenset({"crime", "suspicious", "nuisance", "safety"})
"""The kinds of threads that tell of something that happened; the others have no end to wait for."""
OUTCOMES = ("sorted", "police", "council", "stopped", "nothing", "unknown")
LONGEST_NOTE = 300
ASK_AFTER = timedelta(days=14)
"""So long without news, and the writer is asked; so long again without an answer, and readers see 'no news'."""


class NotNow(Exception):
    """The step does not fit the state; `state` is the one that stands, so that the page can say so."""

    def __init__(self, state: str) -> None:
        """Keep the state that stands."""
        super().__init__(state)
        self.state = state


class NoOutcome(ValueError):
    """It cannot be closed without one of our outcomes."""


@dataclass(frozen=True)
class Standing:
    """How a matter stands; the days are of the last news, of its end, and on which its writer was asked."""

    state: str
    outcome: str | None
    note: str
    news_on: date
    closed_on: date | None = None
    asked_on: date | None = None

    @property
    def is_closed(self) -> bool:
        """Whether it has come to an end."""
        return self.state == CLOSED

    def waits_for_news(self, today: date) -> bool:
        """Whether its writer was asked and has not answered, for less than two weeks."""
        return not self.is_closed and self.asked_on is not None and not self.has_no_news(today)

    def has_no_news(self, today: date) -> bool:
        """Whether its writer was asked two weeks ago or more, and nobody answered."""
        return not self.is_closed and self.asked_on is not None and self.asked_on <= today - ASK_AFTER

    def is_to_be_asked(self, today: date) -> bool:
        """Whether it is time to ask its writer."""
        return not self.is_closed and self.asked_on is None and self.news_on <= today - ASK_AFTER


def opened(today: date) -> Standing:
    """Return how a new matter stands."""
    return Standing(OPEN, None, "", today)


def updated(before: Standing, today: date) -> Standing:
    """Return how it stands after news; raises NotNow when it is closed."""
    _require(before, closed=False)
    return replace(before, state=UPDATED, news_on=max(today, before.news_on), asked_on=None)


def gone_on(before: Standing, today: date) -> Standing:
    """Return how it stands once somebody said that it still goes on; raises NotNow when it is closed."""
    _require(before, closed=False)
    return replace(before, news_on=max(today, before.news_on), asked_on=None)


def asked(before: Standing, today: date) -> Standing:
    """Return how it stands once its writer was asked; raises NotNow when there is nothing to ask yet or again."""
    if not before.is_to_be_asked(today):
        raise NotNow(before.state)
    return replace(before, asked_on=today)


def closed(before: Standing, outcome: str, note: str, today: date) -> Standing:
    """Return how it stands at its end.

    Raises:
        NotNow: it was closed before; it must be opened again first, so that nobody's outcome is lost unseen.
        NoOutcome: not one of `OUTCOMES`.
    """
    _require(before, closed=False)
    if outcome not in OUTCOMES:
        raise NoOutcome(outcome)
    return replace(before, state=CLOSED, outcome=outcome, note=note, closed_on=today, asked_on=None)


def reopened(before: Standing, reason: str, today: date) -> Standing:
    """Return how it stands when it turned out not to be over; raises NotNow when it is not closed."""
    _require(before, closed=True)
    return Standing(OPEN, None, reason, today)


def _require(before: Standing, *, closed: bool) -> None:
    if before.is_closed != closed:
        raise NotNow(before.state)


def state_words() -> dict[str, str]:
    """Return what readers see for each state."""
    return {OPEN: _("Open"), UPDATED: _("Updated"), CLOSED: _("Closed")}


def outcome_words() -> dict[str, str]:
    """Return how a matter can end, in the order of the form."""
    return {
        "sorted": _("It is sorted out"),
        "police": _("The police dealt with it"),
        "council": _("The council dealt with it"),
        "stopped": _("It stopped"),
        "nothing": _("Nothing was found"),
        "unknown": _("We cannot know"),
    }
