from __future__ import annotations

import re

from core import aliases
from core.accounts import ALIAS


def test_A1_suggested_alias_is_two_plain_words_and_a_number_that_joining_accepts() -> None:
    for _ in range(500):
        alias = aliases.suggest(lambda _alias: False)
        assert re.fullmatch(r"[A-Z][a-z]+ [A-Z][a-z]+ [1-9]\d", alias)
        assert ALIAS.match(alias)
        assert len(alias) <= 40


def test_A1_suggestion_is_one_that_is_free() -> None:
    tried: list[str] = []

    def taken(alias: str) -> bool:
        tried.append(alias)
        return len(tried) < 4

    assert aliases.suggest(taken) == tried[3]


def test_suggestion_ends_even_where_everything_is_taken() -> None:
    assert re.fullmatch(r"\w+ \w+ \d{6}", aliases.suggest(lambda _alias: True))


def test_equal_bytes_give_equal_names_and_others_differ() -> None:
    names = {aliases.from_bytes(bytes([number]), digits=4) for number in range(200)}
    assert len(names) == 200
    assert aliases.from_bytes(b"a", digits=4) == aliases.from_bytes(b"a", digits=4)


def test_no_word_is_in_both_lists_or_twice() -> None:
    firsts, seconds = aliases._words()
    both = [*firsts, *seconds]
    assert len(both) == len(set(both))
    assert min(len(firsts), len(seconds)) >= 200
