from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import testing
from core.config import ConfigError
from plugins.verification_docs import rule
from plugins.verification_docs.papers import KINDS

names = st.sampled_from(sorted(KINDS))
accepted_sets = st.frozensets(names)
rules = st.recursive(
    names,
    lambda inner: st.builds(
        lambda parts, word: "(" + f" {word} ".join(parts) + ")",
        st.lists(inner, min_size=1, max_size=4),
        st.sampled_from(["AND", "OR", "and", "Or"]),
    ),
    max_leaves=12,
).filter(lambda text: len(text) <= rule.LONGEST_CHARACTERS)


def by_python(text: str, accepted: frozenset[str]) -> bool:
    """What the same words mean to another reader of and, or and brackets; only ever given our own words."""
    values = {name: name in accepted for name in KINDS}
    words = text.replace("(", " ( ").replace(")", " ) ").split()
    code = " ".join(word.lower() if word.lower() in ("and", "or") else word for word in words)
    return bool(eval(code, {"__builtins__": {}}, values))  # noqa: S307  # a test's oracle, over generated names only


@given(rules, accepted_sets)
def test_V3_a_rule_means_what_its_words_say(text: str, accepted: frozenset[str]) -> None:
    assert rule.parse(text).is_met(accepted) == by_python(text, accepted)


@given(rules, accepted_sets)
def test_V3_steps_together_are_the_rule(text: str, accepted: frozenset[str]) -> None:
    node = rule.parse(text)
    assert node.is_met(accepted) == all(step & accepted for step in rule.steps(node))


@given(rules, accepted_sets, names)
def test_another_accepted_paper_never_makes_it_worse(text: str, accepted: frozenset[str], more: str) -> None:
    node = rule.parse(text)
    assert not node.is_met(accepted) or node.is_met(accepted | {more})


@given(st.text(max_size=80))
def test_any_text_is_a_rule_or_refused_with_its_place(text: str) -> None:
    try:
        rule.parse(text)
    except rule.RuleError as problem:
        place = problem.position
    else:
        place = 1
    assert 1 <= place <= len(text) + 1


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", 1, "the rule ends"),
        ("id AND", 7, "the rule ends"),
        ("id address", 4, "AND or OR"),
        ("id AND adress", 8, "did you mean 'address'"),
        ("id AND passport", 8, "known are"),
        ("id & address", 4, "'&'"),
        ("id AND (address", 16, "never closed"),
        ("id AND address)", 15, "too many"),
        ("AND id", 1, "there is 'AND'"),
        ("NOT id AND address", 1, "'NOT'"),
        ("id AND __import__", 8, "not a kind of paper"),
        ("(" * 21 + "id" + ")" * 21, 21, "more than 20"),
        ("id OR " * 100 + "id", 501, "longer than 500"),
    ],
)
def test_V3_a_wrong_rule_says_where(text: str, place: int, words: str) -> None:
    with pytest.raises(rule.RuleError, match=words.replace("'", ".")) as refused:
        rule.parse(text)
    assert refused.value.position == place


def test_V3_the_default_asks_for_id_address_and_one_of_two() -> None:
    node = rule.parse(rule.DEFAULT)
    assert rule.steps(node) == (
        frozenset({"id"}),
        frozenset({"address"}),
        frozenset({"certificate", "volunteering"}),
    )
    assert node.is_met(frozenset({"id", "address", "volunteering"}))
    assert not node.is_met(frozenset({"id", "certificate", "volunteering"}))


def test_V3_a_wrong_rule_stops_the_start(tmp_path) -> None:
    with pytest.raises(ConfigError, match=r"verification_docs\.rule: at character 8: .*did you mean 'address'"):
        testing.make_app(tmp_path, ["verification_docs"], verification_docs={"rule": "id AND adress"})


def test_W4_a_rule_without_address_stops_the_start(tmp_path) -> None:
    with pytest.raises(ConfigError, match="must always ask for 'address'"):
        testing.make_app(tmp_path, ["verification_docs"], verification_docs={"rule": "id OR address"})


@pytest.mark.parametrize("line", [{"evidence_kept_days": 0}, {"evidence_kept_days": 91}, {"valid_months": 0}])
def test_numbers_out_of_range_stop_the_start(tmp_path, line: dict[str, int]) -> None:
    with pytest.raises(ConfigError, match="expected a number from 1 to"):
        testing.make_app(tmp_path, ["verification_docs"], verification_docs=line)
