"""Questions to a session: put without a name, merged with nothing lost, answered for all, and forgotten in time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from core import permissions
from core.contributions import Slot
from core.database import Base, now, reading, sql, transaction
from core.models import AuditEntry
from core.testing import api_token, form_token, make_member, sign_in
from plugins.police_links import letter, privacy, retention, side_panels
from plugins.police_links.questions import asking, queries, sorting
from plugins.police_links.questions.own_case import WORDS, is_own_case
from plugins.police_links.questions.queries import QuestionRow
from plugins.police_links.questions.sheet import LETTERS_IN_LINE, LINES, sheet

BOROUGH = "E09000030"
BOW_WEST, MILE_END, WHITECHAPEL = "E05009320", "E05009327", "E05009336"
LIGHTS = "Who mends the lights on the towpath?"
Rows = Callable[[str], list[QuestionRow]]


@pytest.fixture
def session_id(publish: Callable[..., str]) -> str:
    return publish()


@pytest.fixture
def rows(app: Flask) -> Rows:
    """Return every question of a session."""

    def read(session_id: str) -> list[QuestionRow]:
        with app.app_context(), reading() as db:
            return queries.questions(db, session_id)

    return read


@pytest.fixture
def ask(app: Flask) -> Callable[..., str]:
    """Return `ask(session_id, words, by=None)`, which puts a question and returns its id."""

    def put(session_id: str, words: str, by: str | None = None) -> str:
        member = by or make_member(app, ward=BOW_WEST)
        with app.test_request_context(), transaction() as db:
            return asking.ask(db, permissions.viewer_of(db, member), session_id, words, now())[0]

    return put


def _at(session_id: str, *more: str) -> str:
    return "/".join((f"/police/sessions/{session_id}/questions", *more))


def _text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


# --- asking


def test_P6_a_verified_member_asks_and_no_row_tells_who(
    app: Flask, neighbour: FlaskClient, officer: FlaskClient, session_id: str, rows: Rows
) -> None:
    page = _text(neighbour.post(_at(session_id), data={"words": LIGHTS}, follow_redirects=True))
    assert "without your name" in page
    assert LIGHTS in page
    assert [(row.words, row.wanted) for row in rows(session_id)] == [(LIGHTS, 1)]
    with app.app_context(), reading() as db:
        for name in ("police_links_question", "police_links_want", "police_links_asked"):
            table = Base.metadata.tables[name]
            assert not {"member_id", "created_at", "asked_on"} & set(table.c.keys())
            for row in db.execute(sa.select(table)):
                assert neighbour.member_id not in map(str, row)
        assert not [verb for verb in db.scalars(sa.select(AuditEntry.verb)) if "question" in verb]
    seen = _text(officer.get(_at(session_id, "sort")))
    assert LIGHTS in seen
    assert "Heron" not in seen


def test_P6_who_may_ask(client_of: Callable[..., FlaskClient], visitor: FlaskClient, session_id: str) -> None:
    form = {"words": LIGHTS}
    assert visitor.post(_at(session_id), data=form).location.startswith("/sign-in")
    assert client_of("Newcomer").post(_at(session_id), data=form).status_code == 403
    assert client_of("Fir", roles=[("officer", BOW_WEST)]).post(_at(session_id), data=form).status_code == 403
    assert client_of("Verified", ward=MILE_END).post(_at(session_id), data=form).status_code == 303


def test_P6_what_waits_is_for_verified_members_and_its_officers(
    client_of: Callable[..., FlaskClient],
    visitor: FlaskClient,
    neighbour: FlaskClient,
    officer: FlaskClient,
    session_id: str,
    ask: Any,
) -> None:
    ask(session_id, LIGHTS)
    for reader in (visitor, client_of("Newcomer"), client_of("Elsewhere", roles=[("officer", MILE_END)])):
        for path in (_at(session_id), f"/police/sessions/{session_id}"):
            assert LIGHTS not in _text(reader.get(path))
    assert LIGHTS in _text(neighbour.get(_at(session_id)))
    assert LIGHTS in _text(officer.get(_at(session_id)))


def test_P6_three_questions_at_most_and_the_fourth_is_kept_in_the_form(
    neighbour: FlaskClient, session_id: str, publish: Callable[..., str], rows: Rows
) -> None:
    for number in "abc":
        assert neighbour.post(_at(session_id), data={"words": f"Why {number}?"}).status_code == 303
    refused = neighbour.post(_at(session_id), data={"words": "Why indeed?"})
    assert refused.status_code == 422
    assert "You can still say me too" in _text(refused)
    assert "Why indeed?</textarea>" in _text(refused)
    assert len(rows(session_id)) == 3
    assert neighbour.post(_at(publish()), data={"words": "Why indeed?"}).status_code == 303


def test_P6_the_same_words_again_count_once(neighbour: FlaskClient, session_id: str, rows: Rows, ask: Any) -> None:
    for _click in range(5):
        neighbour.post(_at(session_id), data={"words": f"  {LIGHTS}\n"})
    ask(session_id, LIGHTS)
    assert [(row.words, row.wanted) for row in rows(session_id)] == [(LIGHTS, 2)]


@pytest.mark.parametrize("words", ["", "   ", "x" * 301])
def test_P6_an_empty_or_long_question_is_refused_with_what_was_typed(
    neighbour: FlaskClient, session_id: str, rows: Rows, words: str
) -> None:
    answer = neighbour.post(_at(session_id), data={"words": words})
    assert answer.status_code == 422
    assert "There is a problem" in _text(answer)
    assert words.strip() in _text(answer)
    assert rows(session_id) == []


def test_P6_300_letters_are_taken(neighbour: FlaskClient, session_id: str, rows: Rows) -> None:
    neighbour.post(_at(session_id), data={"words": "é" * 300})
    assert len(rows(session_id)[0].words) == 300


def test_P6_a_question_about_an_own_case_is_led_to_101_and_online(
    neighbour: FlaskClient, session_id: str, rows: Rows
) -> None:
    answer = neighbour.post(_at(session_id), data={"words": "What about my case, CAD 4512?"})
    assert answer.status_code == 422
    page = _text(answer)
    assert 'href="tel:101"' in page
    assert 'href="/police/report"' in page
    assert "What about my case, CAD 4512?</textarea>" in page
    assert rows(session_id) == []


@pytest.mark.parametrize(
    "words",
    [
        "Any news on MY CASE?",
        "CAD 4512/21NOV",
        "cad4512 please",
        "It is cad: 77",
        "My crime-reference is lost",
        "About 1234567/26",
        "TAA-01234-26-0101-IC",
        "Who is the O.I.C.? The oic never rings",
        "Ring me on 020 7946 0000",
    ],
)
def test_P6_own_cases_are_known_by_plain_words_and_numbers(words: str) -> None:
    assert is_own_case(words)


@pytest.mark.parametrize(
    "words",
    [
        LIGHTS,
        "In my case the bus never comes: who helps?",
        "How many officers walk the 2026 night shift, 22:00 to 06:00?",
        "Is there a cadet scheme? Academic question.",
        "What do you do in case of fire?",
        "Are there more than 1,500 thefts a year in E3 5AB?",
    ],
)
def test_P6_other_questions_pass(words: str) -> None:
    assert not is_own_case(words)


@given(before=st.text(max_size=40), word=st.sampled_from(WORDS), after=st.text(max_size=40))
def test_P6_a_word_of_the_list_is_found_wherever_it_stands(before: str, word: str, after: str) -> None:
    assert is_own_case(f"{before} ! {word.upper()} ! {after}")


def test_P6_a_session_that_began_or_was_called_off_takes_none(
    app: Flask, neighbour: FlaskClient, officer: FlaskClient, publish: Callable[..., str], rows: Rows, ask: Any
) -> None:
    begun, off = publish(), publish(starts_at=now() + timedelta(days=9))
    question = ask(begun, LIGHTS)
    officer.post(f"/police/sessions/{off}/cancel", data={"reason": "Ill"})
    with time_machine.travel(now() + timedelta(days=7, minutes=1)):
        sign_in(neighbour, neighbour.member_id)
        for session_id in (begun, off):
            told = _text(neighbour.post(_at(session_id), data={"words": "Late?"}, follow_redirects=True))
            assert "takes no more questions" in told
        neighbour.post(_at(begun, question, "me-too"))
    assert [row.wanted for row in rows(begun) + rows(off)] == [1]


def test_P6_a_question_of_another_session_is_not_found(
    neighbour: FlaskClient, officer: FlaskClient, session_id: str, publish: Callable[..., str], ask: Any, rows: Rows
) -> None:
    other = publish(ward=MILE_END)
    theirs = ask(other, LIGHTS)
    neighbour.post(_at(session_id, theirs, "me-too"))
    assert officer.get(_at(session_id, theirs)).status_code == 404
    assert officer.post(_at(session_id, theirs), data={"answer": "Us."}).status_code == 404
    assert officer.post(_at(session_id, theirs, "leave-out"), data={"reason": "Unfit"}).status_code == 404
    own = ask(session_id, "Ours?")
    mixed = officer.post(_at(session_id, "sort"), data={"picked": [own, theirs], "words": "All"})
    assert mixed.status_code == 422
    assert [(row.state, row.wanted, row.answer) for row in rows(other)] == [("open", 1, "")]


# --- me too


def test_P6_me_too_counts_once_and_can_be_taken_back(
    neighbour: FlaskClient, session_id: str, ask: Any, rows: Rows
) -> None:
    question = ask(session_id, LIGHTS)
    for _click in range(3):
        neighbour.post(_at(session_id, question, "me-too"))
    assert rows(session_id)[0].wanted == 2
    assert "You are one of them" in _text(neighbour.get(_at(session_id)))
    neighbour.post(_at(session_id, question, "take-back"))
    assert rows(session_id)[0].wanted == 1


def test_P6_who_asked_can_withdraw_what_nobody_else_wants(neighbour: FlaskClient, session_id: str, rows: Rows) -> None:
    neighbour.post(_at(session_id), data={"words": LIGHTS})
    neighbour.post(_at(session_id, rows(session_id)[0].id, "take-back"))
    assert rows(session_id) == []


def test_P6_twenty_presses_at_once_count_once(app: Flask, session_id: str, ask: Any, rows: Rows) -> None:
    question = ask(session_id, LIGHTS)
    member = make_member(app, "Impatient", ward=BOW_WEST)
    codes: list[int] = []

    def press() -> None:
        client = app.test_client()
        sign_in(client, member)
        codes.append(client.post(_at(session_id, question, "me-too")).status_code)

    _all_at_once([press] * 20)
    assert codes == [303] * 20
    assert rows(session_id)[0].wanted == 2


def test_P6_four_questions_of_one_member_at_once_are_three(app: Flask, session_id: str, rows: Rows) -> None:
    member = make_member(app, "Impatient", ward=BOW_WEST)

    def press(number: int) -> None:
        client = app.test_client()
        sign_in(client, member)
        client.post(_at(session_id), data={"words": f"Why {'abcdefgh'[number]}?"})

    _all_at_once([lambda number=number: press(number) for number in range(8)])  # type: ignore[misc]
    assert len(rows(session_id)) == 3


def test_P6_a_merge_in_the_middle_of_me_too_loses_nobody(
    app: Flask, officer: FlaskClient, session_id: str, ask: Any, rows: Rows
) -> None:
    asked = [ask(session_id, f"Lights on {street}?") for street in ("Elm", "Oak", "Ash")]
    people = 12
    members = [make_member(app, f"Neighbour {number}", ward=BOW_WEST) for number in range(people)]

    def press(number: int) -> None:
        client = app.test_client()
        sign_in(client, members[number])
        for question in asked:
            client.post(_at(session_id, question, "me-too"))

    def merge() -> None:
        client = app.test_client()
        sign_in(client, officer.member_id)
        assert client.post(_at(session_id, "sort"), data={"picked": asked, "words": "Lights?"}).status_code == 303

    _all_at_once([*(lambda number=number: press(number) for number in range(people)), merge])  # type: ignore[misc]
    (left,) = [row for row in rows(session_id) if row.is_waiting]
    assert (left.words, left.wanted) == ("Lights?", people + 3)


def _all_at_once(acts: list[Callable[[], None]]) -> None:
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        gate.wait()
        act()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# --- sorting


def test_P6_J4_nine_become_four_each_member_counts_once(
    app: Flask, officer: FlaskClient, session_id: str, ask: Any, rows: Rows
) -> None:
    keen = make_member(app, "Keen", ward=BOW_WEST)
    ids = [ask(session_id, f"Question {letter}?", keen if letter in "abc" else None) for letter in "abcdefghi"]
    for picked, words in ((ids[:4], "First"), (ids[4:6], "Second"), (ids[6:8], "Third")):
        assert officer.post(_at(session_id, "sort"), data={"picked": picked, "words": words}).status_code == 303
    waiting = [row for row in rows(session_id) if row.is_waiting]
    assert sorted((row.words, row.wanted) for row in waiting) == [
        ("First", 2),  # three of the four were one member's
        ("Question i?", 1),
        ("Second", 2),
        ("Third", 2),
    ]
    assert [row.wanted for row in waiting] == [2, 2, 2, 1]


def test_P6_a_merged_one_merged_again_still_leads_to_where_it_counts(
    officer: FlaskClient, neighbour: FlaskClient, session_id: str, ask: Any, rows: Rows
) -> None:
    first, second, third = (ask(session_id, f"{letter}?") for letter in "abc")
    officer.post(_at(session_id, "sort"), data={"picked": [first, second], "words": "Two"})
    two = next(row.id for row in rows(session_id) if row.is_waiting and row.words == "Two")
    officer.post(_at(session_id, "sort"), data={"picked": [two, third], "words": "Three"})
    neighbour.post(_at(session_id, first, "me-too"))
    assert [(row.words, row.wanted) for row in rows(session_id) if row.is_waiting] == [("Three", 4)]


def test_P6_a_merge_is_refused_politely(officer: FlaskClient, session_id: str, ask: Any, rows: Rows) -> None:
    first, second = ask(session_id, "a?"), ask(session_id, "b?")
    path = _at(session_id, "sort")
    one = officer.post(path, data={"picked": [first], "words": "Both of them"})
    assert one.status_code == 422
    assert "Tick two questions or more" in _text(one)
    assert "Both of them</textarea>" in _text(one)
    assert officer.post(path, data={"picked": [first, second], "words": " "}).status_code == 422
    officer.post(_at(session_id, second), data={"answer": "Yes."})
    changed = officer.post(path, data={"picked": [first, second], "words": "Both"})
    assert changed.status_code == 422
    assert "Someone else has changed" in _text(changed)
    assert [row.state for row in rows(session_id)] == ["open", "open"]


def test_P6_left_out_with_a_reason_that_members_read_and_back_again(
    officer: FlaskClient, neighbour: FlaskClient, visitor: FlaskClient, session_id: str, ask: Any
) -> None:
    question = ask(session_id, "Did the man at number 9 do it?")
    assert officer.post(_at(session_id, question, "leave-out"), data={"reason": " "}).status_code == 422
    officer.post(_at(session_id, question, "leave-out"), data={"reason": "It names a person."})
    page = _text(neighbour.get(_at(session_id)))
    assert "It names a person." in page
    assert "number 9" not in page
    assert "It names a person." not in _text(visitor.get(_at(session_id)))
    told = _text(neighbour.post(_at(session_id, question, "me-too"), follow_redirects=True))
    assert "no longer on the list" in told
    officer.post(_at(session_id, question, "show"))
    assert "number 9" in _text(neighbour.get(_at(session_id)))


def test_P6_an_answer_is_open_to_all_and_can_be_bettered(
    officer: FlaskClient, visitor: FlaskClient, session_id: str, ask: Any, rows: Rows
) -> None:
    question = ask(session_id, LIGHTS)
    assert officer.post(_at(session_id, question), data={"answer": ""}).status_code == 422
    officer.post(_at(session_id, question), data={"answer": "The council. <b>We</b> told them."})
    for path in (_at(session_id), f"/police/sessions/{session_id}"):
        page = _text(visitor.get(path))
        assert LIGHTS in page
        assert "The council. &lt;b&gt;We&lt;/b&gt; told them." in page
    officer.post(_at(session_id, question), data={"answer": "Mended on Monday."})
    assert "Mended on Monday." in _text(visitor.get(_at(session_id)))
    assert [row.answered_on for row in rows(session_id)] == [now().date()]


def test_P6_officers_of_other_wards_and_members_cannot_sort(
    client_of: Callable[..., FlaskClient], neighbour: FlaskClient, session_id: str, ask: Any, rows: Rows
) -> None:
    first, second = ask(session_id, "a?"), ask(session_id, "b?")
    for client in (neighbour, client_of("Elsewhere", roles=[("officer", MILE_END)])):
        for path in ("sort", "print", first):
            assert client.get(_at(session_id, path)).status_code == 403
        assert client.post(_at(session_id, "sort"), data={"picked": [first, second], "words": "x"}).status_code == 403
        assert client.post(_at(session_id, first), data={"answer": "x"}).status_code == 403
        assert client.post(_at(session_id, first, "leave-out"), data={"reason": "x"}).status_code == 403
        assert client.post(_at(session_id, first, "show")).status_code == 403
    assert {(row.state, row.answer) for row in rows(session_id)} == {("open", "")}


def test_P6_services_themselves_refuse_the_wrong_officer(app: Flask, session_id: str, ask: Any) -> None:
    question = ask(session_id, LIGHTS)
    other = make_member(app, "Elsewhere", roles=[("officer", MILE_END)])
    with app.test_request_context(), pytest.raises(permissions.Denied), transaction() as db:
        sorting.answer(db, permissions.viewer_of(db, other), session_id, question, words="x", on=now().date())


def test_P6_what_officers_do_is_in_the_record(app: Flask, officer: FlaskClient, session_id: str, ask: Any) -> None:
    ids = [ask(session_id, f"{letter}?") for letter in "abc"]
    officer.post(_at(session_id, "sort"), data={"picked": ids[:2], "words": "Both"})
    officer.post(_at(session_id, ids[2], "leave-out"), data={"reason": "Unfit"})
    officer.post(_at(session_id, ids[2], "show"))
    officer.post(_at(session_id, ids[2]), data={"answer": "Yes."})
    with app.app_context(), reading() as db:
        verbs = [
            verb for verb in db.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.sequence)) if "quest" in verb
        ]
    assert verbs == [
        "police_links.questions_merged",
        "police_links.question_hidden",
        "police_links.question_shown",
        "police_links.question_answered",
    ]


# --- the sheet


def test_P6_the_sheet_has_room_for_notes_and_no_names(officer: FlaskClient, session_id: str, ask: Any) -> None:
    ask(session_id, LIGHTS)
    page = _text(officer.get(_at(session_id, "print")))
    assert LIGHTS in page
    assert "<svg" in page
    assert "data-print" in page
    assert "Heron" not in page


@given(st.lists(st.integers(1, 300), max_size=40))
def test_P6_the_sheet_never_overflows(lengths: list[int]) -> None:
    row = QuestionRow("0" * 32, "", "open", "", None, "", None, 1, False)
    rows = [replace(row, words="x" * length) for length in lengths]
    made = sheet(rows)
    assert len(made.rows) + made.left_over == len(rows)
    assert sum(-(-len(each.words) // LETTERS_IN_LINE) + 1 + made.note_lines for each in made.rows) <= LINES
    assert not rows or made.rows


# --- where answers are told


def test_P6_answers_of_the_last_week_are_in_the_letter(
    app: Flask, officer: FlaskClient, session_id: str, ask: Any
) -> None:
    question = ask(session_id, "Lights on [the towpath](x)?")
    ask(session_id, "Not answered yet?")
    officer.post(_at(session_id, question), data={"answer": "The council\nmends *them*."})

    def lines(ward: str, days: int = 0) -> list[str]:
        with app.test_request_context(), reading() as db:
            parts = letter.parts(db, ward, now() + timedelta(days=days))
            return [line for part in parts if part.heading == "Answers from your officers" for line in part.lines]

    (line,) = lines(BOW_WEST)
    assert line.startswith(r"[Lights on \[the towpath\](x)?](")
    assert line.endswith(r"The council mends \*them\*.")
    assert lines(BOROUGH) == lines(BOW_WEST, 7) == [line]
    assert lines(WHITECHAPEL) == lines(BOW_WEST, 8) == []


def test_P6_the_last_answers_stand_on_the_board_for_28_days(
    app: Flask, officer: FlaskClient, session_id: str, ask: Any
) -> None:
    officer.post(_at(session_id, ask(session_id, LIGHTS)), data={"answer": "The council."})

    def shown(ward: str) -> list[str]:
        with app.test_request_context():
            visitor = permissions.viewer_of(sql.session, None)
            return [panel.template for panel in side_panels.panels_for(Slot.WARD, visitor, ward)]

    panel = "police_links/panels/answers.html"
    assert panel in shown(BOW_WEST)
    assert panel not in shown(WHITECHAPEL)
    with time_machine.travel(now() + timedelta(days=28)):
        assert panel in shown(BOW_WEST)
    with time_machine.travel(now() + timedelta(days=29)):
        assert panel not in shown(BOW_WEST)


# --- rights of members, and the end


def test_P6_a_member_takes_out_and_erases_what_they_wanted(
    app: Flask, neighbour: FlaskClient, session_id: str, ask: Any, rows: Rows
) -> None:
    shared = ask(session_id, LIGHTS)
    neighbour.post(_at(session_id, shared, "me-too"))
    neighbour.post(_at(session_id), data={"words": "Only mine?"})
    with app.app_context(), transaction() as db:
        records = privacy.export(db, neighbour.member_id).records
        assert sorted(record["question"] for record in records) == ["Only mine?", LIGHTS]
        assert privacy.export(db, "f" * 32).records == []
    with app.app_context(), transaction() as db:
        assert privacy.erase(db, neighbour.member_id).deleted == 3  # two tags, and the count of questions
        assert privacy.export(db, neighbour.member_id).records == []
    assert [(row.words, row.wanted) for row in rows(session_id)] == [(LIGHTS, 1)]


def test_P6_all_goes_90_days_after_the_session(app: Flask, session_id: str, officer: FlaskClient, ask: Any) -> None:
    ids = [ask(session_id, f"{letter}?") for letter in "abc"]
    officer.post(_at(session_id, "sort"), data={"picked": ids[:2], "words": "Both"})
    officer.post(_at(session_id, ids[2]), data={"answer": "Yes."})
    tables = [Base.metadata.tables[f"police_links_{name}"] for name in ("question", "want", "asked")]

    def left(days: float) -> list[int]:
        with app.app_context():
            retention.forget(now() + timedelta(days=days))
            with reading() as db:
                return [db.scalar(sa.select(sa.func.count()).select_from(table)) or 0 for table in tables]

    assert left(7 + 90) == [4, 3, 3]
    assert left(7 + 91) == [0, 0, 0]


# --- for programs


@pytest.fixture
def bearer(app: Flask) -> Callable[..., dict[str, str]]:
    def make(*scopes: str, **kind: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {api_token(app, make_member(app, **kind), *scopes)}"}

    return make


def test_P6_programs_ask_read_and_say_me_too(
    visitor: FlaskClient, officer: FlaskClient, session_id: str, bearer: Any
) -> None:
    path = f"/api/v1/police/sessions/{session_id}/questions"
    mine, other = bearer("police", "read", ward=BOW_WEST), bearer("police", "read", ward=MILE_END)
    made = visitor.post(path, json={"words": LIGHTS}, headers=mine)
    assert made.status_code == 201
    again = visitor.post(path, json={"words": LIGHTS}, headers=mine)
    assert (again.status_code, again.get_json()) == (200, made.get_json() | {"is_new": False})
    question = made.get_json()["question"]
    codes = [visitor.post(f"{path}/{question}/me-too", headers=other).status_code for _click in range(2)]
    assert codes == [201, 200]
    (item,) = visitor.get(path, headers=other).get_json()["items"]
    assert (item["words"], item["wanted"], item["is_mine"], item["answer"]) == (LIGHTS, 2, True, None)
    unverified = bearer("read")
    assert visitor.get(path, headers=unverified).get_json()["items"] == []
    officer.post(_at(session_id, question), data={"answer": "The council."})
    (item,) = visitor.get(path, headers=unverified).get_json()["items"]
    assert (item["answer"], item["is_mine"]) == ("The council.", False)
    assert date.fromisoformat(item["answered_on"]) == now().date()


def test_P6_programs_are_refused_with_reasons(visitor: FlaskClient, session_id: str, bearer: Any, ask: Any) -> None:
    path = f"/api/v1/police/sessions/{session_id}/questions"
    mine = bearer("police", ward=BOW_WEST)

    def post(words: Any, headers: Any = mine, to: str = path, **more: Any) -> tuple[int, Any]:
        answer = visitor.post(to, json={"words": words, **more}, headers=headers)
        assert answer.mimetype == "application/problem+json" or answer.status_code < 300
        return answer.status_code, answer.get_json().get("code")

    assert post("Any news on my case?") == (422, "own_case")
    assert post("")[0] == post("  ")[0] == post("x" * 301)[0] == post("ok?", member="me")[0] == 422
    assert [post(f"Why {letter}?")[0] for letter in "abc"] == [201] * 3
    assert post("Why d?") == (409, "enough")
    assert post("ok?", {})[0] == 401
    assert post("ok?", bearer("read", ward=BOW_WEST))[0] == post("ok?", bearer("police"))[0] == 403
    assert post("ok?", to=path.replace(session_id, "0" * 32))[0] == 404
    assert visitor.post(f"{path}/{'0' * 32}/me-too", headers=mine).status_code == 404
    assert visitor.get(path, headers=bearer("police", ward=BOW_WEST)).status_code == 403


def test_P6_the_api_lists_page_by_page(visitor: FlaskClient, session_id: str, bearer: Any, ask: Any) -> None:
    made = {ask(session_id, f"Why {letter}?") for letter in "abcde"}
    path, headers = f"/api/v1/police/sessions/{session_id}/questions", bearer("read", ward=BOW_WEST)
    seen: list[str] = []
    after = ""
    while True:
        page = visitor.get(f"{path}?limit=2{after}", headers=headers).get_json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(made) == 5
    assert set(seen) == made


def test_P6_nothing_is_changed_without_the_pages_own_token(publish: Any, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    session_id = publish()
    client = app.test_client()
    sign_in(client, make_member(app, ward=BOW_WEST))
    assert client.post(_at(session_id), data={"words": LIGHTS}).status_code == 400
    token = form_token(client, _at(session_id))
    assert client.post(_at(session_id), data={"words": LIGHTS, "csrf_token": token}).status_code == 303
