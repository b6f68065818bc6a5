"""The alerts in the browser: writing, changing, cancelling, reading, and the mails that follow."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree

from core.database import now, transaction
from core.events import RemoteAlertReceived
from core.testing import mails, make_member, sign_in, work
from plugins.ward_boards.alerts import cap, cap_rules, remote, services, snapshots
from plugins.ward_boards.alerts.forms import LONDON

BOW_WEST, WHITECHAPEL = "E05009320", "E05009334"


def filled(**changes: Any) -> dict[str, Any]:
    """Return what an officer's browser sends."""
    values: dict[str, Any] = {
        "headline": "Moped robberies on Roman Road",
        "description": "Two riders took phones.\n\nThey went towards the park.",
        "instruction": "Keep your phone in your pocket.",
        "areas": [BOW_WEST],
        "event": "robbery",
        "category": "",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "onset": "",
        "expires_in": "24",
        "expires_at": "",
        "audience": "borough",
        "form_id": "c" * 32,
    }
    return {**values, **changes}


@pytest.fixture
def desk(app: Flask, officer: str) -> FlaskClient:
    """Return the officer's browser."""
    client = app.test_client()
    sign_in(client, officer)
    return client


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    """Return a stranger's browser."""
    return app.test_client()


@pytest.fixture
def neighbour(app: Flask) -> FlaskClient:
    """Return the browser of a verified member of another ward."""
    client = app.test_client()
    sign_in(client, make_member(app, "Neighbour", ward=WHITECHAPEL))
    return client


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def test_W10_an_officer_issues_updates_and_cancels_and_members_are_told(app: Flask, desk: FlaskClient) -> None:
    make_member(app, "Resident", ward=BOW_WEST)
    make_member(app, "Elsewhere", ward=WHITECHAPEL)
    assert "New alert" in page(desk, "/alerts")
    issued = desk.post("/alerts/new", data=filled())
    assert issued.status_code == 303
    place = issued.headers["Location"]
    text = page(desk, place)
    assert "Moped robberies on Roman Road" in text
    assert "The ward officer for Bow West" in text
    assert "Officer1" not in text
    changed = desk.post(f"{place}/update", data=filled(headline="Robberies by the park", revision="1"))
    assert changed.status_code == 303
    assert "Robberies by the park" in page(desk, "/alerts")
    cancelled = desk.post(f"{place}/cancel", data={"reason": "Two people were arrested.", "revision": "2"})
    assert cancelled.status_code == 303
    text = page(desk, place)
    assert "This alert is cancelled" in text
    assert "Two people were arrested." in text
    assert "Moped robberies on Roman Road" in text, "the history keeps what it said first"
    work(app)
    sent = mails(app)
    assert len(sent) == 3
    assert {message["To"] for message in sent} == {"resident2@test.example"}
    for message in sent:
        assert not re.search("crime|robber|police|alert", str(message["Subject"]), re.IGNORECASE)
        assert "robber" not in message.get_content().lower()
        assert f"http://localhost{place}" in message.get_content()


def test_members_of_a_ward_that_a_change_drops_are_told_too(app: Flask) -> None:
    make_member(app, "Bow", ward=BOW_WEST)
    make_member(app, "Chapel", ward=WHITECHAPEL)
    chief = app.test_client()
    sign_in(chief, make_member(app, "Chief", roles=["officer"]))
    place = chief.post("/alerts/new", data=filled(areas=[BOW_WEST])).headers["Location"]
    chief.post(f"{place}/update", data=filled(areas=[WHITECHAPEL], revision="1"))
    work(app)
    told = [(str(message["To"])[:3], str(message["Subject"])) for message in mails(app)]
    changed = "A message for your area has changed"
    assert sorted(told) == [("bow", "A message for your area"), ("bow", changed), ("cha", changed)]


def test_what_was_typed_is_still_there_when_something_is_missing(desk: FlaskClient) -> None:
    answer = desk.post("/alerts/new", data=filled(headline="", expires_in="exact", expires_at="2020-01-01T10:00"))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "There is a problem" in text
    assert 'href="#headline"' in text
    assert 'href="#expires_at"' in text
    assert "They went towards the park." in text
    assert "2020-01-01T10:00" in text
    assert re.search(rf'value="{BOW_WEST}" checked', text)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"areas": []}, "Choose at least one ward."),
        ({"areas": ["E05000001"]}, "is not a ward of this borough"),
        ({"expires_in": "9999"}, "Choose when this ends."),
        ({"expires_in": "exact", "expires_at": "tomorrow"}, "Write the day and time"),
        ({"onset": "31/12/2026"}, "Write the day and time"),
        ({"severity": "Terrible"}, "Choose how bad it can get."),
        ({"event": ""}, "Choose what kind of thing it is."),
        ({"audience": "hackney only"}, "has a wrong id"),
    ],
)
def test_each_mistake_gets_a_sentence(desk: FlaskClient, changes: dict[str, Any], sentence: str) -> None:
    answer = desk.post("/alerts/new", data=filled(**changes))
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_the_form_offers_only_the_officers_own_wards(desk: FlaskClient) -> None:
    text = page(desk, "/alerts/new")
    assert f'value="{BOW_WEST}"' in text
    assert f'value="{WHITECHAPEL}"' not in text
    assert "The whole of" not in text


