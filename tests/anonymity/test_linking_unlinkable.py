"""The attacker of benchmarks/privacy on a small borough: no voice is joined to a member, and each mistake is found."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks" / "privacy"
MEMBERS = 40
SURE = 1 - 1e-6
"""Half a hundred attacks are judged in each run of the tests: with 99 % each, luck would fail it every few runs."""
OURS = ("attacks", "loot", "mistakes", "report", "scores", "voices", "world")


@pytest.fixture(scope="module")
def report() -> Iterator[Any]:
    """The modules of the benchmark, which is no package."""
    sys.path.insert(0, str(FOLDER))
    try:
        import linking_report

        yield linking_report
    finally:
        sys.path.remove(str(FOLDER))
        for name in OURS:
            sys.modules.pop(f"linking_{name}", None)


@pytest.fixture(scope="module")
def found(report: Any) -> Any:
    """What the attacks found in one borough."""
    (study,) = report.study(MEMBERS, [20261123], lambda _line: None)
    return study


@pytest.mark.slow
def test_A3_nothing_stolen_joins_a_voice_or_a_thread_name_to_its_member(found: Any) -> None:
    assert found.names["voice"] >= MEMBERS // 4
    assert found.posts >= found.names["voice"]
    results = [(key, one) for key, trial in found.trials.items() for one in trial.results(SURE)]
    assert [(key, one) for key, one in results if one.links] == []


@pytest.mark.slow
def test_A3_every_planted_mistake_is_found_so_that_the_attacks_mean_something(found: Any) -> None:
    assert len(found.mistakes) >= 3
    assert [what for what, trial in found.mistakes.items() if not trial.results(SURE)[0].links] == []


@pytest.mark.slow
def test_A3_every_pair_of_what_was_issued_and_what_was_shown_fits(found: Any) -> None:
    """Blinding hides unconditionally: each signature could come from each member's request."""
    (undone,) = [one for one in found.trials["voice", "after"].results() if one.attack == "undoing the blinding"]
    assert undone.answers == undone.hits == found.names["voice"]
    assert undone.expected == pytest.approx(undone.answers)


def test_luck_is_counted_exactly(report: Any) -> None:
    scores = sys.modules["linking_scores"]
    assert scores.tail([0.5] * 10, 10) == pytest.approx(0.5**10)
    assert scores.bound_of([0.5] * 10, 1) == 9
    assert scores.bound_of([1 / 300] * 500, 1) == 5
    assert scores.bound_of([], 1) == 0
