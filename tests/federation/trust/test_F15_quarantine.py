"""Neighbours' alerts wait for a person, but for what a rule of ours names; nothing is kept from being taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from core import testing
from core.database import now, reading, transaction
from core.events import RemoteAlertReceived
from federation import queries
from federation.models import Peer
from federation.trust import queries as standings
from federation.trust import services
from federation.trust.rules import Rule

COORDINATOR = [("coordinator", None)]


@pytest.fixture
def strict(borough: Callable[..., Any], befriend: Any, codes: Any) -> Any:
    """Tower Hamlets sends; Hackney shows nothing by itself."""
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY, shows="none")
    befriend(th, hk)
    return th, hk


def rule(borough: Any, other: Any, **changes: Any) -> None:
    peer_id = borough.peer_id(other)
    with borough.app.app_context(), transaction() as db:
        services.set_rule(db, db.get_one(Peer, peer_id), Rule(**changes), None)


def send(th: Any, alert: Any) -> list[Any]:
    """Send an alert, and return what boards were told of it."""
    with testing.capture_events() as events:
        th.issue(alert)
        th.work()
    return [event.alert for event in events if isinstance(event, RemoteAlertReceived)]


def shown(borough: Any) -> list[str]:
    with borough.app.app_context(), reading() as db:
        return [row.alert.headline for row in queries.neighbour_alerts(db, now(), everyone=False)]


def to_look_at(borough: Any, at: datetime | None = None) -> list[Any]:
    with borough.app.app_context(), reading() as db:
        return standings.to_look_at(db, at or now())


def reviewer(borough: Any, roles: Any = COORDINATOR) -> Any:
    client = borough.app.test_client()
    testing.sign_in(client, testing.make_member(borough.app, roles=roles))
    return client


def test_F15_by_default_it_waits_and_nobody_reads_it(strict: Any, snapshot: Any) -> None:
    th, hk = strict
    assert send(th, snapshot(audience="public")) == []
    assert shown(hk) == []
    assert [(row.alert.headline, row.reason, row.shows_at) for row in to_look_at(hk)] == [
        ("Mopeds and phones", "category", None)
    ]
    assert th.deliveries() == [(1, "Create", "acknowledged", "accepted")]
    member = reviewer(hk, ())
    for page in ("/federation/alerts", "/"):
        assert "Mopeds" not in member.get(page).get_data(as_text=True)
        assert "Mopeds" not in hk.app.test_client().get(page).get_data(as_text=True)


def test_F15_a_coordinator_shows_it_and_boards_learn_of_it_then(strict: Any, snapshot: Any) -> None:
    th, hk = strict
    send(th, snapshot())
    client = reviewer(hk)
    assert "1 alert from a neighbour waits" in client.get("/").get_data(as_text=True)
    (row,) = to_look_at(hk)
    assert "Mopeds and phones" in client.get("/federation/waiting").get_data(as_text=True)
    page = client.get(f"/federation/waiting/{row.id}").get_data(as_text=True)
    assert "Two riders take phones" in page
    assert "TLP:GREEN" in page
    with testing.capture_events() as events:
        answer = client.post(f"/federation/waiting/{row.id}/show")
    assert (answer.status_code, answer.location) == (303, "/federation/waiting")
    heard = [event for event in events if isinstance(event, RemoteAlertReceived)]
    assert [(e.origin_name, e.alert.headline, e.alert.audience) for e in heard] == [
        ("Tower Hamlets", "Mopeds and phones", "borough")
    ]
    assert shown(hk) == ["Mopeds and phones"]
    assert to_look_at(hk) == []


def test_F15_a_refused_one_stays_away_and_its_change_waits(strict: Any, snapshot: Any) -> None:
    th, hk = strict
    send(th, snapshot())
    client, (row,) = reviewer(hk), to_look_at(hk)
    assert client.post(f"/federation/waiting/{row.id}/refuse").status_code == 303
    assert (shown(hk), to_look_at(hk)) == ([], [])
    assert "It was refused here" in client.get(f"/federation/waiting/{row.id}").get_data(as_text=True)
    rule(hk, th, shown="all")
    assert send(th, snapshot(2, urgency="Immediate")) == []
    assert [(row.reason, row.shows_at) for row in to_look_at(hk)] == [("refused", None)]


@pytest.mark.parametrize(
    ("named", "is_shown"),
    [
        ("all", True),
        ("Security", True),
        ("Security/Theft from the person", True),
        ("Fire,Security/theft FROM the person", True),
        ("Security/Robbery", False),
        ("Fire,Met", False),
        ("none", False),
    ],
)
def test_F15_only_a_category_that_a_rule_names_is_shown_by_itself(
    strict: Any, snapshot: Any, named: str, is_shown: bool
) -> None:
    th, hk = strict
    rule(hk, th, shown=named)
    told = send(th, snapshot())
    assert (len(told), shown(hk), len(to_look_at(hk))) == ((1, ["Mopeds and phones"], 0) if is_shown else (0, [], 1))


def test_F15_a_change_of_a_shown_one_is_shown_while_its_category_is_trusted(strict: Any, snapshot: Any) -> None:
    th, hk = strict
    rule(hk, th, shown="Security")
    send(th, snapshot())
    assert [alert.headline for alert in send(th, snapshot(2, headline="Changed"))] == ["Changed"]
    assert send(th, snapshot(3, headline="A fire", category="Fire")) == []
    (row,) = to_look_at(hk)
    assert (row.reason, row.was_shown) == ("category", True)
    assert "An earlier version of it is still shown" in (
        reviewer(hk).get(f"/federation/waiting/{row.id}").get_data(as_text=True)
    )


@pytest.mark.parametrize("urgent", [{"urgency": "Immediate"}, {"severity": "Extreme"}])
def test_F15_an_urgent_one_waits_fifteen_minutes_and_is_shown_labelled(
    strict: Any, snapshot: Any, urgent: dict[str, str]
) -> None:
    th, hk = strict
    testing.make_member(hk.app, roles=COORDINATOR)
    assert send(th, snapshot(**urgent)) == []
    testing.work(hk.app)
    assert [mail["Subject"] for mail in testing.mails(hk.app)] == ["Something waits for you"]
    sent_at = now()
    (row,) = to_look_at(hk)
    assert timedelta(minutes=14) < row.shows_at - sent_at <= timedelta(minutes=15)
    with time_machine.travel(sent_at + timedelta(minutes=14), tick=True):
        testing.work(hk.app)
        assert shown(hk) == []
    with time_machine.travel(sent_at + timedelta(minutes=16), tick=True), testing.capture_events() as events:
        testing.work(hk.app)
        assert [e.alert.headline for e in events if isinstance(e, RemoteAlertReceived)] == ["Mopeds and phones"]
        client = reviewer(hk)
        assert "Not looked at here yet" in client.get("/federation/alerts").get_data(as_text=True)
        assert [row.is_unseen for row in to_look_at(hk)] == [True]
        client.post(f"/federation/waiting/{row.id}/show")
        assert "Not looked at here yet" not in client.get("/federation/alerts").get_data(as_text=True)
        assert (shown(hk), to_look_at(hk)) == (["Mopeds and phones"], [])


def test_F15_a_change_does_not_begin_the_wait_anew_and_calls_once(strict: Any, snapshot: Any) -> None:
    th, hk = strict
    testing.make_member(hk.app, roles=COORDINATOR)
    send(th, snapshot(urgency="Immediate"))
    (first,) = to_look_at(hk)
    send(th, snapshot(2, urgency="Immediate"))
    send(th, snapshot(alert_id="b" * 32, urgency="Immediate"))
    assert first.shows_at in [row.shows_at for row in to_look_at(hk)]
    testing.work(hk.app)
    assert len(testing.mails(hk.app)) == 1


@pytest.mark.parametrize("how", ["cancelled", "recalled"])
def test_F15_what_is_taken_back_while_it_waits_is_gone(strict: Any, snapshot: Any, how: str) -> None:
    th, hk = strict
    send(th, snapshot(urgency="Immediate"))
    back = {"state": "cancelled"} if how == "cancelled" else {"audience": "borough"}
    assert send(th, snapshot(2, **back)) == []
    assert to_look_at(hk) == []
    with time_machine.travel(now() + timedelta(minutes=16), tick=True):
        testing.work(hk.app)
        assert shown(hk) == []


def test_F15_what_is_shown_is_taken_back_at_once_whatever_the_rule_says(strict: Any, snapshot: Any) -> None:
    th, hk = strict
    rule(hk, th, shown="all")
    send(th, snapshot())
    rule(hk, th, shown="none", floor="id_address_third", accepts=())
    assert [alert.state for alert in send(th, snapshot(2, state="cancelled"))] == ["cancelled"]
    assert shown(hk) == []


def test_F15_a_shown_one_can_be_taken_down_here_and_stays_down(strict: Any, snapshot: Any) -> None:
    th, hk = strict
    rule(hk, th, shown="all")
    send(th, snapshot())
    with hk.app.app_context(), reading() as db:
        row = standings.of_alert(db, snapshot().alert_id)
    client = reviewer(hk)
    assert "Take it down" in client.get(f"/federation/waiting/{row.id}").get_data(as_text=True)
    with testing.capture_events() as events:
        client.post(f"/federation/waiting/{row.id}/refuse")
    assert [(e.alert.state, e.alert.headline) for e in events if isinstance(e, RemoteAlertReceived)] == [
        ("cancelled", "")
    ]
    assert send(th, snapshot(2)) == []
    assert (shown(hk), to_look_at(hk)) == ([], [])
    assert client.post(f"/federation/waiting/{row.id}/show").status_code == 409


def test_F15_the_boards_show_it_when_it_is_shown_and_not_before(
    borough: Callable[..., Any], befriend: Any, snapshot: Any, codes: Any
) -> None:
    th = borough(codes.TOWER_HAMLETS)
    hk = borough(codes.HACKNEY, plugins=("federation", "ward_boards"), shows="none")
    befriend(th, hk)
    send(th, snapshot())
    testing.work(hk.app)
    member = hk.app.test_client()
    testing.sign_in(member, testing.make_member(hk.app, ward=codes.HACKNEY_WARD))
    assert "Mopeds" not in member.get("/alerts").get_data(as_text=True)
    (row,) = to_look_at(hk)
    client = reviewer(hk)
    page = client.get(f"/federation/waiting/{row.id}").get_data(as_text=True)
    assert "Search our boards" in page
    assert "Written here about it?" in page
    client.post(f"/federation/waiting/{row.id}/show")
    testing.work(hk.app)
    assert "Mopeds and phones" in member.get("/alerts").get_data(as_text=True)
    page = client.get(f"/alerts/{snapshot().alert_id}").get_data(as_text=True)
    assert f"/federation/waiting/{row.id}" in page
    assert "TLP:GREEN" in page
    assert "Search our boards" in member.get(f"/alerts/{snapshot().alert_id}").get_data(as_text=True)
    client.post(f"/federation/waiting/{row.id}/refuse")
    testing.work(hk.app)
    assert "Mopeds and phones" not in member.get("/alerts").get_data(as_text=True)


def test_F15_the_boards_say_that_nobody_has_looked(
    borough: Callable[..., Any], befriend: Any, snapshot: Any, codes: Any
) -> None:
    th = borough(codes.TOWER_HAMLETS)
    hk = borough(codes.HACKNEY, plugins=("federation", "ward_boards"), shows="none")
    befriend(th, hk)
    send(th, snapshot(urgency="Immediate"))
    with time_machine.travel(now() + timedelta(minutes=16), tick=True):
        testing.work(hk.app)
        member = hk.app.test_client()
        testing.sign_in(member, testing.make_member(hk.app, ward=codes.HACKNEY_WARD))
        for page in ("/alerts", "/", f"/alerts/{snapshot().alert_id}"):
            shown_page = member.get(page).get_data(as_text=True)
            assert "Mopeds and phones" in shown_page
            assert "Not looked at here yet" in shown_page
        reviewer(hk).post(f"/federation/waiting/{to_look_at(hk)[0].id}/show")
        for page in ("/alerts", "/", f"/alerts/{snapshot().alert_id}"):
            assert "Not looked at here yet" not in member.get(page).get_data(as_text=True)


@pytest.mark.parametrize("roles", [(), [("officer", "E05009367")], [("reviewer", None)]])
def test_F15_nobody_else_may_look_or_decide(strict: Any, snapshot: Any, roles: Any) -> None:
    th, hk = strict
    send(th, snapshot())
    (row,) = to_look_at(hk)
    client = reviewer(hk, roles)
    assert client.get("/federation/waiting").status_code == 403
    for path, method in (("", "get"), ("/show", "post"), ("/refuse", "post")):
        answer = getattr(client, method)(f"/federation/waiting/{row.id}{path}")
        assert answer.status_code == 403
        assert "Mopeds" not in answer.get_data(as_text=True)
    assert len(to_look_at(hk)) == 1


def test_F15_of_a_revoked_neighbour_nothing_can_be_shown(strict: Any, snapshot: Any) -> None:
    th, hk = strict
    rule(hk, th, shown="Fire")
    send(th, snapshot())
    (row,) = to_look_at(hk)
    from federation import peers
    from federation.trust.models import Policy, Trust

    with hk.app.app_context(), transaction() as db:
        peers.revoke(db, peers.find(db, "Tower Hamlets"), None, "Stolen.")
        assert (db.query(Trust).all(), db.query(Policy).all()) == ([], [])
    assert reviewer(hk).post(f"/federation/waiting/{row.id}/show").status_code == 404
