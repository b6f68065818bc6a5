"""The alerts of the API: what other programs send and read."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from core.database import now, transaction
from core.events import RemoteAlertReceived
from core.testing import api_token, make_member
from plugins.ward_boards.alerts import cap, cap_rules, remote, snapshots

BOW_WEST, WHITECHAPEL = "E05009320", "E05009334"


def body(**changes: Any) -> dict[str, Any]:
    values = {
        "headline": "Moped robberies on Roman Road",
        "description": "Two riders took phones near the market.",
        "category": "Security",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "areas": [BOW_WEST],
        "onset": rfc3339(now()),
        "expires": rfc3339(now() + timedelta(hours=24)),
        "audience": "borough",
    }
    return {**values, **changes}


def rfc3339(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Program:
    """A client with a token."""

    def __init__(self, client: FlaskClient, token: str) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(self, verb: str, path: str, json: Any = None) -> Any:
        return self.client.open(f"/api/v1{path}", method=verb, json=json, headers=self.headers)


@pytest.fixture
def desk(app: Flask, officer: str) -> Program:
    return Program(app.test_client(), api_token(app, officer, "read", "alert"))


@pytest.fixture
def reader(app: Flask) -> Program:
    return Program(app.test_client(), api_token(app, make_member(app, "Reader", ward=WHITECHAPEL), "read"))


def test_what_was_read_may_be_sent_back_changed(desk: Program) -> None:
    alert = desk("POST", "/alerts", body()).json
    changed = desk("PUT", f"/alerts/{alert['id']}", {**alert, "headline": "Now near the park"})
    assert changed.status_code == 200
    assert (changed.json["headline"], changed.json["revision"]) == ("Now near the park", 2)
    assert desk("PUT", f"/alerts/{alert['id']}", {**alert, "hedline": "typo"}).status_code == 422


def test_W10_issue_read_update_and_cancel(desk: Program, reader: Program) -> None:
    made = desk("POST", "/alerts", body())
    assert made.status_code == 201
    alert = made.json
    assert (alert["status"], alert["revision"], alert["origin"]) == ("active", 1, "E09000030")
    assert {name: alert[name] for name in body() if name not in ("onset", "expires")} == {
        name: value for name, value in body().items() if name not in ("onset", "expires")
    }
    assert reader("GET", f"/alerts/{alert['id']}").json == alert
    changed = desk("PUT", f"/alerts/{alert['id']}", body(headline="Now near the park", revision=1))
    assert (changed.status_code, changed.json["revision"], changed.json["headline"]) == (200, 2, "Now near the park")
    stale = desk("PUT", f"/alerts/{alert['id']}", body(revision=1))
    assert (stale.status_code, stale.json["revision"]) == (409, 2)
    assert desk("PUT", f"/alerts/{alert['id']}", body()).json["revision"] == 3
    over = desk("POST", f"/alerts/{alert['id']}/cancel", {"reason": "Arrests were made."})
    assert (over.status_code, over.json["status"], over.json["revision"]) == (200, "cancelled", 4)
    assert over.json["note"] == "Arrests were made."
    again = desk("POST", f"/alerts/{alert['id']}/cancel", {"reason": "Twice."})
    assert again.status_code == 409
    assert again.mimetype == "application/problem+json"
    assert [item["status"] for item in reader("GET", "/alerts").json["items"]] == ["cancelled"]


def test_W10_the_cap_file_is_there_too(desk: Program) -> None:
    alert_id = desk("POST", "/alerts", body()).json["id"]
    answer = desk("GET", f"/alerts/{alert_id}.cap")
    assert answer.mimetype == cap.MIMETYPE
    assert cap_rules.faults(answer.data) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"headline": ""}, "headline"),
        ({"severity": "severe"}, "severity"),
        ({"category": "Crime"}, "category"),
        ({"areas": []}, "areas"),
        ({"areas": ["E05000001"]}, "areas"),
        ({"areas": BOW_WEST}, "areas"),
        ({"expires": None}, "expires"),
        ({"expires": "soon"}, "expires"),
        ({"expires": "2020-01-01T00:00:00Z"}, "expires"),
        ({"expires": "2999-01-01T00:00:00Z"}, "expires"),
        ({"onset": "0001-01-01T00:00:00+14:00"}, "onset"),
        ({"expires": "9999-12-31T23:59:59-14:00"}, "expires"),
        ({"audience": []}, "audience"),
        ({"audience": ["a,b"]}, "audience"),
        ({"audience": "every one"}, "audience"),
        ({"event": "unheard-of"}, "event"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(desk: Program, changes: dict[str, Any], field: str) -> None:
    answer = desk("POST", "/alerts", body(**changes))
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert field in answer.json["errors"]["json"]


@pytest.mark.parametrize("missing", ["headline", "description", "category", "severity", "areas", "expires"])
def test_what_is_missing_is_named(desk: Program, missing: str) -> None:
    sent = body()
    del sent[missing]
    answer = desk("POST", "/alerts", sent)
    assert answer.status_code == 422
    assert missing in answer.json["errors"]["json"]


def test_chosen_neighbours_are_a_list_coming_and_going(desk: Program) -> None:
    for sent in (["urn:uuid:2", "urn:uuid:1", "urn:uuid:2"], "urn:uuid:1, urn:uuid:2"):
        assert desk("POST", "/alerts", body(audience=sent)).json["audience"] == ["urn:uuid:1", "urn:uuid:2"]


def test_only_a_token_for_alerts_of_somebody_who_may_writes(app: Flask, reader: Program, officer: str) -> None:
    assert Program(app.test_client(), "")("POST", "/alerts", body()).status_code == 401
    assert reader("POST", "/alerts", body()).status_code == 403
    read_only = Program(app.test_client(), api_token(app, officer, "read"))
    assert read_only("POST", "/alerts", body()).status_code == 403
    resident = Program(app.test_client(), api_token(app, make_member(app, "Bold", ward=BOW_WEST), "alert"))
    assert resident("POST", "/alerts", body()).status_code == 403


def test_officer_of_another_ward_cannot_withdraw_an_alert_by_token(app: Flask, desk: Program) -> None:
    alert_id = desk("POST", "/alerts", body()).json["id"]
    other_id = make_member(app, "Other", roles=[("officer", WHITECHAPEL)])
    other = Program(app.test_client(), api_token(app, other_id, "read", "alert"))
    assert other("POST", f"/alerts/{alert_id}/cancel", {"reason": "No."}).status_code == 403
    assert other("PUT", f"/alerts/{alert_id}", body(areas=[WHITECHAPEL])).status_code == 403
    assert other("POST", "/alerts", body()).status_code == 403
    assert desk("GET", f"/alerts/{alert_id}").json["status"] == "active"


def test_a_member_who_is_not_verified_reads_public_alerts_only(app: Flask, desk: Program) -> None:
    public = desk("POST", "/alerts", body(audience="public")).json["id"]
    inner = desk("POST", "/alerts", body()).json["id"]
    fresh = Program(app.test_client(), api_token(app, make_member(app, "Fresh"), "read"))
    assert [item["id"] for item in fresh("GET", "/alerts").json["items"]] == [public]
    assert fresh("GET", f"/alerts/{inner}").status_code == 404
    assert fresh("GET", f"/alerts/{inner}.cap").status_code == 404
    feed = Program(app.test_client(), "")("GET", "/alerts.atom")
    assert feed.status_code == 200
    assert len(etree.fromstring(feed.data).findall("{http://www.w3.org/2005/Atom}entry")) == 1


def test_a_list_is_read_page_by_page_and_each_alert_once(desk: Program) -> None:
    made = {desk("POST", "/alerts", body(severity="Minor", urgency="Future")).json["id"] for _ in range(5)}
    seen: list[str] = []
    path = "/alerts?limit=2"
    for _page in range(3):
        page = desk("GET", path).json
        seen += [item["id"] for item in page["items"]]
        path = f"/alerts?limit=2&after={page['next']}"
    assert page["next"] is None
    assert len(seen) == 5
    assert set(seen) == made
    early = base64.urlsafe_b64encode(b"0001-01-01T00:00:00+14:00 " + b"a" * 32).decode()
    for wrong in ("?after=!!", "?after=AAAA", f"?after={early}", "?limit=0", "?limit=101"):
        assert desk("GET", f"/alerts{wrong}").status_code == 422


def test_F8_a_neighbours_alert_is_listed_and_cannot_be_changed(app: Flask, desk: Program, draft: Any) -> None:
    alert = snapshots.of_draft(draft(areas=("E09000012",)), alert_id="e" * 32, revision=1, sent=now())
    with app.app_context(), transaction() as db:
        remote.receive(db, RemoteAlertReceived(origin="urn:uuid:1", origin_name="Hackney", alert=alert))
    (item,) = desk("GET", "/alerts").json["items"]
    assert (item["id"], item["origin"], item["origin_name"]) == ("e" * 32, "urn:uuid:1", "Hackney")
    assert desk("PUT", f"/alerts/{'e' * 32}", body()).status_code == 403
    assert desk("POST", f"/alerts/{'e' * 32}/cancel", {"reason": "No."}).status_code == 403


def test_an_unknown_alert_is_a_404(desk: Program) -> None:
    assert desk("GET", "/alerts/none").status_code == 404
    assert desk("GET", "/alerts/none.cap").status_code == 404
    assert desk("POST", "/alerts/none/cancel", {"reason": "Why?"}).status_code == 404
    assert desk("PUT", "/alerts/none", body()).status_code == 404


def test_the_api_describes_its_alerts(desk: Program) -> None:
    paths = desk("GET", "/openapi.json").json["paths"]
    assert {"/api/v1/alerts", "/api/v1/alerts/{alert_id}", "/api/v1/alerts/{alert_id}/cancel"} <= set(paths)
