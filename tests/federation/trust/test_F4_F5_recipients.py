"""Who gets an alert: named before it is sent, exactly those and nobody else, and looked at again at each send."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import neighbours, testing
from core.database import reading, transaction
from core.events import AlertIssued
from federation import audience, ceremony, peers
from federation.models import Delivery

FORM = {
    "headline": "Mopeds and phones",
    "description": "Two riders take phones near the canal.",
    "event": "robbery",
    "severity": "Moderate",
    "urgency": "Expected",
    "certainty": "Likely",
    "expires_in": "24",
    "areas": ["E05009320"],
}


def recipients(borough: Any, to: str) -> dict[str, tuple[bool, str]]:
    with borough.app.app_context(), reading() as db:
        return {each.name: (each.reached, each.reason) for each in neighbours.alert_recipients(db, to)}


@pytest.fixture
def three(borough: Callable[..., Any], befriend: Any, codes: Any) -> Any:
    """Tower Hamlets with ward boards, Hackney verified, Newham verified."""
    th = borough(codes.TOWER_HAMLETS, plugins=("federation", "ward_boards"))
    hk, newham = borough(codes.HACKNEY), borough(codes.NEWHAM)
    befriend(th, hk)
    befriend(th, newham)
    testing.work(th.app)
    return th, hk, newham


def test_F4_each_neighbour_is_named_with_why_not(three: Any, borough: Any) -> None:
    th, hk, newham = three
    islington = borough("E09000019")
    with th.app.app_context():
        ceremony.propose(islington.url, "", None)
    to_hk = recipients(th, th.peer_id(hk))
    assert to_hk["Hackney"] == (True, "")
    assert to_hk["Newham"] == (False, "It is not among those you have chosen.")
    assert to_hk["Islington"] == (False, "The admins have not compared the words yet.")
    with th.app.app_context(), transaction() as db:
        peers.suspend(db, peers.find(db, "Newham"), None, "Odd.")
    everyone = recipients(th, "all_verified")
    assert everyone["Newham"] == (False, "We have stopped the exchange for now. It is sent when we go on.")
    with th.app.app_context(), transaction() as db:
        peers.revoke(db, peers.find(db, "Newham"), None, "Stolen.")
    assert recipients(th, "all_verified")["Newham"] == (False, "The exchange with it was ended.")
    assert {reached for reached, _reason in recipients(th, "").values()} == {False}


def test_F4_a_floor_that_we_do_not_reach_is_said_before_sending(borough: Any, befriend: Any, codes: Any) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY, floor="id_address")
    befriend(th, hk)
    reached, reason = recipients(th, "all_verified")["Hackney"]
    assert (reached, reason) == (True, "What it asks of us is not known yet. It may wait there until somebody looks.")
    testing.work(th.app)
    reached, reason = recipients(th, "all_verified")["Hackney"]
    assert (reached, reason) == (True, "It waits there until somebody looks: they ask for “ID + address”.")


def test_F4_the_officers_form_offers_four_levels_and_names_who_gets_it(three: Any) -> None:
    th, hk, newham = three
    desk = th.app.test_client()
    testing.sign_in(desk, testing.make_member(th.app, roles=[("officer", "E05009320")]))
    page = desk.get("/alerts/new").get_data(as_text=True)
    for value in ("borough", "chosen", "all_verified", "public"):
        assert f'value="{value}"' in page
    chosen = {**FORM, "audience": "chosen", "peers": [th.peer_id(hk)]}
    page = desk.post("/alerts/new", data={**chosen, "preview": "1"}).get_data(as_text=True)
    assert "Hackney gets it." in page
    assert "Newham does not get it. It is not among those you have chosen." in page
    th.work()
    assert (hk.remote(), newham.remote()) == ([], [])
    place = desk.post("/alerts/new", data=chosen).headers["Location"]
    th.work()
    assert [row[0] for row in hk.remote()] == ["Mopeds and phones"]
    assert newham.remote() == []
    assert "TLP:AMBER" in desk.get(place).get_data(as_text=True)
    change = desk.get(f"{place}/update").get_data(as_text=True)
    assert re.search(rf'value="{th.peer_id(hk)}"[^>]*checked', change)
    assert not re.search(rf'value="{th.peer_id(newham)}"[^>]*checked', change)
    both = {**FORM, "audience": "chosen", "peers": [th.peer_id(hk), th.peer_id(newham)], "revision": "1"}
    assert desk.post(f"{place}/update", data=both).status_code == 303
    th.work()
    assert newham.remote()


def test_F6_chosen_boroughs_without_one_is_refused_with_a_sentence(three: Any) -> None:
    th, hk, _newham = three
    desk = th.app.test_client()
    testing.sign_in(desk, testing.make_member(th.app, roles=[("officer", "E05009320")]))
    answer = desk.post("/alerts/new", data={**FORM, "audience": "chosen"})
    assert answer.status_code == 422
    assert "Tick at least one borough" in answer.get_data(as_text=True)
    th.work()
    assert hk.remote() == []


def test_F5_who_was_left_out_since_gets_no_copy_that_still_waited(pair: Any, snapshot: Any) -> None:
    pair.hk.stop()
    pair.th.issue(snapshot(audience=pair.th.peer_id(pair.hk)))
    pair.th.work()
    pair.th.issue(snapshot(2, audience="borough"))
    pair.hk.restart()
    pair.th.work()
    assert pair.th.deliveries() == [(1, "Create", "dead", "not_meant"), (2, "Delete", "acknowledged", "removed")]
    assert [row[:3] for row in pair.hk.remote()] == [("", 2, "recalled")]  # the tombstone is all that came


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.one_of(
        st.sampled_from(["", "borough", " ", ",", "PUBLIC", "public,x", "all_verified "]), st.text(max_size=40)
    )
)
def test_F6_what_names_nobody_reaches_nobody(pair: Any, snapshot: Any, text: str) -> None:
    own = pair.th.peer_id(pair.hk)
    if text in ("public", "all_verified") or own in text:
        return
    with pair.th.app.app_context(), reading() as db:
        assert audience.peers_in(db, text) == frozenset()
        assert not any(each.reached for each in neighbours.alert_recipients(db, text))
    with pair.th.app.app_context(), transaction() as db:
        assert audience.spread(db, AlertIssued(alert=snapshot(audience=text)).alert, snapshot().sent) == 0
        assert db.scalar(sa.select(sa.func.count()).select_from(Delivery)) == 0
