"""Contact sessions: published by officers, booked without a name, exact under pressure."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from core import permissions
from core.database import now, reading, transaction
from core.events import ContactSessionBooked, ContactSessionCancelled
from core.models import Member
from core.testing import capture_events, form_token, mails, make_app, make_member, sign_in, work

BOW_WEST, MILE_END = "E05009320", "E05009327"
TELLING = re.compile(r"crime|police|session|officer|ward", re.IGNORECASE)


def _local(moment: datetime) -> str:
    return moment.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%dT%H:%M")


def _typed(**changes: str) -> dict[str, str]:
    starts = now() + timedelta(days=7)
    return {
        "ward_code": BOW_WEST,
        "title": "Talk to your ward officers",
        "place": "Idea Store, Roman Road",
        "starts_at": _local(starts),
        "ends_at": _local(starts + timedelta(hours=2)),
        "capacity": "12",
        "details": "",
        **changes,
    }


def _id_of(answer: Any) -> str:
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return str(answer.location.rsplit("/", 1)[1])


# --- publishing


def test_P14_officer_publishes_a_session_and_everyone_sees_it(officer: FlaskClient, visitor: FlaskClient) -> None:
    session_id = _id_of(officer.post("/police/sessions/new", data=_typed()))
    page = visitor.get(f"/police/sessions/{session_id}").get_data(as_text=True)
    assert "Idea Store, Roman Road" in page
    assert "12 places left" in page
    assert session_id in visitor.get("/police/sessions").get_data(as_text=True)
    assert session_id in visitor.get(f"/police/{BOW_WEST}").get_data(as_text=True)
    assert session_id not in visitor.get(f"/police/{MILE_END}").get_data(as_text=True)


def test_publishing_for_a_ward_that_is_not_the_officers_is_refused(officer: FlaskClient) -> None:
    answer = officer.post("/police/sessions/new", data=_typed(ward_code=MILE_END))
    assert answer.status_code == 422


def test_publish_session_service_refuses_another_ward_itself(app: Flask, officer: FlaskClient) -> None:
    from plugins.police_links import contact_sessions

    starts = now() + timedelta(days=2)
    plan = contact_sessions.Plan(MILE_END, "Talk", "Hall", "", starts, starts + timedelta(hours=1), 5)
    with app.test_request_context(), transaction() as db:
        who = permissions.viewer_of(db, officer.member_id)
        with pytest.raises(permissions.Denied):
            contact_sessions.publish(db, who, plan, now())


def test_publish_session_is_refused_to_members_and_visitors(neighbour: FlaskClient, visitor: FlaskClient) -> None:
    assert neighbour.get("/police/sessions/new").status_code == 403
    assert neighbour.post("/police/sessions/new", data=_typed()).status_code == 403
    assert neighbour.get("/police/requests").status_code == 403
    assert visitor.get("/police/sessions/new").status_code == 303


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"starts_at": "2020-01-01T10:00", "ends_at": "2020-01-01T11:00"}, "This time has passed"),
        ({"starts_at": "soon"}, "could not read this as a day and time"),
        ({"starts_at": ""}, "on which day and at what time it starts"),
        ({"starts_at": "2999-01-01T10:00", "ends_at": "2999-01-01T11:00"}, "more than a year away"),
        ({"ends_at": "2020-01-01T10:00"}, "The end is before the start"),
        ({"ends_at": "2031-01-01T10:00"}, "longer than 12 hours"),
        ({"capacity": "0"}, "from 1 to 500"),
        ({"capacity": "-3"}, "from 1 to 500"),
        ({"capacity": "501"}, "from 1 to 500"),
        ({"capacity": "many"}, "in digits, like 12"),
        ({"capacity": ""}, "how many people can come"),
        ({"title": "  "}, "Give it a name"),
        ({"place": ""}, "where people should go"),
        ({"details": "x" * 1001}, "too long"),
    ],
)
def test_a_plan_that_cannot_be_kept_is_answered_with_a_sentence_and_kept_as_typed(
    officer: FlaskClient, wrong: dict[str, str], sentence: str
) -> None:
    typed = _typed(**{"title": "Half typed title", **wrong})
    answer = officer.post("/police/sessions/new", data=typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert "There is a problem" in page
    for field in ("title", "place", "starts_at", "ends_at", "capacity"):
        if typed[field].strip():
            assert f'value="{typed[field]}"' in page, f"{field} was lost"


@pytest.mark.parametrize("typed", ["25/03/2027 18:30", "25/03/2027, 18:30", "25.03.2027 18:30", "2027-03-25 18:30"])
def test_a_time_typed_by_hand_is_understood(officer: FlaskClient, visitor: FlaskClient, typed: str) -> None:
    with time_machine.travel("2027-03-01T12:00:00Z", tick=False):
        sign_in(officer, officer.member_id)
        answer = officer.post("/police/sessions/new", data=_typed(starts_at=typed, ends_at="25/03/2027 19:30"))
        page = visitor.get(f"/police/sessions/{_id_of(answer)}").get_data(as_text=True)
    assert "25 March 2027, 18:30 to 19:30" in page


@pytest.mark.parametrize(
    ("wall", "utc"),
    [
        ("2027-03-27T18:30", datetime(2027, 3, 27, 18, 30, tzinfo=UTC)),
        ("2027-03-28T18:30", datetime(2027, 3, 28, 17, 30, tzinfo=UTC)),
        ("2027-10-30T18:30", datetime(2027, 10, 30, 17, 30, tzinfo=UTC)),
        ("2027-10-31T18:30", datetime(2027, 10, 31, 18, 30, tzinfo=UTC)),
        ("2027-10-31T01:30", datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
    ],
)
def test_times_are_londons_on_both_sides_of_the_clock_change(wall: str, utc: datetime) -> None:
    from plugins.police_links import london_time

    assert london_time.parse(wall) == utc


def test_a_time_that_the_clocks_skip_is_refused_with_the_reason(officer: FlaskClient) -> None:
    with time_machine.travel("2027-03-01T12:00:00Z", tick=False):
        sign_in(officer, officer.member_id)
        answer = officer.post(
            "/police/sessions/new", data=_typed(starts_at="2027-03-28T01:30", ends_at="2027-03-28T03:00")
        )
    assert answer.status_code == 422
    assert "clocks go forward" in answer.get_data(as_text=True)


# --- booking


def test_P14_member_books_without_a_name_and_gives_the_place_back(
    neighbour: FlaskClient, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    session_id = publish(capacity=3)
    page = neighbour.post(f"/police/sessions/{session_id}/book", follow_redirects=True).get_data(as_text=True)
    assert "Your place is kept" in page
    assert "You have a place" in page
    assert booked(session_id) == 1
    page = neighbour.post(f"/police/sessions/{session_id}/give-back", follow_redirects=True).get_data(as_text=True)
    assert "free for someone else" in page
    assert booked(session_id) == 0


def test_P14_double_click_shows_the_booking_that_is_there(
    neighbour: FlaskClient, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    session_id = publish(capacity=3)
    with capture_events() as facts:
        neighbour.post(f"/police/sessions/{session_id}/book")
        page = neighbour.post(f"/police/sessions/{session_id}/book", follow_redirects=True).get_data(as_text=True)
    assert "You have a place already" in page
    assert booked(session_id) == 1
    assert [type(fact) for fact in facts] == [ContactSessionBooked]


def test_P14_fifty_at_once_take_exactly_the_places_there_are(
    app: Flask, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    places, people = 7, 50
    session_id = publish(capacity=places)
    members = [make_member(app, f"Neighbour {number}", ward=BOW_WEST) for number in range(people)]
    answers: Counter[int] = Counter()
    gate = threading.Barrier(people)
    clients = [app.test_client() for _member in members]
    for client, member_id in zip(clients, members, strict=True):
        sign_in(client, member_id)

    def press(client: FlaskClient) -> None:
        gate.wait()
        answer = client.post(f"/police/sessions/{session_id}/book", follow_redirects=True)
        answers["Your place is kept" in answer.get_data(as_text=True)] += 1

    threads = [threading.Thread(target=press, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {True: places, False: people - places}
    assert booked(session_id) == places


def test_P14_twenty_clicks_of_one_member_at_once_take_one_place(
    app: Flask, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    session_id = publish(capacity=9)
    member_id = make_member(app, "Impatient", ward=BOW_WEST)
    codes: list[int] = []

    def press() -> None:
        client = app.test_client()
        sign_in(client, member_id)
        codes.append(client.post(f"/police/sessions/{session_id}/book").status_code)

    threads = [threading.Thread(target=press) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [303] * 20
    assert booked(session_id) == 1


def test_a_full_session_says_so_and_a_place_given_back_can_be_booked(
    client_of: Callable[..., FlaskClient], publish: Callable[..., str]
) -> None:
    session_id = publish(capacity=1)
    first, second = client_of("First", ward=BOW_WEST), client_of("Second", ward=MILE_END)
    first.post(f"/police/sessions/{session_id}/book")
    assert "last place has just gone" in second.post(
        f"/police/sessions/{session_id}/book", follow_redirects=True
    ).get_data(as_text=True)
    first.post(f"/police/sessions/{session_id}/give-back")
    page = second.post(f"/police/sessions/{session_id}/book", follow_redirects=True).get_data(as_text=True)
    assert "Your place is kept" in page


def test_book_session_is_refused_to_the_unverified_and_to_visitors(
    client_of: Callable[..., FlaskClient],
    visitor: FlaskClient,
    publish: Callable[..., str],
    booked: Callable[[str], int],
) -> None:
    session_id = publish()
    unverified = client_of("New here")
    assert unverified.post(f"/police/sessions/{session_id}/book").status_code == 403
    assert "as soon as you are verified" in unverified.get(f"/police/sessions/{session_id}").get_data(as_text=True)
    assert visitor.post(f"/police/sessions/{session_id}/book").status_code == 303
    assert "Sign in to book" in visitor.get(f"/police/sessions/{session_id}").get_data(as_text=True)
    assert booked(session_id) == 0


def test_booking_needs_a_form_from_our_own_page(tmp_path: Path) -> None:
    app = make_app(tmp_path / "strict", plugins=["police_links"], csrf=True)
    client = app.test_client()
    sign_in(client, make_member(app, "Careful", ward=BOW_WEST, roles=[("officer", BOW_WEST)]))
    assert client.post("/police/sessions/new", data=_typed()).status_code in (400, 422)
    token = form_token(client, "/police/sessions/new")
    session_id = _id_of(client.post("/police/sessions/new", data={**_typed(), "csrf_token": token}))
    assert client.post(f"/police/sessions/{session_id}/book").status_code == 400
    assert client.get(f"/police/sessions/{session_id}/book").status_code == 405
    token = form_token(client, f"/police/sessions/{session_id}")
    assert client.post(f"/police/sessions/{session_id}/book", data={"csrf_token": token}).status_code == 303


@pytest.mark.parametrize("action", ["book", "give-back", "cancel"])
def test_unknown_sessions_are_not_found(officer: FlaskClient, neighbour: FlaskClient, action: str) -> None:
    path = f"/police/sessions/{'0' * 32}/{action}"
    who = officer if action == "cancel" else neighbour
    assert who.post(path).status_code in (404, 303)
    assert who.get(f"/police/sessions/{'0' * 32}").status_code == 404


def test_a_session_that_has_begun_takes_no_bookings(
    neighbour: FlaskClient, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    starts = now() + timedelta(hours=1)
    session_id = publish(starts_at=starts, ends_at=starts + timedelta(hours=2))
    with time_machine.travel(starts + timedelta(minutes=1), tick=False):
        page = neighbour.post(f"/police/sessions/{session_id}/book", follow_redirects=True).get_data(as_text=True)
    assert "cannot book this any more" in page
    assert booked(session_id) == 0


def test_the_organiser_sees_a_number_and_nobodys_alias(
    officer: FlaskClient, neighbour: FlaskClient, publish: Callable[..., str]
) -> None:
    session_id = publish(capacity=5)
    neighbour.post(f"/police/sessions/{session_id}/book")
    for path in (f"/police/sessions/{session_id}", f"/police/sessions/{session_id}/cancel", "/police/sessions"):
        page = officer.get(path).get_data(as_text=True)
        assert "Quiet Heron" not in page
        assert neighbour.member_id not in page
    assert "1 of 5 places are taken" in officer.get(f"/police/sessions/{session_id}").get_data(as_text=True)


def test_P14_the_token_in_the_mail_gives_the_place_back_by_a_button_not_by_opening(
    app: Flask, neighbour: FlaskClient, visitor: FlaskClient, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    session_id = publish()
    neighbour.post(f"/police/sessions/{session_id}/book")
    work(app)
    mail = mails(app)[-1]
    assert not TELLING.search(mail["Subject"])
    path = re.search(r"/police/bookings/\S+", mail.get_content()).group(0)
    assert neighbour.member_id not in path
    assert "Give your place back?" in visitor.get(path).get_data(as_text=True)
    assert booked(session_id) == 1
    assert visitor.post(path).status_code == 303
    assert booked(session_id) == 0
    assert visitor.post(path).status_code == 404
    assert visitor.get("/police/bookings/made-up").status_code == 404


# --- calling off


def test_P4_a_cancelled_session_is_struck_through_and_bookers_are_told(
    app: Flask, officer: FlaskClient, neighbour: FlaskClient, visitor: FlaskClient, publish: Callable[..., str]
) -> None:
    session_id = publish()
    neighbour.post(f"/police/sessions/{session_id}/book")
    work(app)
    before = len(mails(app))
    with capture_events() as facts:
        answer = officer.post(f"/police/sessions/{session_id}/cancel", data={"reason": "The hall is closed."})
    assert answer.status_code == 303
    assert [type(fact) for fact in facts] == [ContactSessionCancelled]
    work(app)
    told = mails(app)[before:]
    assert len(told) == 1
    assert not TELLING.search(told[0]["Subject"])
    assert "The hall is closed." in told[0].get_content()
    for path in ("/police/sessions", f"/police/{BOW_WEST}", f"/police/sessions/{session_id}"):
        page = visitor.get(path).get_data(as_text=True)
        assert "<s>Talk to your ward officers</s>" in page
    assert "called off" in visitor.get(f"/police/sessions/{session_id}").get_data(as_text=True)


def test_calling_off_twice_tells_nobody_twice_and_closes_booking(
    app: Flask, officer: FlaskClient, neighbour: FlaskClient, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    session_id = publish()
    officer.post(f"/police/sessions/{session_id}/cancel")
    with capture_events() as facts:
        officer.post(f"/police/sessions/{session_id}/cancel")
    assert facts == []
    neighbour.post(f"/police/sessions/{session_id}/book")
    assert booked(session_id) == 0


def test_officer_of_another_ward_cannot_call_it_off(
    client_of: Callable[..., FlaskClient], publish: Callable[..., str], visitor: FlaskClient
) -> None:
    session_id = publish()
    stranger = client_of("Other officer", roles=[("officer", MILE_END)])
    assert stranger.get(f"/police/sessions/{session_id}/cancel").status_code == 403
    assert stranger.post(f"/police/sessions/{session_id}/cancel").status_code == 403
    assert "<s>" not in visitor.get(f"/police/sessions/{session_id}").get_data(as_text=True)


def test_a_session_that_is_over_cannot_be_called_off(officer: FlaskClient, publish: Callable[..., str]) -> None:
    starts = now() + timedelta(hours=1)
    session_id = publish(starts_at=starts)
    with time_machine.travel(starts + timedelta(days=1), tick=False):
        page = officer.post(f"/police/sessions/{session_id}/cancel", follow_redirects=True).get_data(as_text=True)
    assert "cannot be called off" in page


# --- reminders


def test_P14_reminder_comes_once_on_the_day_before_with_a_neutral_subject(
    app: Flask, neighbour: FlaskClient, publish: Callable[..., str]
) -> None:
    from plugins.police_links import reminders

    starts = datetime(2027, 3, 28, 17, 30, tzinfo=UTC)  # 18:30 in London, on the day the clocks go forward
    with time_machine.travel("2027-03-20T12:00:00Z", tick=False):
        session_id = publish(starts_at=starts, place="Chisenhale hall")
        sign_in(neighbour, neighbour.member_id)
        neighbour.post(f"/police/sessions/{session_id}/book")
        work(app)
    before = len(mails(app))

    def on(day: str) -> int:
        with time_machine.travel(day, tick=False), app.app_context():
            reminders.remind(now())
            work(app)
        return len(mails(app)) - before

    assert on("2027-03-26T20:00:00Z") == 0
    assert on("2027-03-27T08:00:00Z") == 1
    assert on("2027-03-27T09:00:00Z") == 1
    mail = mails(app)[-1]
    assert not TELLING.search(mail["Subject"])
    assert "18:30" in mail.get_content()
    assert "Chisenhale hall" in mail.get_content()


def test_a_cancelled_session_reminds_nobody(
    app: Flask, officer: FlaskClient, neighbour: FlaskClient, publish: Callable[..., str]
) -> None:
    from plugins.police_links import reminders

    session_id = publish(starts_at=now() + timedelta(days=1))
    neighbour.post(f"/police/sessions/{session_id}/book")
    officer.post(f"/police/sessions/{session_id}/cancel")
    work(app)
    before = len(mails(app))
    with app.app_context():
        reminders.remind(now())
    work(app)
    assert len(mails(app)) == before


# --- asking for a session


def test_P14_a_request_reaches_the_ward_officers_as_a_number_and_as_no_mail(
    app: Flask, officer: FlaskClient, neighbour: FlaskClient, client_of: Callable[..., FlaskClient]
) -> None:
    typed = {"suits": "evening", "about": "Noise at night"}
    assert neighbour.post(f"/police/{BOW_WEST}/request", data=typed).status_code == 303
    client_of("Other Heron", ward=MILE_END).post(f"/police/{BOW_WEST}/request", data={"suits": "any"})
    work(app)
    assert mails(app) == []
    page = officer.get("/police/requests").get_data(as_text=True)
    assert "Bow West: 2 people" in page
    assert "Noise at night" in page
    assert "Heron" not in page
    assert neighbour.member_id not in page
    assert "2 people ask for a session" in officer.get("/police/sessions").get_data(as_text=True)


def test_one_open_request_for_each_member_and_ward(
    officer: FlaskClient, neighbour: FlaskClient, client_of: Callable[..., FlaskClient]
) -> None:
    for _click in range(3):
        answer = neighbour.post(f"/police/{BOW_WEST}/request", data={"suits": "any"}, follow_redirects=True)
    assert "asked for this ward already" in answer.get_data(as_text=True)
    assert "Bow West: 1 person" in officer.get("/police/requests").get_data(as_text=True)
    assert "Take me off the list" in neighbour.get(f"/police/{BOW_WEST}/request").get_data(as_text=True)
    neighbour.post(f"/police/{BOW_WEST}/request/withdraw")
    assert "Nobody asks just now" in officer.get("/police/requests").get_data(as_text=True)


def test_requests_of_another_ward_stay_hidden_from_an_officer(
    neighbour: FlaskClient, client_of: Callable[..., FlaskClient]
) -> None:
    neighbour.post(f"/police/{BOW_WEST}/request", data={"suits": "any", "about": "Something here"})
    stranger = client_of("Other officer", roles=[("officer", MILE_END)])
    assert "Something here" not in stranger.get("/police/requests").get_data(as_text=True)


def test_request_session_is_refused_to_the_unverified_and_to_visitors(
    client_of: Callable[..., FlaskClient], visitor: FlaskClient
) -> None:
    assert client_of("New here").post(f"/police/{BOW_WEST}/request", data={"suits": "any"}).status_code == 403
    assert visitor.get(f"/police/{BOW_WEST}/request").location.startswith("/sign-in")


@pytest.mark.parametrize("typed", [{}, {"suits": "never"}, {"suits": "any", "about": "x" * 201}])
def test_a_request_that_cannot_be_read_keeps_what_was_typed(neighbour: FlaskClient, typed: dict[str, str]) -> None:
    answer = neighbour.post(f"/police/{BOW_WEST}/request", data={"about": "Bins", **typed})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert f'value="{typed.get("about", "Bins")}"' in page


@pytest.mark.parametrize("code", ["E09000030", "E05009386", "none"])
def test_a_request_needs_a_ward_of_this_borough(neighbour: FlaskClient, code: str) -> None:
    assert neighbour.post(f"/police/{code}/request", data={"suits": "any"}).status_code == 404


def test_publishing_can_answer_those_who_asked(app: Flask, officer: FlaskClient, neighbour: FlaskClient) -> None:
    neighbour.post(f"/police/{BOW_WEST}/request", data={"suits": "any"})
    answer = officer.post("/police/sessions/new", data=_typed(answers_requests="y"))
    session_id = _id_of(answer)
    work(app)
    (mail,) = mails(app)
    assert not TELLING.search(mail["Subject"])
    assert f"/police/sessions/{session_id}" in mail.get_content()
    assert "Nobody asks just now" in officer.get("/police/requests").get_data(as_text=True)


# --- people who leave


def test_export_and_erase_cover_places_and_requests(
    app: Flask, neighbour: FlaskClient, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    from plugins.police_links import hooks

    session_id = publish()
    neighbour.post(f"/police/sessions/{session_id}/book")
    neighbour.post(f"/police/{MILE_END}/request", data={"suits": "weekend", "about": "Bins"})
    with app.app_context(), transaction() as db:
        part = hooks.export_member(db, neighbour.member_id)
        assert {record["kind"] for record in part.records} == {"place", "request"}
        gone = hooks.erase_member(db, neighbour.member_id)
        assert (gone.deleted, gone.kept) == (2, 0)
        assert hooks.export_member(db, neighbour.member_id).records == []
    assert booked(session_id) == 0


def test_a_deleted_account_frees_its_place_without_our_code(
    app: Flask, neighbour: FlaskClient, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    session_id = publish(capacity=1)
    neighbour.post(f"/police/sessions/{session_id}/book")
    with app.app_context(), transaction() as db:
        db.delete(db.get_one(Member, neighbour.member_id))
    assert booked(session_id) == 0


def test_bookings_are_forgotten_a_week_after_and_requests_after_half_a_year(
    app: Flask, neighbour: FlaskClient, officer: FlaskClient, publish: Callable[..., str], booked: Callable[[str], int]
) -> None:
    from plugins.police_links import queries

    session_id = publish()
    neighbour.post(f"/police/sessions/{session_id}/book")
    neighbour.post(f"/police/{BOW_WEST}/request", data={"suits": "any"})

    def kept(days: int) -> tuple[int, int]:
        with time_machine.travel(now() + timedelta(days=days), tick=False), app.app_context():
            for _name, job in app.extensions["boroughwatch"].contributions.jobs:
                if job.name == "forget":
                    job.run(now())
            with reading() as db:
                return booked(session_id), sum(queries.request_counts(db, {BOW_WEST}).values())

    assert kept(13) == (1, 1)
    assert kept(15) == (0, 1)
    assert kept(182) == (0, 0)


def test_nothing_stored_tells_when_a_member_booked(
    app: Flask, neighbour: FlaskClient, publish: Callable[..., str]
) -> None:
    from plugins.police_links.models import Booking, SessionRequest

    neighbour.post(f"/police/sessions/{publish()}/book")
    for table in (Booking, SessionRequest):
        assert not [column.name for column in table.__table__.columns if column.name.endswith("_at")]


def test_dashboard_shows_own_places_and_the_next_sessions(
    app: Flask, neighbour: FlaskClient, publish: Callable[..., str]
) -> None:
    from core.contributions import Slot
    from plugins.police_links import hooks

    mine, other, far = publish(), publish(title="Second"), publish(ward=MILE_END)
    neighbour.post(f"/police/sessions/{mine}/book")
    with app.test_request_context(), reading() as db:
        who = permissions.viewer_of(db, neighbour.member_id)
        (panel,) = hooks.panels(Slot.DASHBOARD, who, None)
        assert hooks.panels(Slot.DASHBOARD, permissions.viewer_of(db, None), None) == []
    assert [row.id for row in panel.context["mine"]] == [mine]
    assert [row.id for row in panel.context["others"]] == [other]
    assert far not in str(panel.context)
