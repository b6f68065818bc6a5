"""The work of the guard grows with the text and no faster: shown by counting steps and by reading the patterns."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import giveaways
from plugins.ward_boards import guard

LETTERS = 10_000
PIECES = (
    "a",
    "A1 ",
    "14 Example ",
    "0",
    "@",
    "my flat ",
    "his name is Dave ",
    "AB12",
    "CAD ",
    ". ",
    "0 1-2 ",
    "é'",
    "-",
    "4111 ",
    "আমার বাসা ",
    "amra kal ",
    "আমরা কাল ",
    "QQ 12 ",
)
STEPS_PER_LETTER = 60
LONGEST_MATCH = 400


def steps(text: str) -> int:
    """Return how many lines of our own code run for a text; never how long they take."""
    count = 0

    def trace(frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal count
        if not any(name in frame.f_code.co_filename for name in ("guard", "giveaways")):
            return None
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        guard.check("", text, "crime")
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("piece", PIECES)
def test_ten_thousand_letters_cost_a_bounded_number_of_steps(piece: str) -> None:
    guard.check("", "warm the lists", "crime")
    text = (piece * LETTERS)[:LETTERS]
    whole, half = steps(text), steps(text[: LETTERS // 2])
    assert whole <= STEPS_PER_LETTER * LETTERS
    assert whole <= 2.3 * half + 1000


def widths(tree: Any) -> Iterator[tuple[int, bool]]:
    """Yield each repetition of a pattern: its upper bound, and whether another long one stands inside."""
    for kind, value in tree:
        if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT):
            _least, most, inner = value
            inside = [bound for bound, _more in widths(inner)]
            yield int(most), any(bound > 3 for bound in inside) and int(most) > 15
            yield from widths(inner)
        elif kind is kinds.SUBPATTERN:
            yield from widths(value[-1])
        elif kind is kinds.BRANCH:
            for branch in value[1]:
                yield from widths(branch)
        elif kind in (kinds.ASSERT, kinds.ASSERT_NOT):
            yield from widths(value[1])


PATTERNS = (*(form.pattern for form in giveaways.known().forms), giveaways._STREET_WORD, giveaways._NOT_AN_ADDRESS)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.pattern[:30])
def test_every_pattern_is_bounded(pattern: re.Pattern[str]) -> None:
    tree = parser.parse(pattern.pattern, pattern.flags)
    assert tree.getwidth()[1] <= LONGEST_MATCH
    assert not [bound for bound, nested in widths(tree) if bound > LONGEST_MATCH or nested]


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400), st.text(max_size=80), st.sampled_from(["crime", "general", "suspicious"]), st.booleans())
def test_every_finding_lies_inside_the_text(text: str, title: str, category: str, has_files: bool) -> None:
    for finding in guard.check(title, text, category, has_files):
        written = {"title": title, "text": text, "files": ""}[finding.part]
        assert 0 <= finding.start <= finding.end <= len(written)
        assert finding.severity in (guard.MARK, guard.HOLD)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40), st.sampled_from(["crime", "general"]))
def test_findings_of_one_kind_of_place_never_overlap_but_for_looks(pieces: list[str], category: str) -> None:
    found = [one for one in guard.check("", "".join(pieces), category) if one.code != "only_looks"]
    assert all(first.end <= second.start for first, second in zip(found, found[1:], strict=False))
