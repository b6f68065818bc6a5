"""From text to the words that are searched, and back to where they stand.

Writing and asking go through here on every database, so that both find the same: capitals, accents of Latin
letters, apostrophes and the English plural do not count; vowel signs and other marks of Bengali and every
other script belong to their word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST_WORD = 64
_KEPT = frozenset("LNM")  # letters, digits, marks
# Apostrophes, soft hyphen, zero-width (non-)joiners and word joiner stand inside words and are no part of them.
_JOINERS = frozenset("'\u2019\u02bc\u00ad\u200b\u200c\u200d\u2060")
_RUN = re.compile("k[kj]*")
_ACCENT = re.compile("[\u0300-\u036f]")
_QUOTED = re.compile(r"(?m)^[^\S\n]*>.*$")  # not across lines: that takes the square of the time for empty ones


class _Classes(dict[int, str]):
    """What each character is to us: kept, joining, or between words; looked up once per character."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        category = unicodedata.category(sign)
        found = "j" if sign in _JOINERS else "k" if category[0] in _KEPT or category == "Co" else " "
        self[code] = found
        return found


_CLASSES = _Classes()


class Word(NamedTuple):
    """A word of a text: as it is searched, and where it stands."""

    folded: str
    start: int
    end: int


def words_in(text: str) -> Iterator[Word]:
    """Yield the words of a text in their order."""
    for run in _RUN.finditer(text.translate(_CLASSES)):
        start, end = run.span()
        folded = fold(text[start:end])
        if folded:
            yield Word(folded, start, end)


def folded(text: str) -> list[str]:
    """Return the words of a text as they are searched."""
    return [word.folded for word in words_in(text)]


def own_words(text: str) -> str:
    """Return a post without what it quotes: those words are their writer's to take back."""
    return _QUOTED.sub(" ", text)


@lru_cache(maxsize=4096)  # the same words come again and again, in every excerpt of a page
def fold(word: str) -> str:
    """Return one word as it is searched; empty when nothing of it can be."""
    if word.isascii():
        return _singular(word.lower().replace("'", ""))[:LONGEST_WORD]
    spread = _ACCENT.sub("", unicodedata.normalize("NFKD", word.casefold()))
    kept = "".join(sign for sign in spread if _CLASSES[ord(sign)] == "k").casefold()
    return (_singular(kept) if kept.isascii() else kept)[:LONGEST_WORD]


def _singular(word: str) -> str:
    """Return an English word without its plural ending.

    Source: the "S" stemmer, D. Harman, How effective is suffixing?, JASIS 42 (1991); "-es" after a hiss added.
    """
    if len(word) < 4 or not word.endswith("s") or word.endswith(("us", "ss")):
        return word
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zzes")):
        return word[:-2]
    return word[:-1]
