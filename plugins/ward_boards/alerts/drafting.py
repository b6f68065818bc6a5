"""A draft of an alert, and what must be true of it, whichever way it came in: form or API."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _

from plugins.ward_boards.alerts import vocabulary as words

HEADLINE_LONGEST = 160
TEXT_LONGEST = 5000
REASON_LONGEST = 500
MOST_PEERS = 40
PEER_ID = re.compile(r"[A-Za-z0-9:._\-/]{4,120}")
GSS_CODE = re.compile(r"[ENSW]\d{8}")
LATEST_START = timedelta(days=30)
EARLIEST_START = timedelta(days=365)


@dataclass(frozen=True)
class AlertDraft:
    """What an officer wants to say; field names as in CAP 1.2.

    `areas` are GSS codes, `audience` a level or peer ids joined by commas, times are aware UTC.
    """

    headline: str
    description: str
    category: str
    event: str
    severity: str
    urgency: str
    certainty: str
    areas: tuple[str, ...]
    onset: datetime
    expires: datetime | None
    audience: str = "borough"
    instruction: str = ""


class UnfitDraft(ValueError):
    """The draft cannot be sent as it is; `faults` has a sentence for each field, for a person to read."""

    def __init__(self, faults: dict[str, str]) -> None:
        """Keep the sentences by field name."""
        super().__init__("; ".join(faults.values()))
        self.faults = faults


def faults(draft: AlertDraft, *, now: datetime, known_areas: Collection[str]) -> dict[str, str]:
    """Return what is wrong with a draft, one sentence per field; empty when it may be sent."""
    found: dict[str, str] = {}
    _check_texts(draft, found)
    _check_words(draft, found)
    _check_times(draft, now, found)
    if not draft.areas:
        found["areas"] = _("Choose at least one ward.")
    elif unknown := [code for code in draft.areas if code not in known_areas]:
        found["areas"] = _("%(code)s is not a ward of this borough. Choose wards from the list.", code=unknown[0])
    if fault := _audience_fault(draft.audience):
        found["audience"] = fault
    return found


def peers_of(audience: str) -> tuple[str, ...]:
    """Return the chosen peer ids of an audience; empty when it is a level."""
    if audience in words.AUDIENCES:
        return ()
    return tuple(part for part in audience.split(",") if part)


def audience_of(peers: Collection[str]) -> str:
    """Return the audience text for chosen peers: sorted and each once, so that equal choices are equal."""
    return ",".join(sorted({peer.strip() for peer in peers if peer.strip()}))


def tidy(text: str) -> str:
    """Return text without control characters (lines and tabs stay) and with plain line ends."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(char for char in text if char in "\n\t" or _may_be_written(char)).strip()


def _may_be_written(char: str) -> bool:
    # XML 1.0 section 2.2 knows no other characters; C1 controls and lone surrogates help nobody either.
    code = ord(char)
    return (0x20 <= code <= 0x7E) or (0xA0 <= code <= 0xD7FF) or (0xE000 <= code <= 0xFFFD) or code >= 0x10000


def _check_texts(draft: AlertDraft, found: dict[str, str]) -> None:
    if not draft.headline:
        found["headline"] = _("Write a headline: one line that says what this is about.")
    elif len(draft.headline) > HEADLINE_LONGEST:
        found["headline"] = _("Make the headline shorter: at most %(n)s letters.", n=HEADLINE_LONGEST)
    elif "\n" in draft.headline:
        found["headline"] = _("Keep the headline on one line.")
    if not draft.description:
        found["description"] = _("Say what happened: where, when, and what people should know.")
    for name, text in (("description", draft.description), ("instruction", draft.instruction)):
        if len(text) > TEXT_LONGEST:
            found[name] = _("Make this text shorter: at most %(n)s letters.", n=TEXT_LONGEST)


def _check_words(draft: AlertDraft, found: dict[str, str]) -> None:
    if draft.event not in words.KIND_BY_SLUG:
        found["event"] = _("Choose what kind of thing it is.")
    elif draft.category not in words.CATEGORIES:
        found["category"] = _("Choose who deals with it.")
    if draft.severity not in words.SEVERITIES:
        found["severity"] = _("Choose how bad it can get.")
    if draft.urgency not in words.URGENCIES:
        found["urgency"] = _("Choose how soon people must act.")
    if draft.certainty not in words.CERTAINTIES:
        found["certainty"] = _("Choose how sure you are.")


def _check_times(draft: AlertDraft, now: datetime, found: dict[str, str]) -> None:
    if draft.onset > now + LATEST_START:
        found["onset"] = _("Choose a start within the next 30 days.")
    elif draft.onset < now - EARLIEST_START:
        found["onset"] = _("Choose a start within the last year.")
    if draft.expires is None:
        found["expires"] = _("Choose when this ends. Every alert must end by itself.")
    elif draft.expires <= now:
        found["expires"] = _("This end is in the past. Choose a later one.")
    elif draft.expires <= draft.onset:
        found["expires"] = _("The end must be after the start.")
    elif draft.expires > now + words.LONGEST:
        found["expires"] = _("Choose an end within the next 30 days. You can make a new one after that.")


def _audience_fault(audience: str) -> str | None:
    if audience in words.AUDIENCES:
        return None
    peers = peers_of(audience)
    if not peers:
        return str(_("Choose who may read this."))
    if len(peers) > MOST_PEERS:
        return str(_("Choose at most %(n)s neighbouring boroughs.", n=MOST_PEERS))
    if not all(PEER_ID.fullmatch(peer) for peer in peers):
        return str(_("One of the neighbouring boroughs has a wrong id. Copy the ids from the list of neighbours."))
    return None
