"""What somebody typed into the search box, as a question that the index understands.

Operators of the databases mean nothing here: only words and "words in quotes" are read, so nothing that is typed
can be a mistake of grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from plugins.ward_boards.search.tokens import folded

LONGEST_QUERY = 200
MOST_TERMS = 12
_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'))
_PIECE = re.compile(r'"([^"]*)"|([^"\s]+)')

Phrase = tuple[str, ...]
Question = tuple[tuple[Phrase, ...], ...]
"""Groups that must all be met; a group is met by any of its phrases."""


@dataclass(frozen=True)
class Wish:
    """The words wanted: each phrase must be found, as it stands."""

    phrases: tuple[Phrase, ...]

    @property
    def words(self) -> frozenset[str]:
        """All words in it, to be marked where they are found."""
        return frozenset(word for phrase in self.phrases for word in phrase)

    @property
    def question(self) -> Question:
        """The wish as groups of one phrase each."""
        return tuple((phrase,) for phrase in self.phrases)


def parse(text: str) -> Wish:
    """Return what is looked for; without phrases when there is no word in the text."""
    found: dict[Phrase, None] = {}
    for quoted, plain in _PIECE.findall(text.translate(_QUOTES)[:LONGEST_QUERY]):
        words = tuple(folded(quoted or plain))
        if words:
            found[words] = None  # "anti-social" typed as one piece is looked for as one
    return Wish(tuple(found)[:MOST_TERMS])


def any_of(marks: Iterable[str]) -> tuple[Phrase, ...]:
    """Return the group that is met by any of these single words."""
    return tuple((mark,) for mark in marks)


def for_fts5(question: Question) -> str:
    """Return the question for SQLite, every phrase in quotes. Source: sqlite.org/fts5.html, section 3."""
    return _written(question, phrase=lambda words: '"{}"'.format(" ".join(words)), signs=(" AND ", " OR "))


def for_tsquery(question: Question) -> str:
    """Return the question for PostgreSQL's `tsquery`, every word in quotes."""
    return _written(question, phrase=lambda words: " <-> ".join(f"'{word}'" for word in words), signs=(" & ", " | "))


def _written(question: Question, *, phrase: Callable[[Sequence[str]], str], signs: tuple[str, str]) -> str:
    both, either = signs
    return both.join("(" + either.join(f"({phrase(words)})" for words in group) + ")" for group in question)
