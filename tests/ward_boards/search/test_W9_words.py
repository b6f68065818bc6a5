"""W9: from text to words and back, and from what is typed to a question. Nothing typed is a mistake of grammar."""

from __future__ import annotations

import sqlite3
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.ward_boards.search import excerpts, tokens, wish

HOSTILE = ('"', '""', "*", "NOT", "(", ")", "a OR", "AND", "NEAR(a b)", "words:x", "^a", "-a", "+", "'", "\\", "a:b")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mopeds", "moped"),
        ("neighbour's", "neighbours"),
        ("neighbour\u2019s", "Neighbour"),
        ("café", "CAFE"),
        ("burglaries", "burglary"),
        ("buses", "buse"),
        ("boxes", "box"),
        ("glass", "GLASS"),
        ("don't", "dont"),
        ("Straße", "strasse"),
        ("ＷＩＤＥ", "wide"),
        ("\u09a1\u09bc", "\u09dc"),  # Bengali RRA, written in two ways
        ("র‍্যাব", "র্যাব"),  # with and without a zero-width joiner
    ],
)
def test_W9_words_written_in_two_ways_are_one(one: str, other: str) -> None:
    assert tokens.folded(one) == tokens.folded(other)
    assert len(tokens.folded(one)) == 1


def test_W9_vowel_signs_and_marks_belong_to_bengali_words() -> None:
    text = "গতকাল রাতে সেতুর কাছে দুটি মোটরসাইকেল চুরি হয়েছে।"
    found = [text[word.start : word.end] for word in tokens.words_in(text)]
    assert found == ["গতকাল", "রাতে", "সেতুর", "কাছে", "দুটি", "মোটরসাইকেল", "চুরি", "হয়েছে"]
    assert len({tokens.fold("চুরি"), tokens.fold("চর"), tokens.fold("চোর")}) == 3


@given(st.text(max_size=300))
def test_W9_words_hold_nothing_that_a_database_could_read_as_a_sign(text: str) -> None:
    for word in tokens.words_in(text):
        assert 0 <= word.start < word.end <= len(text)
        assert 0 < len(word.folded) <= tokens.LONGEST_WORD
        assert not set(word.folded) & set("'\"\\ \t\n\r\x00()*:^-+{}=|&!<>")
        assert word.folded == tokens.fold(text[word.start : word.end])


@given(st.text(max_size=300))
def test_W9_a_text_is_found_by_each_word_of_it(text: str) -> None:
    words = tokens.folded(text)
    for word in tokens.words_in(text):
        assert tokens.folded(text[word.start : word.end]) == [word.folded]
    assert wish.parse(text[: wish.LONGEST_QUERY]).words <= set(words) | set(tokens.folded(text[: wish.LONGEST_QUERY]))


@pytest.fixture(scope="module")
def fts() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(words, tokenize=\"ascii tokenchars '='\")")
    return connection


@pytest.mark.parametrize("text", HOSTILE)
def test_W9_operators_mean_nothing(fts: sqlite3.Connection, text: str) -> None:
    for asked in (text, f"moped {text}", f'{text} "two words', f'"{text}"'):
        wanted = wish.parse(asked)
        if wanted.phrases:
            fts.execute("SELECT * FROM t WHERE t MATCH ?", (wish.for_fts5(wanted.question),)).fetchall()


@given(st.text(max_size=250))
def test_W9_whatever_is_typed_is_a_question_or_nothing(text: str) -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(words, tokenize=\"ascii tokenchars '='\")")
    wanted = wish.parse(text)
    assert len(wanted.phrases) <= wish.MOST_TERMS
    if wanted.phrases:
        connection.execute("INSERT INTO t VALUES (?)", (" ".join(tokens.folded(text[: wish.LONGEST_QUERY])),))
        connection.execute("SELECT * FROM t WHERE t MATCH ?", (wish.for_fts5(wanted.question),)).fetchall()
        assert "'" not in wish.for_tsquery(wanted.question).replace("'", "", 2 * sum(map(len, wanted.phrases)))
    connection.close()


def test_W9_quotes_keep_words_side_by_side() -> None:
    assert wish.parse('moped "Roman Road" moped').phrases == (("moped",), ("roman", "road"))
    assert wish.parse("“roman road”").phrases == (("roman", "road"),)
    assert wish.parse("anti-social").phrases == (("anti", "social"),)
    assert wish.parse(' "" ?! ').phrases == ()


def test_W9_quoted_lines_are_their_writers_to_take_back() -> None:
    assert tokens.folded(tokens.own_words("> a secret place\nI agree")) == ["i", "agree"]


@given(st.text(max_size=2000), st.sets(st.sampled_from(["moped", "চুরি", "a", "road"])))
def test_W9_pieces_together_are_the_text(text: str, words: set[str]) -> None:
    pieces = excerpts.marked(text, frozenset(words))
    assert "".join(piece.text for piece in pieces) == text
    assert all(tokens.fold(piece.text) in words for piece in pieces if piece.is_hit)
    around = excerpts.around(text, frozenset(words))
    assert len("".join(piece.text for piece in around)) <= excerpts.LENGTH + 2


def test_W9_the_excerpt_shows_where_the_words_stand() -> None:
    text = "Nothing to see. " * 60 + "Then two **mopeds** came over the bridge. " + "And so on. " * 60
    shown = "".join(piece.text for piece in excerpts.around(text, frozenset({"moped", "bridge"})))
    assert "mopeds came over the bridge" in shown
    assert shown.startswith("…")
    assert shown.endswith("…")


@pytest.mark.parametrize("filling", [" \n", "\n", "\u2003\n", " "])
def test_W9_a_post_of_empty_lines_does_not_keep_the_search_busy(filling: str) -> None:
    started = time.process_time()
    assert tokens.own_words(f"moped{filling * 100_000}end").split() == ["moped", "end"]
    assert time.process_time() - started < 2
    assert tokens.own_words("one\n \t> two\n\n> three\nfour").split() == ["one", "four"]
