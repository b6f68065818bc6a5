"""What proves that somebody lives here: a small language, read once at start, never evaluated as code.

    rule   = group ("OR" group)*
    group  = part ("AND" part)*
    part   = a kind of paper | "(" rule ")"

There is no NOT: another paper can never make a case worse.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

from plugins.verification_docs.papers import KINDS

DEFAULT = "id AND address AND (certificate OR volunteering)"
LONGEST_CHARACTERS = 500
DEEPEST_BRACKETS = 20
_WORD = re.compile(r"\s*(?:(?P<word>[A-Za-z_]+)|(?P<mark>[()]))")


class RuleError(ValueError):
    """The text is not a rule; says what is wrong and at which character (counted from 1)."""

    def __init__(self, problem: str, position: int) -> None:
        """Keep the place beside the words."""
        super().__init__(f"at character {position}: {problem}")
        self.position = position


@dataclass(frozen=True)
class Paper:
    """One accepted paper of this kind."""

    kind: str

    def is_met(self, accepted: frozenset[str]) -> bool:
        """Whether the accepted kinds are enough."""
        return self.kind in accepted


@dataclass(frozen=True)
class AllOf:
    """Every part must be met."""

    parts: tuple[Node, ...]

    def is_met(self, accepted: frozenset[str]) -> bool:
        """Whether the accepted kinds are enough."""
        return all(part.is_met(accepted) for part in self.parts)


@dataclass(frozen=True)
class AnyOf:
    """One part that is met is enough."""

    parts: tuple[Node, ...]

    def is_met(self, accepted: frozenset[str]) -> bool:
        """Whether the accepted kinds are enough."""
        return any(part.is_met(accepted) for part in self.parts)


Node = Paper | AllOf | AnyOf


@lru_cache(maxsize=32)
def parse(text: str) -> Node:
    """Read a rule.

    Raises:
        RuleError: with the place of the first thing that does not fit.
    """
    if len(text) > LONGEST_CHARACTERS:
        raise RuleError(f"the rule is longer than {LONGEST_CHARACTERS} characters", LONGEST_CHARACTERS + 1)
    return _Reader(text).whole()


def kinds_in(node: Node) -> frozenset[str]:
    """Return every kind of paper that a rule names."""
    if isinstance(node, Paper):
        return frozenset({node.kind})
    return frozenset().union(*(kinds_in(part) for part in node.parts))


@lru_cache(maxsize=32)
def steps(node: Node) -> tuple[frozenset[str], ...]:
    """Return the steps that together meet a rule: of each set, one accepted paper is needed.

    These are the smallest sets without which the rule cannot be met, in the order in which people are asked.
    """
    named = sorted(kinds_in(node), key=list(KINDS).index)
    found: list[frozenset[str]] = []
    for size in range(1, len(named) + 1):
        for some in combinations(named, size):
            candidate = frozenset(some)
            if any(smaller <= candidate for smaller in found):
                continue
            if not node.is_met(frozenset(named) - candidate):
                found.append(candidate)
    return tuple(sorted(found, key=lambda step: min(list(KINDS).index(kind) for kind in step)))


def check(text: str) -> str | None:
    """Return what is wrong with a rule as a sentence, or None: for the setting."""
    try:
        node = parse(text)
    except RuleError as problem:
        return f"{problem}. An example: {DEFAULT}"
    if node.is_met(frozenset(KINDS) - {"address"}):
        return f"the rule must always ask for 'address', for the home ward comes from it. An example: {DEFAULT}"
    return None


def check_lesser(text: str) -> str | None:
    """Return what is wrong with the rule for reading, or None; empty is fine: for the setting."""
    return check(text) if text else None


def check_lesser_beside(text: str, lines: Mapping[str, Any]) -> str | None:
    """Return why the rule for reading is not the lesser one of the two, or None: for the setting."""
    if not text:
        return None
    lesser, full = parse(text), parse(lines["rule"])
    named = sorted(kinds_in(lesser) | kinds_in(full))
    sets = [frozenset(some) for size in range(len(named) + 1) for some in combinations(named, size)]
    for enough in sets:
        if full.is_met(enough) and not lesser.is_met(enough):
            return f"'{' AND '.join(sorted(enough))}' is enough for the setting 'rule', and must be for this one too"
    if all(full.is_met(enough) for enough in sets if lesser.is_met(enough)):
        return "it asks for the same as the setting 'rule'; leave it empty, or ask for less"
    return None


class _Reader:
    """Reads one rule from left to right, a word at a time."""

    def __init__(self, text: str) -> None:
        self._words = [*_words(text)]
        self._end = len(text) + 1
        self._next = 0
        self._depth = 0

    def whole(self) -> Node:
        """Read a rule to its very end."""
        node = self._any()
        word, position = self._peek()
        if word is not None:
            expected = "there is a ')' too many" if word == ")" else f"expected AND or OR before '{word}'"
            raise RuleError(expected, position)
        return node

    def _any(self) -> Node:
        parts = [self._all()]
        while self._take("OR"):
            parts.append(self._all())
        return _joined(AnyOf, parts)

    def _all(self) -> Node:
        parts = [self._part()]
        while self._take("AND"):
            parts.append(self._part())
        return _joined(AllOf, parts)

    def _part(self) -> Node:
        word, position = self._peek()
        if word is None or word == ")" or word.upper() in ("AND", "OR"):
            found = "the rule ends" if word is None else f"there is '{word}'"
            raise RuleError(f"expected a kind of paper or '(', but {found}", position)
        self._next += 1
        if word != "(":
            return Paper(_known(word, position))
        self._depth += 1
        if self._depth > DEEPEST_BRACKETS:
            raise RuleError(f"more than {DEEPEST_BRACKETS} brackets inside one another", position)
        node = self._any()
        if not self._take(")"):
            raise RuleError(f"the '(' at character {position} is never closed", self._peek()[1])
        self._depth -= 1
        return node

    def _peek(self) -> tuple[str | None, int]:
        return self._words[self._next] if self._next < len(self._words) else (None, self._end)

    def _take(self, wanted: str) -> bool:
        word, _position = self._peek()
        if word is None or word.upper() != wanted:
            return False
        self._next += 1
        return True


def _words(text: str) -> Iterator[tuple[str, int]]:
    position = 0
    while text[position:].strip():
        match = _WORD.match(text, position)
        if match is None:
            position += len(text[position:]) - len(text[position:].lstrip())
            raise RuleError(f"'{text[position]}' has no meaning here", position + 1)
        kind = "word" if match["word"] else "mark"
        yield match[kind], match.start(kind) + 1
        position = match.end()


def _known(word: str, position: int) -> str:
    kind = word.lower()
    if kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, 1)
        hint = f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(KINDS)}"
        raise RuleError(f"'{word}' is not a kind of paper; {hint}", position)
    return kind


def _joined(kind: type[AllOf] | type[AnyOf], parts: Sequence[Node]) -> Node:
    return parts[0] if len(parts) == 1 else kind(tuple(parts))
