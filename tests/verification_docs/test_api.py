"""The same for machines: scopes, problems in words, and the whole way from paper to verified."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from core import testing

BASE = "/api/v1/verification"


@pytest.fixture
def call(app: Flask) -> Callable[..., Any]:
    client = app.test_client()

    def call(method: str, path: str, token: str, **more: Any) -> Any:
        return client.open(BASE + path, method=method, headers={"Authorization": f"Bearer {token}"}, **more)

    return call


def paper(content: bytes, **fields: str) -> dict[str, Any]:
    return {"data": {"file": (io.BytesIO(content), "x.jpg"), **fields}, "content_type": "multipart/form-data"}


def test_V1_V2_V3_from_paper_to_verified_over_the_api(app: Flask, resident: Any, reviewer: Any, call: Any) -> None:
    from PIL import Image

    target = io.BytesIO()
    Image.new("RGB", (90, 90), "white").save(target, "PNG")
    mine, theirs = testing.api_token(app, resident.id, "verify"), testing.api_token(app, reviewer.id, "review")
    assert call("GET", "/case", mine).json["state"] == "none"
    assert call("GET", "/case", mine).json["wanted"] == [["id"], ["address"], ["certificate", "volunteering"]]
    answer = call(
        "POST",
        "/case/evidence",
        mine,
        **paper(target.getvalue(), kind="id", document="passport", document_number="123 456 789"),
    )
    assert answer.status_code == 201
    assert answer.json["state"] == "collecting"
    call(
        "POST",
        "/case/evidence",
        mine,
        **paper(target.getvalue(), kind="address", document="council_tax", postcode="e35aa"),
    )
    answer = call("POST", "/case/evidence", mine, **paper(target.getvalue(), kind="volunteering"))
    assert answer.json["state"] == "waiting"
    assert answer.json["wanted"] == []
    (item,) = call("GET", "/queue", theirs).json["items"]
    assert (item["undecided"], item["claimed"]) == (3, "no")
    decision = f"/cases/{item['id']}/evidence/{answer.json['evidence'][0]['id']}/decision"
    assert call("POST", decision, theirs, json={"decision": "accept"}).status_code == 409
    claimed = call("POST", f"/cases/{item['id']}/claim", theirs, json={"reason": "next"}).json
    assert len(claimed["evidence"]) == 3
    number = f"/cases/{item['id']}/evidence/{claimed['evidence'][0]['id']}/number"
    read = {"document_number": "123456789", "country": "gb", "names": "Ada Wren", "born_on": "1985-03-27"}
    assert call("POST", number, theirs, json=read).json["matched"] is True
    for one in claimed["evidence"]:
        path = f"/cases/{item['id']}/evidence/{one['id']}/decision"
        answer = call("POST", path, theirs, json={"decision": "accept"})
    assert answer.json == {"case_state": "verified"}
    after = call("GET", "/case", mine).json
    assert (after["state"], after["pages_deleted"], after["openings"], after["evidence"]) == ("verified", 3, 1, [])
    me = app.test_client().get(
        "/api/v1/me", headers={"Authorization": f"Bearer {testing.api_token(app, resident.id, 'read')}"}
    )
    assert me.json["home_ward"] == "E05009320"


def test_problems_say_what_to_do(app: Flask, resident: Any, call: Any) -> None:
    token = testing.api_token(app, resident.id, "verify")
    for fields, code in (
        ({"kind": "selfie"}, "unknown_kind"),
        ({"kind": "id", "document": "library_card"}, "unknown_document"),
        ({"kind": "address", "postcode": "nowhere"}, "not_a_postcode"),
        ({"kind": "id"}, "document_number"),
        ({"kind": "id", "document_number": "-"}, "document_number"),
        ({"kind": "id", "document_number": "123456", "document_country": "ZZ"}, "document_country"),
        ({"kind": "id", "document_number": "123456"}, "wrong_type"),
    ):
        answer = call("POST", "/case/evidence", token, **paper(b"MZ" + b"\0" * 99, **fields))
        assert (answer.status_code, answer.json["code"]) == (422, code)
        assert answer.mimetype == "application/problem+json"
        assert answer.json["detail"].endswith(".")
    assert call("POST", "/case/evidence", token, data={"kind": "id"}).json["code"] == "no_file"
    assert call("DELETE", "/case", token).status_code == 404


def test_scopes_and_roles_are_both_wanted(app: Flask, resident: Any, reviewer: Any, call: Any) -> None:
    read, verify = testing.api_token(app, resident.id, "read"), testing.api_token(app, resident.id, "verify")
    assert call("GET", "/case", read).status_code == 403
    assert call("GET", "/case", "nonsense").status_code == 401
    assert call("GET", "/queue", verify).status_code == 403
    assert call("GET", "/queue", testing.api_token(app, resident.id, "review")).status_code == 403
    assert call("GET", "/queue", testing.api_token(app, reviewer.id, "verify")).status_code == 403


def test_V12_own_case_and_V14_reasons_over_the_api(
    app: Flask, resident: Any, reviewer: Any, call: Any, waiting_case: Callable[..., str]
) -> None:
    token = testing.api_token(app, reviewer.id, "review")
    own = waiting_case(reviewer.id)
    assert call("POST", f"/cases/{own}/claim", token, json={}).status_code == 403
    assert call("GET", "/queue", token).json["items"] == []
    case_id = waiting_case(resident.id)
    first = call("POST", f"/cases/{case_id}/claim", token, json={}).json["evidence"][0]["id"]
    path = f"/cases/{case_id}/evidence/{first}/decision"
    assert call("POST", path, token, json={"decision": "reject"}).json["code"] == "BadReason"
    assert call("POST", path, token, json={"decision": "reject", "reason": "wrong_postcode"}).status_code == 422
    assert call("POST", path, token, json={"decision": "maybe"}).status_code == 422
    assert call("POST", path, token, json={"decision": "reject", "reason": "cut_off"}).json == {"case_state": "waiting"}
    assert call("POST", path, token, json={"decision": "accept"}).status_code == 409
    evidence = call("GET", "/case", testing.api_token(app, resident.id, "verify")).json["evidence"]
    assert evidence[0]["reason"] == "cut_off"
    assert "four corners" in evidence[0]["advice"]


def test_the_queue_comes_in_pages(
    app: Flask, reviewer: Any, join: Any, call: Any, waiting_case: Callable[..., str]
) -> None:
    expected = {waiting_case(join(f"Sparrow {number}").id) for number in range(3)}
    token = testing.api_token(app, reviewer.id, "review")
    first = call("GET", "/queue?limit=2", token).json
    second = call("GET", f"/queue?limit=2&after={first['next']}", token).json
    assert {item["id"] for item in first["items"] + second["items"]} == expected
    assert second["next"] is None
