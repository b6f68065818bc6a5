"""Every sentence of the table, and how often the guard is right over all of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from core import wards
from plugins.ward_boards import guard

ROOT = Path(__file__).parents[3]
TABLE = json.loads((Path(__file__).parent / "sentences.json").read_text(encoding="utf-8"))
PLACES = frozenset(row.name.lower() for row in wards.wards_of("E09000030"))
EXPOSING = [(code.removeprefix("later "), *rest) for code, *rest in TABLE["exposing"]]
INNOCENT = [(category.removeprefix("later "), text) for category, text in TABLE["innocent"]]
MISSED = {}
"""Sentences that the guard gets wrong, kept in the table so that the figures are honest."""


def codes(category: str, text: str) -> set[str]:
    return {finding.code for finding in guard.check("", text, category, places=PLACES)}


@pytest.mark.parametrize(("code", "category", "text"), [row for row in EXPOSING if row[2] not in MISSED])
def test_M7_exposing_sentence_is_marked(code: str, category: str, text: str) -> None:
    assert code in codes(category, text)


@pytest.mark.parametrize(("category", "text"), [row for row in INNOCENT if row[1] not in MISSED])
def test_M7_innocent_sentence_is_left_alone(category: str, text: str) -> None:
    assert codes(category, text) == set()


def figures() -> tuple[float, float]:
    """Return precision and recall over the table: of sentences marked with the right kind, and of those to mark."""
    right = sum(code in codes(category, text) for code, category, text in EXPOSING)
    wrong = sum(bool(codes(category, text)) for category, text in INNOCENT)
    return right / (right + wrong), right / len(EXPOSING)


def test_table_is_large_and_the_guide_tells_its_figures() -> None:
    assert len(EXPOSING) >= 60
    assert len(INNOCENT) >= 60
    precision, recall = figures()
    guide = (ROOT / "docs/guard.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"\| (precision|recall) \| ([0-9.]+) \|", guide))
    assert told == {"precision": f"{precision:.3f}", "recall": f"{recall:.3f}"}
