"""Every sentence of the table, and how often the guard is right: over all of them, over each kind, and held out."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pytest

from core import wards
from plugins.ward_boards import guard
from plugins.ward_boards.guard.sentences import CODES, advice

ROOT = Path(__file__).parents[3]
TABLE = json.loads((Path(__file__).parent / "sentences.json").read_text(encoding="utf-8"))
PLACES = frozenset(row.name.lower() for row in wards.wards_of("E09000030"))
MISSED = frozenset(TABLE["missed"])
"""Sentences that the guard gets wrong, kept in the table so that the figures are honest."""


class Sentence(NamedTuple):
    """A sentence, where it is posted, what it must be marked as ("" for nothing), and whether it was held out."""

    code: str
    category: str
    text: str
    is_held_out: bool


def _sentences() -> Iterable[Sentence]:
    for written, category, text in TABLE["exposing"]:
        part, _, code = written.rpartition(" ")
        yield Sentence(code, category, text, part == "held")
    for written, text in TABLE["innocent"]:
        part, _, category = written.rpartition(" ")
        yield Sentence("", category, text, part == "held")


SENTENCES = tuple(_sentences())


def codes(one: Sentence) -> set[str]:
    return {finding.code for finding in guard.check("", one.text, one.category, places=PLACES)}


def is_right(one: Sentence) -> bool:
    return one.code in codes(one) if one.code else codes(one) == set()


@pytest.mark.parametrize("one", SENTENCES, ids=lambda one: f"{one.code or 'nothing'}: {one.text}"[:60])
def test_A10_sentence_is_marked_or_left_alone_as_the_table_says(one: Sentence) -> None:
    assert is_right(one) == (one.text not in MISSED)


def figures(sentences: Iterable[Sentence]) -> dict[str, tuple[int, int, int]]:
    """Return for each kind: sentences that have it, how many were marked so, how many others were."""
    wanted: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for one in sentences:
        found = codes(one)
        wanted[one.code] += 1
        right[one.code] += one.code in found
        wrong.update(found - {one.code})
    return {code: (wanted[code], right[code], wrong[code]) for code in CODES if wanted[code]}


def row(name: str, wanted: int, right: int, wrong: int) -> str:
    precision = right / (right + wrong) if right else 0.0
    return f"| {name} | {wanted} | {right} | {wrong} | {precision:.2f} | {right / wanted:.2f} |"


def _sum(parts: dict[str, tuple[int, int, int]]) -> tuple[int, int, int]:
    wanted, right, wrong = (sum(column) for column in zip(*parts.values(), strict=True))
    return wanted, right, wrong


def test_A10_table_is_large_and_the_guide_tells_its_figures() -> None:
    assert len({one.text for one in SENTENCES}) == len(SENTENCES) >= 240
    every = figures(SENTENCES)
    held_out = figures(one for one in SENTENCES if one.is_held_out)
    rows = [row(f"`{code}`", *counted) for code, counted in every.items()]
    rows += [row("all", *_sum(every)), row("of these held out", *_sum(held_out))]
    told = re.findall(r"^\| (?:`\w+`|all|of these held out) \| \d+ \|.*$", _guide(), re.MULTILINE)
    assert told == rows


def _guide() -> str:
    return (ROOT / "docs/guard.md").read_text(encoding="utf-8")


def test_A10_table_has_lines_in_bengali_script_and_mixed_of_every_sort() -> None:
    bengali = [one for one in SENTENCES if re.search("[\u0980-\u09ff]", one.text)]
    mixed = re.compile(r"\b(?:amar|amra|amader|ami|theke|hoise|keu|dio|chilo|basha|dokaner|gari|lok)\b", re.IGNORECASE)
    latin = [one for one in SENTENCES if mixed.search(one.text)]
    for some in (bengali, latin):
        assert sum(bool(one.code) for one in some) >= 20
        assert sum(not one.code for one in some) >= 15


def test_every_kind_has_advice() -> None:
    assert all(advice(code) for code in CODES)
