"""Looks through a title and a text for what could expose or accuse somebody. Pure: no database, no request."""

from __future__ import annotations

from collections.abc import Iterator

from core import giveaways
from core.giveaways import LONGEST, Found
from plugins.ward_boards.guard import people
from plugins.ward_boards.guard.findings import FILES, HOLD, MARK, TEXT, TITLE, Finding

TALK_OF_CRIME = frozenset({"crime", "suspicious"})
ALWAYS_HELD = frozenset({"plate", "reference", "card", "insurance"})
HELD_IN_TALK_OF_CRIME = frozenset({"name", "picture", "only_looks", "handle"})


def check(
    title: str,
    text: str,
    category: str,
    has_files: bool = False,
    *,
    no_faces: bool = False,
    places: frozenset[str] = frozenset(),
) -> list[Finding]:
    """Return what was found, in the order of the text, the title first.

    `no_faces` is the writer's word that nobody can be recognised in the files; `places` are names of wards in
    lower case, which are no persons' names.
    """
    parts = {TITLE: title[:LONGEST], TEXT: text[:LONGEST]}
    whole = f"{parts[TITLE]}\n{parts[TEXT]}"
    grave = category in TALK_OF_CRIME or people.accuses(whole)
    found = [
        Finding(one.code, _severity(one.code, grave=grave, has_files=has_files), part, one.start, one.end)
        for part, written in parts.items()
        for one in giveaways.apart([*giveaways.scan(written), *people.named(written, places)])
    ]
    # What somebody did may stand in the title and how they look in the text, so both are read as one.
    for one in people.only_looks(whole):
        found += _looks(one, parts, HOLD if grave else MARK)
    if has_files and not no_faces and (category in TALK_OF_CRIME or _points_at_somebody(found)):
        found.append(Finding("faces", HOLD, FILES))
    return found


def _severity(code: str, *, grave: bool, has_files: bool) -> str:
    if code in ALWAYS_HELD or (code in HELD_IN_TALK_OF_CRIME and grave) or (code == "picture" and has_files):
        return HOLD
    return MARK


def _looks(one: Found, parts: dict[str, str], severity: str) -> Iterator[Finding]:
    """Yield the description as it lies in the title and in the text."""
    at = 0
    for part, written in parts.items():
        start, end = max(one.start - at, 0), min(one.end - at, len(written))
        if start < end:
            yield Finding("only_looks", severity, part, start, end)
        at += len(written) + 1


def _points_at_somebody(found: list[Finding]) -> bool:
    return any(one.code in ("name", "picture", "only_looks") for one in found)
