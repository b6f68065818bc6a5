"""What people say of themselves in a complaint, and how it is sealed."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from core.instance import instance

PURPOSE = "ward_boards.complaint"


@dataclass(frozen=True)
class Notice:
    """What SI 2013/3028, regulation 2 wants in a notice, and whether the writer may learn who sent it."""

    name: str
    email: str
    place: str
    words: str
    why: str
    meaning: str
    wrong: str
    tells_name: bool = False
    tells_email: bool = False


@dataclass(frozen=True)
class Answer:
    """What the writer of a post gives who wants to keep it."""

    name: str
    address: str
    tells: bool


@dataclass(frozen=True)
class Matter:
    """Any other complaint, and where its answer may be sent."""

    text: str
    email: str = ""


def seal(paper: Notice | Answer | Matter | str) -> str:
    """Return it sealed for a column."""
    plain = {"text": paper} if isinstance(paper, str) else asdict(paper)
    return instance().keys.seal_text(PURPOSE, json.dumps(plain))


def open_notice(sealed: str) -> Notice:
    """Return what a complainant wrote."""
    return Notice(**_open(sealed))


def open_answer(sealed: str) -> Answer:
    """Return what a writer answered."""
    return Answer(**_open(sealed))


def open_matter(sealed: str) -> Matter:
    """Return what a complaint says."""
    return Matter(**_open(sealed))


def open_text(sealed: str | None) -> str:
    """Return a sealed text, empty when there is none."""
    return str(_open(sealed)["text"]) if sealed else ""


def _open(sealed: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(instance().keys.open_text(PURPOSE, sealed))
    return found
