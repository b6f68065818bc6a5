"""A note: what a member is told, without a word that gives anybody away."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from core.instance import instance

PRIORITIES = ("ordinary", "important", "urgent")
"""The least first."""
LETTER = "letter"
NOTE = "note"
_SEAL = "waiting-note"


@dataclass(frozen=True)
class Note:
    """What members are told. `subject` and `text` are neutral: a phone may be shared.

    `path` starts with a slash and becomes the link. `about` is the topic it is about: its title is asked for when a
    note is shown, or mailed to somebody who wants titles, so that none outlives its thread. `kind` is `letter` for a
    weekly letter, which goes out whole and at once to those who want letters. With `not_before` nothing is sent
    earlier: a mail's time would tell when a hidden author wrote. `reply_path` with `reply_to` (what is answered) adds
    a second link, signed for each member and good for 48 hours.
    """

    subject: str
    text: str
    path: str
    priority: str = "ordinary"
    reply_path: str = ""
    kind: str = NOTE
    about: str = ""
    title: str = ""
    """What a letter says, for those who want titles in their mails. It is never stored: other notes use `about`."""
    reply_to: str = ""
    not_before: datetime | None = None

    @property
    def rank(self) -> int:
        """How much it matters: 0 ordinary, 1 important, 2 urgent."""
        return PRIORITIES.index(self.priority)


def seal(note: Note) -> str:
    """Return a note for storage: its path may say which thread a member follows."""
    fields = asdict(note) | {"not_before": None, "title": ""}
    return instance().keys.seal_text(_SEAL, json.dumps(fields))


def unseal(sealed: str) -> Note | None:
    """Return a stored note, or None when it was sealed under another secret or is not of this version."""
    from cryptography.exceptions import InvalidTag

    try:
        return Note(**json.loads(instance().keys.open_text(_SEAL, sealed)))
    except (InvalidTag, ValueError, TypeError):
        return None
