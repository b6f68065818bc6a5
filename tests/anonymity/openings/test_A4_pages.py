from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from core.testing import make_member, sign_in, work

SHADWELL = "E05009332"
MORNING = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
FILLED = {"reason": "court", "words": "The post names a witness.", "reference": "Snaresbrook 12/2026"}


@pytest.fixture
def browse(app: Flask) -> Callable[[str], FlaskClient]:
    def browse(member_id: str) -> FlaskClient:
        client = app.test_client()
        sign_in(client, member_id)
        return client

    return browse


def post_of(app: Flask, write: Callable[..., str], *values: str) -> str:
    with app.test_request_context():
        return write(*values)


def asked(browse: Any, people: Any, post_id: str) -> str:
    answer = browse(people.asker).post("/anonymity/openings/new", data=FILLED | {"post": post_id})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def test_A4_from_the_address_of_a_post_to_the_account_for_two_and_nobody_else(
    app: Flask, people: Any, write: Callable[..., str], browse: Any
) -> None:
    asker, decider, other = browse(people.asker), browse(people.decider), browse(people.same_ward)
    post_id = post_of(app, write, people.writer)
    assert "Address of the post" in asker.get("/anonymity/openings/new").get_data(as_text=True)
    page = asker.get(f"/anonymity/openings/new?post=http://localhost/posts/{post_id}/report").get_data(as_text=True)
    for part in (
        "What can be opened",
        "its alias, e-mail address and ward",
        "Not a real name",
        "A court has ordered it",
    ):
        assert part in page
    at = asked(browse, people, post_id)
    assert "You asked this" in asker.get(at).get_data(as_text=True)
    assert "Nothing waits" not in decider.get("/anonymity/openings").get_data(as_text=True)
    waiting = decider.get(at).get_data(as_text=True)
    for part in ("The post names a witness.", "Snaresbrook 12/2026", "Open the name", "Leave it closed"):
        assert part in waiting
    assert other.get(at).status_code == 404
    assert other.post(f"{at}/decide", data={"verb": "grant"}).status_code == 404
    assert asker.post(f"{at}/decide", data={"verb": "grant"}).status_code == 422
    assert decider.post(f"{at}/decide", data={"verb": "perhaps"}).status_code == 422
    assert decider.post(f"{at}/decide", data={"verb": "grant"}).status_code == 303
    assert "oak" not in decider.get(at).get_data(as_text=True).lower()  # a look is a button, and is written down
    for client in (asker, decider):
        shown = client.post(f"{at}/look").get_data(as_text=True)
        assert "Oak" in shown
        assert "@test.example" in shown
    assert other.post(f"{at}/look").status_code == 404


