"""A legal notice from its form to its end, told to both sides, by hand and by the clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core import permissions
from core.database import now
from core.testing import capture_events, make_member
from plugins.ward_boards.complaints import clock, contributions, course, papers, services
from plugins.ward_boards.services import NotYours

BOW_WEST, STEPNEY = "E05009320", "E05009334"
MONTH = timedelta(days=30)
FORM = {
    "words": "Alex takes bikes",
    "meaning": "That I am a thief.",
    "why": "My neighbours avoid me.",
    "wrong": "I never took a bike.",
    "name": "Alex Example",
    "email": "alex@mail.example",
    "unknown": "y",
}


def test_M7_anybody_sends_a_notice_and_is_told_so(browse: Any, robin: str, write: Any, rows: Any, letters: Any) -> None:
    placed = write(robin, text="Alex takes bikes.", category="general")
    sent = FORM | {"link": f"http://localhost/threads/{placed.thread_id}#post-1"}
    visitor = browse(None)
    assert visitor.post("/complaints/defamation", data=sent).status_code == 303
    notice = rows("notice")[0]
    assert (notice.post_id, notice.state, notice.ward_list) == (placed.post_id, "received", BOW_WEST)
    assert "Alex" not in notice.sealed
    assert "bike" not in notice.sealed
    recipient, text = letters()[0]
    assert recipient == "alex@mail.example"
    assert notice.id[:8].upper() in text
    assert "Alex takes bikes" not in visitor.get(f"/complaints/defamation/{placed.post_id}").text  # shows no post


@pytest.mark.parametrize("missing", sorted(FORM))
def test_notice_without_what_the_law_asks_for_keeps_what_was_typed(
    browse: Any, robin: str, write: Any, rows: Any, missing: str
) -> None:
    link = f"/threads/{write(robin, category='general').thread_id}"
    sent = {name: value for name, value in FORM.items() if name != missing} | {"link": link}
    page = browse(None).post("/complaints/defamation", data=sent)
    assert page.status_code == 422
    assert "There is a problem" in page.text
    assert (FORM["why"] if missing != "why" else FORM["wrong"]) in page.text
    assert not rows("notice")


def test_notice_about_no_post_says_so(browse: Any, app: Any, rows: Any) -> None:
    page = browse(None).post("/complaints/defamation", data=FORM | {"link": f"/threads/{'0' * 32}"})
    assert page.status_code == 422
    assert "There is no such post on the boards now." in page.text


def test_writer_learns_only_what_the_complainant_agreed_to(
    robin: str, write: Any, complain: Any, tick: Any, letters: Any
) -> None:
    post_id = write(robin, category="general").post_id
    notice_id = complain(post_id)
    assert tick(notice_id, clock.after_hours(now(), 25)) == course.FORWARD
    to_writer = next(text for address, text in letters() if address.startswith("robin"))
    assert "Alex takes bikes" in to_writer
    assert "Alex Example" not in to_writer
    assert "alex@mail.example" not in to_writer
    assert f"/posts/{post_id}/complaint" in to_writer
    assert any("We sent your notice" in text for address, text in letters() if address == "alex@mail.example")


def test_agreed_name_is_sent_on(
    robin: str, write: Any, complain: Any, tick: Any, letters: Any, conftest_paper: Any
) -> None:
    notice_id = complain(write(robin, category="general").post_id, replace(conftest_paper, tells_name=True))
    tick(notice_id, clock.after_hours(now(), 25))
    assert any("Alex Example" in text for address, text in letters() if address.startswith("robin"))


def test_without_an_answer_the_post_goes_after_five_counted_days(
    robin: str, write: Any, complain: Any, tick: Any, rows: Any, letters: Any
) -> None:
    notice_id = complain(write(robin, category="general").post_id)
    sent = clock.after_hours(now(), 25)
    tick(notice_id, sent)
    assert tick(notice_id, clock.answer_by(sent) - timedelta(minutes=1)) is None
    assert rows("post")[0].state == "published"
    with capture_events() as events:
        assert tick(notice_id, clock.answer_by(sent)) == course.SILENT
    assert [type(event).__name__ for event in events] == ["PostHidden"]
    assert rows("post")[0].state == "hidden"
    assert any("did not answer in time" in text for _address, text in letters())
    assert tick(notice_id, clock.answer_by(sent) + MONTH) is None  # a second run does nothing
    assert [row.step for row in rows("notice_step")] == ["received", "forward", "silent"]
    assert rows("notice")[0].due_at is None


def test_A1_hidden_writer_sees_it_at_the_post_and_nobody_is_written_to(
    browse: Any, robin: str, wren: str, write: Any, complain: Any, letters: Any
) -> None:
    placed = write(robin, category="general", sign_as="thread_alias")
    complain(placed.post_id)
    address = f"/posts/{placed.post_id}/complaint"
    assert address in browse(robin).get(f"/threads/{placed.thread_id}").text
    assert address not in browse(wren).get(f"/threads/{placed.thread_id}").text
    assert browse(wren).get(address).status_code == 404
    assert "Nobody here knows who wrote this." in browse(robin).get(address).text
    assert {recipient for recipient, _text in letters()} == {"alex@mail.example"}


def test_hidden_writer_who_does_not_look_is_taken_down_before_48_hours_are_over(
    robin: str, write: Any, complain: Any, tick: Any, rows: Any
) -> None:
    notice_id = complain(write(robin, category="general", sign_as="resident").post_id)
    due = clock.after_hours(now(), 48)
    assert tick(notice_id, due - timedelta(hours=2)) is None
    assert tick(notice_id, due - timedelta(minutes=59)) == course.UNREACHABLE
    assert rows("post")[0].state == "hidden"


def test_hidden_writer_who_has_read_it_gets_five_days(
    browse: Any, robin: str, write: Any, complain: Any, tick: Any, rows: Any
) -> None:
    placed = write(robin, category="general", sign_as="thread_alias")
    notice_id = complain(placed.post_id)
    assert browse(robin).post(f"/posts/{placed.post_id}/complaint", data={"read": "1"}).status_code == 303
    assert rows("notice")[0].state == "forwarded"
    assert tick(notice_id, clock.after_hours(now(), 48)) is None


def test_writer_takes_it_down(browse: Any, robin: str, write: Any, complain: Any, rows: Any, letters: Any) -> None:
    placed = write(robin, category="general")
    complain(placed.post_id)
    answered = browse(robin).post(f"/posts/{placed.post_id}/complaint", data={"step": "withdraw"})
    assert answered.status_code == 303
    assert (rows("post")[0].state, rows("post")[0].text) == ("withdrawn", "")
    assert rows("notice")[0].state == "removed"
    assert any("has taken down" in text for _address, text in letters())


@pytest.mark.parametrize(("tells", "is_told"), [("yes", True), ("no", False)])
def test_writer_keeps_it_and_decides_who_learns_the_name(
    browse: Any, robin: str, write: Any, complain: Any, rows: Any, letters: Any, tells: str, is_told: bool
) -> None:
    placed = write(robin, category="general")
    complain(placed.post_id)
    address = f"/posts/{placed.post_id}/complaint"
    assert browse(robin).post(address, data={"step": "keep"}).status_code == 422
    kept = {"step": "keep", "name": "Robin Made-Up", "address": "1 Made Street", "tells": tells}
    assert browse(robin).post(address, data=kept).status_code == 303
    notice = rows("notice")[0]
    assert (notice.state, rows("post")[0].state) == ("kept", "published")
    assert "Made" not in notice.sealed_answer
    told = [text for recipient, text in letters() if recipient == "alex@mail.example"]
    assert any("Robin Made-Up, 1 Made Street" in text for text in told) is is_told


def test_nobody_answers_for_another(wren: str, robin: str, write: Any, complain: Any, step: Any) -> None:
    notice_id = complain(write(robin, category="general").post_id)
    with pytest.raises(NotYours):
        step(wren, notice_id, course.WITHDRAW)
    with pytest.raises(course.NotNow):
        step(robin, notice_id, course.KEEP)  # without a name
    with pytest.raises(course.NotNow):
        step(robin, notice_id, course.STAFF)


def test_coordinator_handles_the_notices_of_their_ward_only(
    browse: Any, app: Any, robin: str, coordinator: str, officer: str, admin: str, write: Any, complain: Any, rows: Any
) -> None:
    notice_id = complain(write(robin, category="general").post_id)
    address = f"/complaints/notices/{notice_id}"
    elsewhere = make_member(app, "Elsewhere", roles=[("coordinator", STEPNEY)])
    assert browse(coordinator).get(address).status_code == 200
    assert browse(admin).get(address).status_code == 200
    assert browse(elsewhere).get(address).status_code == 404
    assert browse(officer).get(address).status_code == 403
    assert address in browse(coordinator).get("/complaints/queue").text
    assert address not in browse(elsewhere).get("/complaints/queue").text
    assert browse(elsewhere).post(address, data={"step": "staff"}).status_code == 404
    assert browse(coordinator).post(address, data={"step": "silent"}).status_code == 404
    assert browse(coordinator).post(address, data={"step": "staff"}).status_code == 303
    assert rows("post")[0].state == "hidden"
    assert (
        "no longer as you saw it"
        in browse(coordinator).post(address, data={"step": "forward"}, follow_redirects=True).text
    )


def test_nobody_handles_a_notice_about_what_they_wrote(
    browse: Any, coordinator: str, write: Any, complain: Any, rows: Any
) -> None:
    notice_id = complain(write(coordinator, category="general").post_id)
    page = browse(coordinator).post(f"/complaints/notices/{notice_id}", data={"step": "lacking"}, follow_redirects=True)
    assert "You wrote this post." in page.text
    assert rows("notice")[0].state == "received"


def test_job_acts_on_what_is_due_and_a_year_later_nothing_is_left(
    app: Any, robin: str, write: Any, complain: Any, rows: Any, writing: Any
) -> None:
    complain(write(robin, category="general").post_id)
    complain(write(robin, category="general", sign_as="resident").post_id)
    with app.app_context():
        contributions.let_clock_act(now())
        assert {row.state for row in rows("notice")} == {"received"}
        contributions.let_clock_act(now() + MONTH)
        assert {row.state for row in rows("notice")} == {"forwarded", "removed"}
        contributions.let_clock_act(now() + 2 * MONTH)
    assert {row.state for row in rows("notice")} == {"removed"}
    with writing() as db:
        assert [part.deleted for part in contributions.retention(db, now() + timedelta(days=300))] == [0, 0]
    with writing() as db:
        assert [part.deleted for part in contributions.retention(db, now() + timedelta(days=430))] == [2, 0]
    assert not rows("notice_step")


def test_post_that_is_gone_closes_its_notice(robin: str, write: Any, complain: Any, tick: Any, writing: Any) -> None:
    from plugins.ward_boards import services as writers

    placed = write(robin, category="general")
    notice_id = complain(placed.post_id)
    with writing() as db:
        writers.withdraw(db, permissions.viewer_of(db, robin), placed.post_id)
    assert tick(notice_id, now() + MONTH) == course.GONE


def test_sealed_papers_open_again(app: Any) -> None:
    with app.app_context():
        answer = papers.Answer("Robin Made-Up", "1 Made Street", tells=False)
        assert papers.open_answer(papers.seal(answer)) == answer
        assert papers.open_text(None) == ""
        assert services.receipt_of("abcdef0123") == "ABCDEF01"
