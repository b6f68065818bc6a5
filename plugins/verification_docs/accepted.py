"""Which documents this borough accepts, and how old each may be: the setting `documents`, read once at start.

A line is `kind.document`, with a number of months behind it where the document must not be older than that:
`address.utility_bill 3`. Without a number the age is the one that comes with us; an empty list accepts everything.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from plugins.verification_docs import rule
from plugins.verification_docs.papers import KINDS, Document, Kind

EXAMPLE = '["id.passport", "address.council_tax 12", "address.utility_bill 3", "certificate.first_aid"]'
MOST_MONTHS = 240
_NUMBER = re.compile(r"[0-9]{1,4}")


class DocumentsError(ValueError):
    """A line is none; the message says which line, at which character (both counted from 1), and why."""


@lru_cache(maxsize=32)
def kinds_of(lines: tuple[str, ...]) -> Mapping[str, Kind]:
    """Return the kinds with only the documents on the list, in the order of our own; all of them for no lines.

    Raises:
        DocumentsError: a line names something unknown, twice, or with a number that is no age.
    """
    if not lines:
        return KINDS
    found: dict[str, dict[str, Document]] = {}
    for number, line in enumerate(lines, start=1):
        kind, document = _read(number, line)
        if document.name in found.setdefault(kind, {}):
            raise _error(number, line, 1, f"'{kind}.{document.name}' stands on the list twice")
        found[kind][document.name] = document
    return {
        name: replace(
            kind, documents=tuple(found[name][known.name] for known in kind.documents if known.name in found[name])
        )
        for name, kind in KINDS.items()
        if name in found
    }


def check(value: Sequence[Any]) -> str | None:
    """Return what is wrong with the list as a sentence, or None: for the setting."""
    for number, line in enumerate(value, start=1):
        if not isinstance(line, str):
            return f"line {number}: expected text in quotes, got {line!r}. An example: {EXAMPLE}"
    try:
        kinds_of(tuple(value))
    except DocumentsError as problem:
        return f"{problem}. An example: {EXAMPLE}"
    return None


def check_beside(value: Sequence[str], lines: Mapping[str, Any]) -> str | None:
    """Return which kind the rules ask for that no line of the list can prove, or None: for the setting."""
    kinds = kinds_of(tuple(value))
    for setting in ("rule", "reading_rule"):
        for name in sorted(rule.kinds_in(rule.parse(lines[setting]))) if lines[setting] else ():
            if name not in kinds:
                first = KINDS[name].documents[0].name
                return (
                    f"the setting '{setting}' asks for '{name}', and no document of that kind is on the list. "
                    f'Add one, for example "{name}.{first}"'
                )
    return None


def _read(number: int, line: str) -> tuple[str, Document]:
    name, _gap, age = line.strip().partition(" ")
    start = len(line) - len(line.lstrip()) + 1
    kind_name, dot, document_name = name.partition(".")
    if kind_name not in KINDS:
        raise _error(number, line, start, f"'{kind_name}' is not a kind of paper; {_near(kind_name, KINDS)}")
    known = {document.name: document for document in KINDS[kind_name].documents}
    place = start + len(kind_name) + len(dot)
    if document_name not in known:
        problem = f"'{document_name}' is no document of the kind '{kind_name}'; {_near(document_name, known)}"
        raise _error(number, line, place, problem)
    age = age.strip()
    if not age:
        return kind_name, known[document_name]
    if not _NUMBER.fullmatch(age) or not 1 <= int(age) <= MOST_MONTHS:
        place = line.rindex(age) + 1
        raise _error(number, line, place, f"expected an age in months from 1 to {MOST_MONTHS}, got '{age}'")
    return kind_name, replace(known[document_name], oldest_months=int(age))


def _near(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name.lower(), known, 1)
    return f"did you mean '{near[0]}'?" if near else f"known are: {', '.join(known)}"


def _error(number: int, line: str, place: int, problem: str) -> DocumentsError:
    return DocumentsError(f"line {number} ('{line[:60]}'), at character {place}: {problem}")
