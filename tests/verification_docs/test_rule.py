from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

import pytest
from hypothesis import assume, given
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


nodes = st.recursive(
    st.builds(rule.Paper, names),
    lambda inner: st.one_of(
        st.builds(rule.AllOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(rule.AnyOf, st.lists(inner, min_size=2, max_size=3).map(tuple)),
    ),
    max_leaves=10,
)


def printed(node: rule.Node, word: str = "") -> str:
    """The text of a rule, with brackets only where the meaning needs them: AND binds closer than OR."""
    if isinstance(node, rule.Paper):
        return node.kind
    own = "AND" if isinstance(node, rule.AllOf) else "OR"
    text = f" {own} ".join(printed(part, own) for part in node.parts)
    return f"({text})" if (word, own) == ("AND", "OR") else text


def every_set(kinds: Iterable[str]) -> list[frozenset[str]]:
    listed = sorted(kinds)
    return [frozenset(some) for size in range(len(listed) + 1) for some in combinations(listed, size)]


@given(nodes)
def test_V3_what_is_printed_reads_back_as_the_same_rule(node: rule.Node) -> None:
    text = printed(node)
    assume(len(text) <= rule.LONGEST_CHARACTERS)
    again = rule.parse(text)
    assert [again.is_met(some) for some in every_set(KINDS)] == [node.is_met(some) for some in every_set(KINDS)]


@given(nodes)
def test_V3_steps_are_exactly_the_smallest_hitting_sets(node: rule.Node) -> None:
    """Every set that meets the rule shares a paper with each step, and no step could lose one."""
    enough = [some for some in every_set(KINDS) if node.is_met(some)]
    hitting = [some for some in every_set(KINDS) if some and all(some & met for met in enough)]
    smallest = {some for some in hitting if not any(other < some for other in hitting)}
    assert set(rule.steps(node)) == smallest
    assert len(rule.steps(node)) == len(smallest)


@given(st.text(alphabet="idaresctvolungANDOR() \t\n_\x00é", max_size=120))
def test_V3_nothing_but_a_refusal_with_its_place_comes_out_of_the_reader(text: str) -> None:
    try:
        node, place = rule.parse(text), 1
    except rule.RuleError as problem:
        node, place = None, problem.position
    assert 1 <= place <= len(text) + 1
    assert node is None or (node.is_met(frozenset(KINDS)) and not node.is_met(frozenset()))


@given(st.text(max_size=600))
def test_V3_the_check_of_a_setting_never_raises(text: str) -> None:
    assert rule.check(text) is None or "An example: " in str(rule.check(text))


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
