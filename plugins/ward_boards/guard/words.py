"""The guard's word lists, by language. A text is looked at with all of them: neighbours mix languages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).parent / "data" / "words.json"
# One step per character: no part of this pattern can be matched in two ways. Vowel signs belong to words.
_TOKEN = re.compile(r"\d+s?\b|[^\W_\d](?:[^\W_]|[\u0981-\u09cd'’\-](?=\w)|[\u0981-\u09cd])*|[.!?\n]")


@dataclass(frozen=True)
class Lists:
    """The word lists of all languages together."""

    first_names: frozenset[str]
    places: frozenset[str]
    not_names: frozenset[str]
    name_nouns: frozenset[str]
    person: frozenset[str]
    suspect: frozenset[str]
    accusing: frozenset[str]
    role: frozenset[str]
    honorific: frozenset[str]
    ethnic: frozenset[str]
    looks: frozenset[str]
    behaviour: frozenset[str]
    exempt_from_looks: frozenset[str]


@lru_cache(maxsize=1)
def lists() -> Lists:
    """Return the lists; read once."""
    languages = [part for part in json.loads(_FILE.read_text(encoding="utf-8")).values() if isinstance(part, dict)]
    merged = {
        name: frozenset(word for language in languages for word in language.get(name, ()))
        for name in Lists.__dataclass_fields__
    }
    return Lists(**merged)


class Token(NamedTuple):
    """A word as it was written, the same for comparing, and where it stands. The end of a sentence is one too."""

    word: str
    low: str
    start: int
    end: int

    @property
    def is_end(self) -> bool:
        """Whether a sentence ends here."""
        return self.word in ".!?\n"

    @property
    def is_capital(self) -> bool:
        """Whether it is written like a name."""
        return self.word[0].isupper() and (len(self.word) == 1 or not self.word.isupper() or len(self.word) > 3)


def tokens(text: str) -> list[Token]:
    """Return the words of a text in order."""
    found = []
    for match in _TOKEN.finditer(text):
        word = match.group()
        low = word.lower().replace("’", "'")
        found.append(Token(word, low.removesuffix("'s"), match.start(), match.end()))
    return found
