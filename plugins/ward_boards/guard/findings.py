"""What the guard found in a text, and what each kind of finding means for it."""

from __future__ import annotations

from typing import NamedTuple

MARK, HOLD = "mark", "hold"
"""Shown once to the writer, who may post anyway; or besides that looked at by a moderator before it goes out."""
TITLE, TEXT, FILES = "title", "text", "files"


class Finding(NamedTuple):
    """One thing found: its kind, where it stands (`part` from `start` to `end`), and how serious it is."""

    code: str
    severity: str
    part: str = TEXT
    start: int = 0
    end: int = 0