def test_A4_a_form_that_is_not_complete_is_kept_and_says_what_is_missing(
    app: Flask, people: Any, write: Callable[..., str], browse: Any
) -> None:
    post_id = post_of(app, write, people.writer)
    client = browse(people.asker)
    answer = client.post("/anonymity/openings/new", data={"post": post_id, "words": "A threat.", "reason": "police"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Write the number and date of the order" in page
    assert "A threat." in page
    empty = client.post("/anonymity/openings/new", data={"post": post_id}).get_data(as_text=True)
    assert "Choose why the name must be opened." in empty
    life = {"post": post_id, "words": "They say they will jump.", "reason": "life"}
    assert client.post("/anonymity/openings/new", data=life).status_code == 303  # no paper is wanted then


@pytest.mark.parametrize("typed", ["hello", "/threads/" + "a" * 32, "/posts/" + "a" * 31, "/posts/" + "f" * 32])
def test_A4_an_address_without_a_post_gets_a_clear_answer(app: Flask, people: Any, browse: Any, typed: str) -> None:
    answer = browse(people.asker).get("/anonymity/openings/new", query_string={"post": typed})
    assert answer.status_code == 422
    assert "Report" in answer.get_data(as_text=True) or "no such post" in answer.get_data(as_text=True)


@pytest.mark.parametrize("kind", ["resident", "unlinkable"])
def test_A4_where_nothing_can_be_opened_there_is_no_form(
    app: Flask, people: Any, write: Callable[..., str], browse: Any, kind: str
) -> None:
    post_id = post_of(app, write, people.writer, kind)
    client = browse(people.asker)
    page = client.get(f"/anonymity/openings/new?post={post_id}").get_data(as_text=True)
    assert "Nothing can be opened" in page
    assert "Ask the other custodian" not in page
    answer = client.post("/anonymity/openings/new", data=FILLED | {"post": post_id})
    assert answer.status_code == 422
    assert "The post names a witness." in answer.get_data(as_text=True)  # what was typed is kept


def test_A4_the_writer_is_refused_neutrally(app: Flask, people: Any, write: Callable[..., str], browse: Any) -> None:
    own = post_of(app, write, people.asker)
    answer = browse(people.asker).get(f"/anonymity/openings/new?post={own}")
    assert answer.status_code == 422
    assert "Leave it to another custodian" in answer.get_data(as_text=True)
    theirs = post_of(app, write, people.decider)
    at = asked(browse, people, theirs)
    decider = browse(people.decider)
    assert "Nothing waits" in decider.get("/anonymity/openings").get_data(as_text=True)
    assert decider.get(at).status_code == 404
    assert decider.post(f"{at}/decide", data={"verb": "refuse"}).status_code == 404


def test_A4_a_decision_that_came_too_late_is_told_so(
    app: Flask, people: Any, write: Callable[..., str], browse: Any
) -> None:
    at = asked(browse, people, post_of(app, write, people.writer))
    decider = browse(people.decider)
    assert decider.post(f"{at}/decide", data={"verb": "refuse"}).status_code == 303
    answer = decider.post(f"{at}/decide", data={"verb": "grant"}, follow_redirects=True)
    assert "does not wait any more" in answer.get_data(as_text=True)
    assert decider.post(f"{at}/look").status_code == 404


@pytest.mark.parametrize("role", ["admin", "reviewer", "officer", "coordinator", ""])
def test_A4_nobody_else_gets_to_any_of_the_pages(
    app: Flask, people: Any, write: Callable[..., str], browse: Any, role: str
) -> None:
    at = asked(browse, people, post_of(app, write, people.writer))
    roles: list[Any] = [(role, SHADWELL)] if role in ("officer", "coordinator") else [role] if role else []
    client = browse(make_member(app, roles=roles, ward=SHADWELL))
    for path in ("/anonymity/openings", "/anonymity/openings/new", at):
        assert client.get(path).status_code == 403
        assert app.test_client().get(path).status_code == 303
    for path in ("/anonymity/openings/new", f"{at}/decide", f"{at}/look"):
        assert client.post(path, data={"verb": "grant"}).status_code == 403
    assert "/anonymity/openings" not in client.get("/account").get_data(as_text=True)


def test_A4_custodians_find_their_requests_on_their_own_page(app: Flask, people: Any, browse: Any) -> None:
    assert 'href="/anonymity/openings"' in browse(people.asker).get("/account").get_data(as_text=True)


def test_A4_the_member_finds_the_note_when_they_were_told(
    app: Flask, people: Any, write: Callable[..., str], browse: Any
) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        at = asked(browse, people, post_of(app, write, people.writer))
        browse(people.decider).post(f"{at}/decide", data={"verb": "grant"})
        before = browse(people.writer)
        assert "There is no note for you" in before.get("/anonymity/openings/told").get_data(as_text=True)
        assert "There is a note for you" not in before.get("/account").get_data(as_text=True)
        clock.shift(timedelta(days=30))
        work(app)
        after = browse(people.writer)
        assert "There is a note for you" in after.get("/account").get_data(as_text=True)
        page = after.get("/anonymity/openings/told").get_data(as_text=True)
        assert "A court has ordered it" in page
        other = browse(people.same_ward).get("/anonymity/openings/told").get_data(as_text=True)
        assert "There is no note for you" in other


def test_A4_numbers_are_public_when_the_year_is_over(
    app: Flask, people: Any, write: Callable[..., str], browse: Any
) -> None:
    with time_machine.travel(MORNING, tick=False) as clock:
        at = asked(browse, people, post_of(app, write, people.writer))
        browse(people.decider).post(f"{at}/decide", data={"verb": "grant"})
        assert "No year is over yet" in app.test_client().get("/anonymity/openings/counts").get_data(as_text=True)
        clock.move_to(datetime(2027, 1, 2, tzinfo=UTC))
        page = app.test_client().get("/anonymity/openings/counts").get_data(as_text=True)
        assert re.search(r"A court has ordered it</th><td>1</td><td>1</td><td>0</td><td>0</td>", page)


def test_A4_putting_off_wants_a_reason(app: Flask, people: Any, write: Callable[..., str], browse: Any) -> None:
    at = asked(browse, people, post_of(app, write, people.writer))
    decider = browse(people.decider)
    assert decider.post(f"{at}/put-off", data={"reason": "Why not."}).status_code == 404
    decider.post(f"{at}/decide", data={"verb": "grant"})
    empty = decider.post(f"{at}/put-off", data={"reason": " "})
    assert empty.status_code == 422
    assert "Write why the writer must be told later." in empty.get_data(as_text=True)
    assert decider.post(f"{at}/put-off", data={"reason": "The police ask for it."}).status_code == 303
    again = decider.post(f"{at}/put-off", data={"reason": "Once more."})
    assert again.status_code == 422
    assert "cannot be put off" in again.get_data(as_text=True)
