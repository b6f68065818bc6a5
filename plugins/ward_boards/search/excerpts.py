"""The piece of a text around what was looked for, cut into what is marked and what is not."""

from __future__ import annotations

import re
from typing import NamedTuple

from plugins.ward_boards.search.tokens import own_words, words_in

LENGTH = 240
BEFORE = 60
_MARKS = re.compile(r"[*_`#~]+")


class Piece(NamedTuple):
    """A run of text, and whether it is what was looked for. Plain text: the page escapes it."""

    text: str
    is_hit: bool


def marked(text: str, words: frozenset[str]) -> list[Piece]:
    """Return the whole of a short text in pieces."""
    pieces, last = [], 0
    for word in words_in(text):
        if word.folded in words:
            pieces += [Piece(text[last : word.start], False), Piece(text[word.start : word.end], True)]
            last = word.end
    return [piece for piece in (*pieces, Piece(text[last:], False)) if piece.text]


def around(text: str, words: frozenset[str]) -> list[Piece]:
    """Return some lines of a post around the place where most of the words stand together."""
    flat = " ".join(_MARKS.sub(" ", own_words(text)).split())
    if len(flat) <= LENGTH:
        return marked(flat, words)
    start = _best_start(flat, words)
    end = min(start + LENGTH, len(flat))
    if start > 0:
        start = flat.find(" ", start) + 1 or start
    if end < len(flat):
        end = max(flat.rfind(" ", 0, end), start + 1)
    opening = [Piece("…", False)] if start > 0 else []
    closing = [Piece("…", False)] if end < len(flat) else []
    return [*opening, *marked(flat[start:end], words), *closing]


def _best_start(flat: str, words: frozenset[str]) -> int:
    hits = [word for word in words_in(flat) if word.folded in words]
    best, start = 0, 0
    first = 0
    for at, hit in enumerate(hits):
        while hit.end - hits[first].start > LENGTH - BEFORE:
            first += 1
        distinct = len({other.folded for other in hits[first : at + 1]})
        if distinct > best:
            best, start = distinct, max(hits[first].start - BEFORE, 0)
    return start
