"""The same services for programs: doors, sessions and bookings under /api/v1/police."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.database import now
from core.testing import api_token, capture_events, make_member

BOW_WEST, MILE_END = "E05009320", "E05009327"
API = "/api/v1/police"


@pytest.fixture
def bearer(app: Flask) -> Callable[..., dict[str, str]]:
    """Return headers of a fresh member's token: `bearer("police", ward=…)`."""

    def make(*scopes: str, **kind: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {api_token(app, make_member(app, **kind), *scopes)}"}

    return make


def _given(**changes: Any) -> dict[str, Any]:
    starts = now() + timedelta(days=3)
    return {
        "ward": BOW_WEST,
        "title": "Talk",
        "place": "Hall",
        "starts_at": starts.isoformat(),
        "ends_at": (starts + timedelta(hours=1)).isoformat(),
        "capacity": 2,
        **changes,
    }


def test_P2_a_ward_has_its_four_doors_and_the_numbers_to_call(visitor: FlaskClient) -> None:
    answer = visitor.get(f"{API}/wards/E05009336")
    assert answer.status_code == 200
    ward = answer.get_json()
    assert [door["kind"] for door in ward["doors"]] == ["live_chat", "report_online", "contact_session", "ward_team"]
    assert all(door["is_for"] and door["not_for"] for door in ward["doors"])
    assert ward["doors"][0]["url"] is None
    assert ward["call"]["emergency"] == "999"
    assert ward["neighbouring_force"] == "City of London Police"


@pytest.mark.parametrize("path", ["/wards/E05009386", "/sessions?ward=E05009386", f"/sessions/{'0' * 32}"])
def test_unknown_things_are_answered_as_problems(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(API + path)
    assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_P14_an_officer_publishes_and_calls_off(visitor: FlaskClient, bearer: Callable[..., dict[str, str]]) -> None:
    officer = bearer("police", roles=[("officer", BOW_WEST)])
    answer = visitor.post(f"{API}/sessions", json=_given(), headers=officer)
    assert answer.status_code == 201, answer.get_json()
    made = answer.get_json()
    assert made["places_left"] == 2
    assert made["starts_at"].endswith(("Z", "+00:00"))
    listed = visitor.get(f"{API}/sessions?ward={BOW_WEST}").get_json()
    assert [item["id"] for item in listed["items"]] == [made["id"]]
    off = visitor.post(f"{API}/sessions/{made['id']}/cancel", json={"reason": "Ill"}, headers=officer)
    assert (off.get_json()["state"], off.get_json()["sequence"]) == ("cancelled", 1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"capacity": 0},
        {"capacity": "2"},
        {"title": ""},
        {"starts_at": "tomorrow"},
        {"starts_at": "2030-01-01T10:00:00"},
        {"ends_at": "2020-01-01T10:00:00Z"},
        {"ward": "E05009386"},
        {"unknown": 1},
    ],
)
def test_a_session_that_cannot_be_is_a_problem(
    visitor: FlaskClient, bearer: Callable[..., dict[str, str]], wrong: dict[str, Any]
) -> None:
    answer = visitor.post(f"{API}/sessions", json=_given(**wrong), headers=bearer("police", roles=["officer"]))
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_publishing_needs_the_scope_the_role_and_the_ward(
    visitor: FlaskClient, bearer: Callable[..., dict[str, str]]
) -> None:
    def code(headers: dict[str, str]) -> int:
        return visitor.post(f"{API}/sessions", json=_given(), headers=headers).status_code

    assert code({}) == 401
    assert code(bearer("read", roles=["officer"])) == 403
    assert code(bearer("police", ward=BOW_WEST)) == 403
    assert code(bearer("police", roles=[("officer", MILE_END)])) == 403
    assert code(bearer("police", roles=["officer"])) == 201


def test_P14_booking_giving_back_and_the_last_place(
    visitor: FlaskClient, publish: Callable[..., str], bearer: Callable[..., dict[str, str]]
) -> None:
    path = f"{API}/sessions/{publish(capacity=1)}/bookings"
    first, second = bearer("police", ward=BOW_WEST), bearer("police", ward=MILE_END)
    with capture_events() as facts:
        answers = [visitor.post(path, headers=first) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert [answer.get_json()["is_new"] for answer in answers] == [True, False]
    assert len(facts) == 1
    full = visitor.post(path, headers=second)
    assert (full.status_code, full.mimetype, full.get_json()["code"]) == (409, "application/problem+json", "full")
    assert visitor.delete(path, headers=second).status_code == 404
    assert visitor.delete(path, headers=first).status_code == 204
    assert visitor.post(path, headers=second).status_code == 201


def test_booking_needs_the_scope_and_a_verified_member(
    visitor: FlaskClient, publish: Callable[..., str], bearer: Callable[..., dict[str, str]]
) -> None:
    path = f"{API}/sessions/{publish()}/bookings"
    assert visitor.post(path).status_code == 401
    assert visitor.post(path, headers=bearer("read", ward=BOW_WEST)).status_code == 403
    assert visitor.post(path, headers=bearer("police")).status_code == 403
    assert visitor.delete(path).status_code == 401


def test_the_list_goes_on_where_it_stopped_and_shows_each_once(
    visitor: FlaskClient, publish: Callable[..., str]
) -> None:
    same = now() + timedelta(days=5)
    made = {publish(starts_at=same) for _number in range(5)} | {publish() for _number in range(2)}
    seen: list[str] = []
    after = ""
    while True:
        page = visitor.get(f"{API}/sessions?limit=2{after}").get_json()
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert len(seen) == len(set(seen)) == 7
    assert set(seen) == made


def test_no_answer_tells_who_booked(
    app: Flask, visitor: FlaskClient, publish: Callable[..., str], bearer: Callable[..., dict[str, str]]
) -> None:
    session_id = publish()
    member_id = make_member(app, "Quiet Heron", ward=BOW_WEST)
    headers = {"Authorization": f"Bearer {api_token(app, member_id, 'police')}"}
    visitor.post(f"{API}/sessions/{session_id}/bookings", headers=headers)
    for path in (f"/sessions/{session_id}", "/sessions", f"/wards/{BOW_WEST}"):
        text = visitor.get(API + path).get_data(as_text=True)
        assert member_id not in text
        assert "Heron" not in text
