"""The ways to the police as values: what each door is for and not for, and the facts we ship about it.

The words are ours and translated; addresses, hours and sources are facts in `directory.json`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from flask_babel import gettext as _

from core import wards

MAIN_KINDS = ("live_chat", "report_online", "contact_session", "ward_team")
"""The four doors of every ward, in the order they are shown."""
OTHER_KINDS = ("how_to_report", "hate_crime", "report_fraud", "crimestoppers")
KINDS = MAIN_KINDS + OTHER_KINDS
ICONS = {
    "live_chat": "chat-dots",
    "report_online": "pencil-square",
    "contact_session": "calendar-event",
    "ward_team": "people",
    "how_to_report": "question-circle",
    "hate_crime": "heart",
    "report_fraud": "shield-exclamation",
    "crimestoppers": "incognito",
}


@dataclass(frozen=True)
class Words:
    """A door's name, and what it is for and not for, in the reader's language."""

    title: str
    is_for: str
    not_for: str


@dataclass(frozen=True)
class ShownDoor:
    """A door as a page shows it. `url` None: we know of no address; `hours` empty: nobody told us any."""

    kind: str
    words: Words
    icon: str
    url: str | None = None
    phone: str | None = None
    hours: str = ""
    source: str = ""
    last_checked_on: date | None = None
    is_edited: bool = False


@dataclass(frozen=True)
class Force:
    """A police force: its name in `directory.json`, what people call it, and its front page."""

    key: str
    name: str
    home: str


def words(kind: str) -> Words:
    """Return our own words for a kind of door."""
    return _WORDS[kind]()


# Called for one door at a time: a page translates the words it shows, and no more.
_WORDS: dict[str, Callable[[], Words]] = {
    "live_chat": lambda: Words(
        _("Live chat"),
        _("A question, advice, or something small that is over. You type, a person at the police answers."),
        _("Someone in danger now: call 999."),
    ),
    "report_online": lambda: Words(
        _("Report online"),
        _("A crime or nuisance that is over. You get a reference number to keep."),
        _("Something happening now: call 999. Posting on this site does not report it to the police."),
    ),
    "contact_session": lambda: Words(
        _("Meet the ward officers"),
        _("Talk about worries on your street, or advice. You can book a place without your name."),
        _("Reporting a crime, or news on your own case: call 101 for both."),
    ),
    "ward_team": lambda: Words(
        _("Your ward team"),
        _("Who the officers of this ward are, and what they work on."),
        _("Your own case. Mails about one case slow the team down: call 101 with your reference number."),
    ),
    "how_to_report": lambda: Words(
        _("How reporting works"),
        _("The police explain each way to report a crime."),
        _("Something happening now: call 999."),
    ),
    "hate_crime": lambda: Words(
        _("Hate crime"),
        _("Someone was attacked or insulted for who they are. You can report it for another person too."),
        _("Someone in danger now: call 999."),
    ),
    "report_fraud": lambda: Words(
        _("Report Fraud"),
        _("You were cheated out of money, or someone tried. It took over from Action Fraud."),
        _("A cheat at your door now: call 999. If money has gone, call your bank first."),
    ),
    "crimestoppers": lambda: Words(
        _("Crimestoppers"),
        _("Say what you know and stay unnamed. A charity that is not the police passes it on."),
        _("Something happening now: call 999. They cannot tell you what came of it."),
    ),
}


@cache
def _facts() -> dict[str, Any]:
    text = files("plugins.police_links").joinpath("data", "directory.json").read_text(encoding="utf-8")
    facts: dict[str, Any] = json.loads(text)
    return facts


def force_of(borough_code: str) -> Force:
    """Return the force that polices a borough."""
    return _force(wards.police_force(borough_code))


def force_next_door(ward_code: str) -> Force | None:
    """Return the other force across this ward's border, or None. Its own doors serve what happened there."""
    key = _facts()["next_to_force"].get(ward_code)
    return _force(key) if key else None


def _force(key: str) -> Force:
    fact = _facts()["forces"][key]
    return Force(key, fact["name"], fact["home"])


def shipped(kind: str, force: Force) -> ShownDoor:
    """Return a door as we ship it for a force, before anyone here has changed it."""
    facts = _facts()
    fact = facts["everywhere"].get(kind) or facts["forces"][force.key]["doors"].get(kind) or {}
    return ShownDoor(
        kind=kind,
        words=words(kind),
        icon=ICONS[kind],
        url=fact.get("url"),
        phone=fact.get("phone"),
        hours=fact.get("hours") or "",
        source=fact.get("source") or "",
    )
