"""Calendar files, read back by icalendar as a calendar program would."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar

from core.database import now
from core.testing import sign_in

BOROUGH, BOW_WEST, MILE_END = "E09000030", "E05009320", "E05009327"


def _events(client: FlaskClient, path: str) -> dict[str, object]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    return {str(event["uid"]).partition("@")[0]: event for event in Calendar.from_ical(answer.data).walk("VEVENT")}


def test_P4_ics_for_one_session_one_ward_and_the_borough(visitor: FlaskClient, publish: Callable[..., str]) -> None:
    here, there, all_over = publish(), publish(ward=MILE_END), publish(ward=BOROUGH)
    assert set(_events(visitor, f"/police/sessions/{here}.ics")) == {here}
    assert set(_events(visitor, f"/police/{BOW_WEST}/sessions.ics")) == {here, all_over}
    assert set(_events(visitor, f"/police/{MILE_END}/sessions.ics")) == {there, all_over}
    assert set(_events(visitor, "/police/sessions.ics")) == {here, there, all_over}
    assert set(_events(visitor, "/api/v1/police/sessions.ics")) == {here, there, all_over}


@pytest.mark.parametrize(
    ("utc", "wall", "offset_hours"),
    [
        (datetime(2027, 3, 27, 18, 30, tzinfo=UTC), "18:30", 0),
        (datetime(2027, 3, 28, 17, 30, tzinfo=UTC), "18:30", 1),
        (datetime(2027, 10, 30, 17, 30, tzinfo=UTC), "18:30", 1),
        (datetime(2027, 10, 31, 18, 30, tzinfo=UTC), "18:30", 0),
    ],
)
def test_P4_times_are_right_on_both_sides_of_the_clock_change(
    visitor: FlaskClient, publish: Callable[..., str], utc: datetime, wall: str, offset_hours: int
) -> None:
    with time_machine.travel("2027-03-01T12:00:00Z", tick=False):
        session_id = publish(starts_at=utc)
        event = _events(visitor, f"/police/sessions/{session_id}.ics")[session_id]
        page = visitor.get(f"/police/sessions/{session_id}").get_data(as_text=True)
    start = event["dtstart"].dt
    assert start.astimezone(UTC) == utc
    assert start.strftime("%H:%M") == wall
    assert start.utcoffset() == timedelta(hours=offset_hours)
    assert f", {wall} to" in page


def test_P4_the_files_own_vtimezone_gives_the_same_times_as_the_zone_data(
    visitor: FlaskClient, publish: Callable[..., str]
) -> None:
    """A program without zone data of its own relies on our VTIMEZONE."""
    from zoneinfo import ZoneInfo

    session_id = publish()
    feed = Calendar.from_ical(visitor.get(f"/police/sessions/{session_id}.ics").data)
    (zone,) = feed.walk("VTIMEZONE")
    assert str(zone["tzid"]) == "Europe/London"
    ours, known = zone.to_tz(lookup_tzid=False), ZoneInfo("Europe/London")
    day = datetime(2026, 1, 1, 12, 0)  # noqa: DTZ001 - a wall time, put on two clocks below
    for _day in range(3 * 365):
        day += timedelta(days=1)
        assert ours.utcoffset(day) == known.utcoffset(day), day


def test_P4_cancelling_keeps_the_uid_and_raises_the_sequence(
    officer: FlaskClient, visitor: FlaskClient, publish: Callable[..., str]
) -> None:
    session_id = publish()
    path = f"/police/{BOW_WEST}/sessions.ics"
    before = _events(visitor, path)[session_id]
    officer.post(f"/police/sessions/{session_id}/cancel", data={"reason": "Hall closed"})
    after = _events(visitor, path)[session_id]
    assert before["uid"] == after["uid"]
    assert (int(before["sequence"]), str(before["status"])) == (0, "CONFIRMED")
    assert (int(after["sequence"]), str(after["status"])) == (1, "CANCELLED")
    assert str(after["description"]) == "Hall closed"


def test_P4_a_file_has_what_the_standard_wants(visitor: FlaskClient, publish: Callable[..., str]) -> None:
    session_id = publish(title="Tea, cakes; and talk", place="Hall, Bow", details="Come in.\nSit down.")
    raw = visitor.get(f"/police/sessions/{session_id}.ics").data
    assert raw.count(b"\n") == raw.count(b"\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    feed = Calendar.from_ical(raw)
    assert str(feed["version"]) == "2.0"
    assert feed["prodid"]
    (event,) = feed.walk("VEVENT")
    assert str(event["summary"]) == "Tea, cakes; and talk"
    assert str(event["location"]) == "Hall, Bow"
    assert str(event["description"]) == "Come in.\nSit down."
    assert event["dtstamp"].dt.tzinfo is not None
    assert str(event["url"]) == f"http://localhost/police/sessions/{session_id}"


def test_words_in_a_session_cannot_add_lines_to_the_file(visitor: FlaskClient, publish: Callable[..., str]) -> None:
    session_id = publish(title="Talk\r\nATTENDEE:mailto:someone@example.org", place="Hall\nEND:VEVENT")
    (event,) = Calendar.from_ical(visitor.get(f"/police/sessions/{session_id}.ics").data).walk("VEVENT")
    assert "attendee" not in event
    assert str(event["uid"]).startswith(session_id)


def test_a_feed_names_nobody_who_booked(neighbour: FlaskClient, publish: Callable[..., str]) -> None:
    session_id = publish()
    before = neighbour.get("/police/sessions.ics").data
    neighbour.post(f"/police/sessions/{session_id}/book")
    assert neighbour.get("/police/sessions.ics").data == before


def test_asking_again_for_an_unchanged_feed_costs_no_bytes(
    visitor: FlaskClient, officer: FlaskClient, publish: Callable[..., str]
) -> None:
    session_id = publish()
    first = visitor.get("/police/sessions.ics")
    again = visitor.get("/police/sessions.ics", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    officer.post(f"/police/sessions/{session_id}/cancel")
    assert visitor.get("/police/sessions.ics", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
    assert "Set-Cookie" not in first.headers


def test_a_session_long_over_leaves_the_feeds(visitor: FlaskClient, publish: Callable[..., str]) -> None:
    session_id = publish()
    with time_machine.travel(now() + timedelta(days=20), tick=False):
        assert session_id in _events(visitor, "/police/sessions.ics")
    with time_machine.travel(now() + timedelta(days=60), tick=False):
        assert session_id not in _events(visitor, "/police/sessions.ics")


def test_an_empty_feed_is_still_a_calendar(visitor: FlaskClient) -> None:
    assert _events(visitor, "/police/sessions.ics") == {}


@pytest.mark.parametrize("path", [f"/police/sessions/{'0' * 32}.ics", "/police/E05009386/sessions.ics"])
def test_calendars_of_unknown_things_are_not_found(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_a_member_who_is_signed_in_gets_the_same_file_as_anyone(
    app: Flask, neighbour: FlaskClient, visitor: FlaskClient, publish: Callable[..., str]
) -> None:
    publish()
    sign_in(neighbour, neighbour.member_id)
    assert neighbour.get("/police/sessions.ics").data == visitor.get("/police/sessions.ics").data