def test_a_ward_that_is_not_ones_own_is_refused_even_when_it_is_sent(desk: FlaskClient) -> None:
    assert desk.post("/alerts/new", data=filled(areas=[WHITECHAPEL])).status_code == 403


def test_only_those_who_issue_alerts_reach_the_forms(app: Flask, neighbour: FlaskClient, visitor: FlaskClient) -> None:
    assert neighbour.get("/alerts/new").status_code == 403
    assert visitor.get("/alerts/new").status_code == 303
    assert "New alert" not in page(neighbour, "/alerts")


def test_officer_of_another_ward_cannot_withdraw_an_alert_by_its_address(app: Flask, desk: FlaskClient) -> None:
    place = desk.post("/alerts/new", data=filled()).headers["Location"]
    other = app.test_client()
    sign_in(other, make_member(app, "Other", roles=[("officer", WHITECHAPEL)]))
    assert "Cancel this alert" not in page(other, place)
    assert other.get(f"{place}/cancel").status_code == 403
    assert other.post(f"{place}/cancel", data={"reason": "No.", "revision": "1"}).status_code == 403
    assert other.post(f"{place}/update", data=filled(areas=[WHITECHAPEL], revision="1")).status_code == 403
    assert "This alert is cancelled" not in page(desk, place)


def test_a_stale_page_loses_nothing_and_says_what_changed(desk: FlaskClient) -> None:
    place = desk.post("/alerts/new", data=filled()).headers["Location"]
    desk.post(f"{place}/update", data=filled(headline="The newer words", revision="1"))
    stale = desk.post(f"{place}/update", data=filled(headline="My own words", revision="1"))
    text = stale.get_data(as_text=True)
    assert stale.status_code == 409
    assert "Someone changed this alert while you were writing." in text
    assert "The newer words" in text
    assert "My own words" in text
    assert re.search(r'name="revision"[^>]*value="2"', text)
    assert desk.post(f"{place}/update", data=filled(headline="My own words", revision="2")).status_code == 303
    late = desk.post(f"{place}/cancel", data={"reason": "Seen too late.", "revision": "2"})
    assert late.status_code == 409
    assert "Seen too late." in late.get_data(as_text=True)


def test_changing_what_is_over_says_so_and_keeps_the_text(desk: FlaskClient) -> None:
    place = desk.post("/alerts/new", data=filled(expires_in="6")).headers["Location"]
    with time_machine.travel(now() + timedelta(hours=7)):
        late = desk.post(f"{place}/update", data=filled(headline="Too late", revision="1"))
        assert late.status_code == 409
        assert "This alert is over" in late.get_data(as_text=True)
        assert "Too late" in late.get_data(as_text=True)
        assert "This alert is over" in page(desk, place)
        assert desk.get(f"{place}/update").status_code == 303


def test_cancelling_without_a_reason_asks_for_one(desk: FlaskClient) -> None:
    place = desk.post("/alerts/new", data=filled()).headers["Location"]
    answer = desk.post(f"{place}/cancel", data={"reason": " ", "revision": "1"})
    assert answer.status_code == 422
    assert "Say why you cancel this." in answer.get_data(as_text=True)


def test_pressing_send_twice_makes_one_alert(desk: FlaskClient) -> None:
    first, second = (desk.post("/alerts/new", data=filled()).headers["Location"] for _ in range(2))
    assert first == second


def test_going_back_and_sending_other_words_makes_another_alert(desk: FlaskClient) -> None:
    first = desk.post("/alerts/new", data=filled()).headers["Location"]
    second = desk.post("/alerts/new", data=filled(headline="Something else")).headers["Location"]
    assert first != second
    assert "Something else" in page(desk, second)


def test_an_update_shows_the_alert_as_it_stands(desk: FlaskClient) -> None:
    ends = (now() + timedelta(days=2)).astimezone(LONDON)
    sent = filled(audience="public", expires_in="exact", expires_at=f"{ends:%Y-%m-%dT%H:%M}")
    place = desk.post("/alerts/new", data=sent).headers["Location"]
    text = page(desk, f"{place}/update")
    assert "Two riders took phones." in text
    assert re.search(r'value="public" checked', text)
    assert sent["expires_at"] in text


