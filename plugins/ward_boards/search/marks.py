"""Words in the index that nobody can type: who can read a text and which boards it is about.

They narrow what the database looks through. They decide nothing: what a reader may open is asked of the tables.
"""

from __future__ import annotations

from collections.abc import Iterable

from core.instance import instance

EVERYWHERE = "=everywhere"
FIRST = "=first"


def of_tier(tier: str) -> str:
    """Return the mark of a text for these readers."""
    return f"={tier}"


def of_ward(code: str) -> str:
    """Return the mark of a text on this board."""
    return f"={code.lower()}"


def of_areas(codes: Iterable[str]) -> list[str]:
    """Return the marks of an alert about these wards; one about the whole borough is about each of its wards."""
    marks = sorted({of_ward(code) for code in codes})
    return [*marks, EVERYWHERE] if of_ward(instance().config.borough) in marks else marks
