"""Cursors: where a list goes on. They hold a sort key, never a page number, so a list can grow while it is read."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

_SHAPE = re.compile(r"(\d{14})-([0-9a-f]{32})\Z")


class Cursor(NamedTuple):
    """The last thread a reader has seen in a list sorted by newest activity."""

    last_post_at: datetime
    thread_id: str

    def __str__(self) -> str:
        """Write it for an address; stored times are whole minutes, so seconds lose nothing."""
        return f"{self.last_post_at.astimezone(UTC):%Y%m%d%H%M%S}-{self.thread_id}"


class BadCursor(ValueError):
    """The text is no cursor of ours; starting at the top would hide that from a program."""


def parse(text: str | None) -> Cursor | None:
    """Return the cursor, or None for an empty text (the top of the list).

    Raises:
        BadCursor: the text was made up.
    """
    if not text:
        return None
    found = _SHAPE.match(text)
    if found is None:
        raise BadCursor(text[:60])
    try:
        at = datetime.strptime(found.group(1), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise BadCursor(text[:60]) from None
    return Cursor(at, found.group(2))


def parse_number(text: str | None) -> int:
    """Return a post number, 0 for an empty text.

    Raises:
        BadCursor: it is no whole number of at most seven digits.
    """
    if not text:
        return 0
    if not re.fullmatch(r"[0-9]{1,7}", text):
        raise BadCursor(text[:60])
    return int(text)