def test_visitors_read_public_alerts_and_no_others(
    desk: FlaskClient, visitor: FlaskClient, neighbour: FlaskClient
) -> None:
    public = desk.post("/alerts/new", data=filled(audience="public", headline="For everyone")).headers["Location"]
    inner = desk.post("/alerts/new", data=filled(headline="For us", form_id="d" * 32)).headers["Location"]
    listed = page(visitor, "/alerts")
    assert "For everyone" in listed
    assert "For us" not in listed
    assert "Verified neighbours see more" in listed
    for place, seen in ((public, 200), (inner, 404)):
        page(visitor, place, seen)
        page(visitor, f"{place}.cap", seen)
        page(neighbour, place)
        page(neighbour, f"{place}.cap")
    feed = etree.fromstring(visitor.get("/alerts.atom").data)
    titles = [title.text for title in feed.iter("{http://www.w3.org/2005/Atom}title")]
    assert "For everyone" in titles
    assert "For us" not in titles


def test_W10_the_cap_file_follows_the_alert(desk: FlaskClient) -> None:
    place = desk.post("/alerts/new", data=filled(audience="public")).headers["Location"]
    desk.post(f"{place}/update", data=filled(audience="public", revision="1"))
    desk.post(f"{place}/cancel", data={"reason": "It was a film crew.", "revision": "2"})
    answer = desk.get(f"{place}.cap")
    assert answer.mimetype == cap.MIMETYPE
    assert cap_rules.faults(answer.data) == []
    root = etree.fromstring(answer.data)
    assert root.findtext(f"{{{cap.NAMESPACE}}}msgType") == "Cancel"
    assert root.findtext(f"{{{cap.NAMESPACE}}}sender") == "localhost"
    assert len((root.findtext(f"{{{cap.NAMESPACE}}}references") or "").split()) == 2


def _from_hackney(app: Flask, draft: Any, **changes: Any) -> None:
    alert = snapshots.of_draft(draft(areas=("E09000012",), **changes), alert_id="e" * 32, revision=1, sent=now())
    with app.app_context(), transaction() as db:
        remote.receive(db, RemoteAlertReceived(origin="urn:uuid:1", origin_name="Hackney", alert=alert))


def test_F8_a_neighbours_alert_stands_beside_our_own(
    app: Flask, desk: FlaskClient, neighbour: FlaskClient, visitor: FlaskClient, draft: Any
) -> None:
    _from_hackney(app, draft, headline="Thefts in London Fields", audience="all_verified")
    desk.post("/alerts/new", data=filled())
    text = page(neighbour, "/alerts")
    assert "From Hackney" in text
    assert "Moped robberies" in text
    shown = page(neighbour, f"/alerts/{'e' * 32}")
    assert "From Hackney" in shown
    assert cap_rules.faults(neighbour.get(f"/alerts/{'e' * 32}.cap").data) == []
    chief = app.test_client()
    sign_in(chief, make_member(app, "Chief", roles=["officer"]))
    assert "Cancel this alert" not in page(chief, f"/alerts/{'e' * 32}")
    page(chief, f"/alerts/{'e' * 32}/cancel", 404)
    page(visitor, f"/alerts/{'e' * 32}", 404)


def test_nothing_that_people_type_becomes_markup(desk: FlaskClient) -> None:
    nasty = "<script>alert(1)</script>"
    place = desk.post("/alerts/new", data=filled(headline=nasty, description=nasty)).headers["Location"]
    for path in (place, "/alerts", "/", f"/boards/{BOW_WEST}", f"{place}/update"):
        assert nasty not in page(desk, path)


def test_open_alerts_stand_on_the_home_page_and_the_wards_board(desk: FlaskClient, visitor: FlaskClient) -> None:
    assert "Alerts now" not in page(visitor, "/")
    desk.post("/alerts/new", data=filled(audience="public"))
    assert "Alerts now" in page(visitor, "/")
    assert "Alerts now" in page(desk, f"/boards/{BOW_WEST}")
    assert "Alerts now" not in page(desk, f"/boards/{WHITECHAPEL}")


def test_the_list_asks_the_database_the_same_few_questions_however_many_alerts(
    app: Flask, desk: FlaskClient, as_viewer: Any, officer: str, draft: Any
) -> None:
    from sqlalchemy import event

    from core.database import sql

    with app.app_context():
        engine = sql.engine
    page(desk, "/alerts")
    counts = []
    for _round in range(2):
        with app.app_context(), transaction() as db:
            for _alert in range(10):
                services.issue(db, as_viewer(officer), draft=draft(severity="Minor", urgency="Future"), now=now())
        asked: list[str] = []

        def count(_c: Any, _cur: Any, statement: str, *_rest: Any, asked: list[str] = asked) -> None:
            asked.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        page(desk, "/alerts")
        event.remove(engine, "before_cursor_execute", count)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 8


def test_an_unknown_alert_is_not_here(desk: FlaskClient) -> None:
    for path in ("/alerts/none", "/alerts/none.cap", "/alerts/none/update", "/alerts/none/cancel", "/alerts/new.cap"):
        page(desk, path, 404)
