"""Alerts between real instances: sent, replaced, called back, and none of them lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from core import testing
from core.database import now, reading, transaction
from core.events import PeerBlocked, RemoteAlertReceived
from federation import delivery, leases, queries
from federation.models import Delivery, Peer


def test_F1_an_alert_appears_at_the_neighbour_with_its_origin(pair: Any, snapshot: Any) -> None:
    alert = snapshot()
    with testing.capture_events() as events:
        pair.th.issue(alert)
        pair.th.work()
    assert pair.hk.remote() == [("Mopeds and phones", 1, "active", alert.alert_id)]
    assert pair.th.deliveries() == [(1, "Create", "acknowledged", "accepted")]
    received = [event for event in events if isinstance(event, RemoteAlertReceived)]
    assert [(event.origin_name, event.alert.headline, event.alert.audience) for event in received] == [
        ("Tower Hamlets", "Mopeds and phones", "borough")
    ]
    assert received[0].origin == pair.hk.peer_id(pair.th)
    assert received[0].alert.areas == ("E05009320",)
    assert received[0].alert.expires == alert.expires


def test_F1_the_neighbours_page_shows_it_to_members_and_to_nobody_else(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    visitor, member = pair.hk.app.test_client(), pair.hk.app.test_client()
    testing.sign_in(member, testing.make_member(pair.hk.app))
    assert "Mopeds and phones" not in visitor.get("/federation/alerts").get_data(as_text=True)
    page = member.get("/federation/alerts").get_data(as_text=True)
    assert "Mopeds and phones" in page
    assert "From Tower Hamlets" in page
    assert "Mopeds and phones" in member.get("/").get_data(as_text=True)  # nobody else shows it: the home panel does


def test_an_alert_for_everybody_is_shown_to_visitors_too(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot(audience="public"))
    pair.th.work()
    assert "Mopeds and phones" in pair.hk.app.test_client().get("/federation/alerts").get_data(as_text=True)


def test_F3_a_third_instance_that_is_not_verified_gets_nothing(
    pair: Any, borough: Any, snapshot: Any, codes: Any
) -> None:
    newham = borough(codes.NEWHAM)
    from federation import ceremony

    with newham.app.app_context():
        ceremony.propose(pair.th.url, "", None)
    pair.th.issue(snapshot())
    pair.th.work()
    assert newham.remote() == []
    for path, method, body in (
        ("/outbox", "GET", None),
        ("/digest", "GET", None),
        ("/ping", "POST", {}),
        ("/inbox", "POST", {"items": []}),
    ):
        reply = newham.say(pair.th, path, body, method)
        assert (reply.status, reply.code) == (403, "not_verified")
    plain = pair.th.app.test_client()
    assert plain.get("/fed/v1/outbox").status_code == 401
    assert plain.get("/fed/v1/nothing").status_code == 404
    assert plain.get("/fed/v1/alerts/0123456789abcdef0123456789abcdef").status_code == 404


NOBODY = ("", "borough", "  ", ",,", "0" * 32, "urn:uuid:nobody", "everybody", "ALL_VERIFIED", "public,all_verified")


def test_F6_an_empty_or_unknown_audience_is_nobody(pair: Any, snapshot: Any) -> None:
    for place, audience in enumerate(NOBODY):
        pair.th.issue(snapshot(alert_id=f"{place:032x}", audience=audience))
    pair.th.work()
    assert pair.th.deliveries() == []
    assert pair.hk.remote() == []


def test_F6_only_named_neighbours_get_it(pair: Any, borough: Any, befriend: Any, snapshot: Any, codes: Any) -> None:
    newham = borough(codes.NEWHAM)
    befriend(pair.th, newham)
    pair.th.issue(snapshot(audience=pair.th.peer_id(newham)))
    pair.th.work()
    assert pair.hk.remote() == []
    assert [row[:3] for row in newham.remote()] == [("Mopeds and phones", 1, "active")]


def test_F7_a_copy_goes_no_further(pair: Any, borough: Any, befriend: Any, snapshot: Any, codes: Any) -> None:
    newham = borough(codes.NEWHAM)
    befriend(pair.hk, newham)
    pair.th.issue(snapshot(audience="public"))
    pair.th.work()
    pair.hk.work()
    assert pair.hk.remote()
    assert newham.remote() == []
    copied = pair.th.activity(snapshot(), pair.hk)
    reply = pair.hk.say(newham, "/inbox", copied)
    assert (reply.status, reply.code) == (422, "proof_invalid")


def test_F8_an_update_replaces_and_an_older_one_changes_nothing(pair: Any, snapshot: Any) -> None:
    for revision, words in ((1, "First"), (2, "Second"), (3, "Third")):
        pair.th.issue(snapshot(revision, headline=words))
    pair.th.work()
    assert [row[:2] for row in pair.hk.remote()] == [("Third", 3)]
    late = pair.th.say(pair.hk, "/inbox", pair.th.activity(snapshot(2, headline="Second"), pair.hk, "Update"))
    assert late.payload["items"][0]["outcome"] == "duplicate"
    assert [row[:2] for row in pair.hk.remote()] == [("Third", 3)]


def test_F8_an_update_that_comes_first_is_taken(pair: Any, snapshot: Any) -> None:
    newer = pair.th.activity(snapshot(2, headline="Second"), pair.hk, "Update")
    older = pair.th.activity(snapshot(1, headline="First"), pair.hk)
    assert pair.th.say(pair.hk, "/inbox", newer).payload["items"][0]["outcome"] == "accepted"
    assert pair.th.say(pair.hk, "/inbox", older).payload["items"][0]["outcome"] == "duplicate"
    assert [row[:2] for row in pair.hk.remote()] == [("Second", 2)]


def test_F9_a_cancel_removes_it_and_the_origin_sees_that(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    with testing.capture_events() as events:
        pair.th.issue(snapshot(2, state="cancelled", note="It was a film team."))
        pair.th.work()
    assert [row[1:3] for row in pair.hk.remote()] == [(2, "cancelled")]
    assert pair.th.deliveries()[-1] == (2, "Cancel", "acknowledged", "removed")
    heard = [event.alert for event in events if isinstance(event, RemoteAlertReceived)]
    assert [(alert.state, alert.note) for alert in heard] == [("cancelled", "It was a film team.")]
    member = pair.hk.app.test_client()
    testing.sign_in(member, testing.make_member(pair.hk.app))
    assert "Mopeds" not in member.get("/federation/alerts").get_data(as_text=True)


def test_F9_the_tombstone_wins_whatever_comes_later(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.issue(snapshot(2, state="cancelled"))
    pair.th.work()
    for revision in (1, 3):
        reply = pair.th.say(pair.hk, "/inbox", pair.th.activity(snapshot(revision), pair.hk, "Update"))
        assert reply.payload["items"][0]["outcome"] == "removed"
    assert [row[1:3] for row in pair.hk.remote()] == [(2, "cancelled")]


def test_F9_a_cancel_waits_for_a_neighbour_that_is_off(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    pair.hk.stop()
    pair.th.issue(snapshot(2, state="cancelled"))
    pair.th.work()
    with pair.th.app.app_context(), reading() as db:
        (row,) = queries.travelled(db, snapshot().alert_id)
        assert (row.peer, row.is_removal, row.state) == ("Hackney", True, "pending")
        assert db.scalar(sa.select(Delivery.gives_up_at).where(Delivery.kind == "Cancel")) is None
    officer = pair.th.app.test_client()
    testing.sign_in(officer, testing.make_member(pair.th.app, roles=[("officer", "E05009320")]))
    with pair.th.app.test_request_context():
        from core.contributions import Grant, Slot, Viewer
        from federation import panels

        viewer = Viewer("m", "x", frozenset({Grant("officer", "E05009320")}))
        (panel,) = panels.for_slot(Slot.ALERT, viewer, snapshot().alert_id)
        assert (panel.context["removed"], panel.context["still"]) == (0, ["Hackney"])
        assert panels.for_slot(Slot.ALERT, Viewer(), snapshot().alert_id) == []
    pair.hk.restart()
    pair.th.work()
    assert pair.th.deliveries()[-1] == (2, "Cancel", "acknowledged", "removed")


def test_F10_narrowing_the_audience_takes_the_copy_back(
    pair: Any, borough: Any, befriend: Any, snapshot: Any, codes: Any
) -> None:
    newham = borough(codes.NEWHAM)
    befriend(pair.th, newham)
    pair.th.issue(snapshot())
    pair.th.work()
    assert newham.remote()
    pair.th.issue(snapshot(2, audience=pair.th.peer_id(pair.hk)))
    pair.th.work()
    assert [row[:3] for row in newham.remote()] == [("", 2, "recalled")]
    assert [row[1:3] for row in pair.hk.remote()] == [(2, "active")]
    assert (2, "Delete", "acknowledged", "removed") in pair.th.deliveries()


def test_F11_an_alert_hides_by_itself_when_it_ends(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    pair.th.stop()
    with pair.hk.app.app_context(), reading() as db:
        assert queries.neighbour_alerts(db, now(), everyone=False)
        assert queries.neighbour_alerts(db, now() + timedelta(days=3), everyone=False) == []


def test_F12_nothing_is_lost_and_nothing_comes_twice_when_the_neighbour_was_off(pair: Any, snapshot: Any) -> None:
    pair.hk.stop()
    ids = [f"{place:032x}" for place in range(7)]
    for alert_id in ids:
        pair.th.issue(snapshot(alert_id=alert_id, headline=f"Alert {alert_id[-1]}"))
    pair.th.issue(snapshot(2, alert_id=ids[0], headline="Alert 0, changed"))
    pair.th.work()
    assert {row[2] for row in pair.th.deliveries()} == {"pending"}
    with pair.th.app.app_context(), reading() as db:
        peer = db.scalars(sa.select(Peer)).one()
        assert peer.problem == "unreachable"
        assert peer.failures >= 1
        assert peer.down_since is not None
        assert peer.next_at > peer.down_since
    pair.hk.restart()
    with testing.capture_events() as events:
        pair.th.work()
        pair.th.work()
    assert {row[2:] for row in pair.th.deliveries()} == {("acknowledged", "accepted")}
    heard = [(e.alert.alert_id, e.alert.revision) for e in events if isinstance(e, RemoteAlertReceived)]
    assert heard == [(alert_id, 1) for alert_id in ids] + [(ids[0], 2)]
    assert len(pair.hk.remote()) == 7


def test_F12_a_neighbour_that_comes_back_is_served_without_waiting_for_the_pause(pair: Any, snapshot: Any) -> None:
    pair.hk.stop()
    pair.th.issue(snapshot())
    pair.th.work()
    with pair.th.app.app_context(), transaction() as db:
        db.execute(sa.update(Peer).values(next_at=now() + timedelta(hours=1), failures=9))
    pair.hk.restart()
    from federation import housekeeping

    with pair.hk.app.app_context():
        housekeeping.greet(now())
    pair.th.work(impatient=False)
    assert pair.th.deliveries() == [(1, "Create", "acknowledged", "accepted")]


def test_F12_pauses_double_and_end_at_an_hour() -> None:
    pauses = [delivery.pause_seconds(failures, 30) for failures in range(20)]
    for failures, pause in enumerate(pauses):
        most = min(30 * 2**failures, 3600)
        assert most / 2 <= pause <= most


def test_F12_a_refused_item_is_put_aside_and_the_rest_goes_on(pair: Any, snapshot: Any) -> None:
    bad = snapshot(alert_id="f" * 32, expires=now() + timedelta(days=90))
    pair.th.issue(bad)
    pair.th.issue(snapshot())
    pair.th.work()
    assert pair.th.deliveries() == [(1, "Create", "dead", "bad_field"), (1, "Create", "acknowledged", "accepted")]
    assert [row[0] for row in pair.hk.remote()] == ["Mopeds and phones"]


def test_F12_old_news_is_given_up_but_never_a_cancel(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot(alert_id="a" * 32, audience="public"))
    pair.th.work()
    pair.hk.stop()
    pair.th.issue(snapshot())
    pair.th.issue(snapshot(2, alert_id="a" * 32, state="cancelled"))
    pair.th.work()
    with pair.th.app.app_context(), transaction() as db:
        db.execute(sa.update(Delivery).where(Delivery.kind != "Cancel").values(gives_up_at=now() - timedelta(days=1)))
    pair.hk.restart()
    pair.th.work()
    assert pair.th.deliveries()[1:] == [(1, "Create", "dead", "expired"), (2, "Cancel", "acknowledged", "removed")]


def test_F12_two_senders_never_serve_one_neighbour(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot())
    with pair.th.app.app_context():
        testing.event_log.dispatch()
        peer_id = pair.th.peer_id(pair.hk)
        with transaction() as db:
            first = leases.claim(db, peer_id, now())
        with transaction() as db:
            assert first is not None
            assert leases.claim(db, peer_id, now()) is None
        with transaction() as db:  # its lease ran out, another took over
            second = leases.claim(db, peer_id, now() + leases.LEASE * 2)
        assert second not in (None, first)
        with pytest.raises(leases.LeaseLost), transaction() as db:
            leases.hold(db, peer_id, first, now())


def test_F12_killed_after_sending_it_comes_again_as_a_duplicate(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    with pair.th.app.app_context(), transaction() as db:  # as if the answer had never been written down
        db.execute(sa.update(Delivery).values(state="pending", outcome=None, acknowledged_at=None))
    with testing.capture_events() as events:
        pair.th.work()
    assert pair.th.deliveries() == [(1, "Create", "acknowledged", "duplicate")]
    assert not [event for event in events if isinstance(event, RemoteAlertReceived)]


def test_a_new_neighbour_gets_what_is_still_on_and_meant_for_all(
    pair: Any, borough: Any, befriend: Any, snapshot: Any, codes: Any
) -> None:
    pair.th.issue(snapshot())
    pair.th.issue(snapshot(alert_id="b" * 32, audience=pair.th.peer_id(pair.hk)))
    pair.th.issue(snapshot(alert_id="c" * 32, audience="borough"))
    pair.th.issue(snapshot(alert_id="d" * 32))
    pair.th.issue(snapshot(2, alert_id="d" * 32, state="cancelled"))
    pair.th.work()
    newham = borough(codes.NEWHAM)
    befriend(pair.th, newham)
    pair.th.work()
    assert [row[3] for row in newham.remote()] == [snapshot().alert_id]


def test_outbox_and_digest_show_a_neighbour_its_own_share(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.issue(snapshot(2, headline="Changed"))
    pair.th.issue(snapshot(alert_id="c" * 32, audience="borough"))
    pair.th.work()
    page = pair.hk.say(pair.th, "/outbox", None, "GET").payload
    assert [item["object"]["name"] for item in page["items"]] == ["Changed"]
    assert page["next"] is None
    digest = pair.hk.say(pair.th, "/digest", None, "GET").payload
    assert digest["items"] == [{"alert": snapshot().alert_id, "revision": 2, "kind": "Update"}]
    assert pair.hk.say(pair.th, "/ping", {}).payload["lag_seconds"] == 0


def test_a_revoked_neighbour_is_refused_and_its_alerts_are_blocked(pair: Any, snapshot: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    from federation import ceremony, peers

    with testing.capture_events() as events, pair.hk.app.app_context():
        with transaction() as db:
            peer = peers.find(db, "Tower Hamlets")
            peers.revoke(db, peer, None, "Their key was stolen.")
        pair.th.stop()
        assert ceremony.tell(pair.hk.peer_id(pair.th)).problem  # not reachable now: they learn when they call
    assert [event.origin for event in events if isinstance(event, PeerBlocked)] == [pair.hk.peer_id(pair.th)]
    assert pair.hk.remote() == []
    pair.th.restart()
    reply = pair.th.say(pair.hk, "/inbox", pair.th.activity(snapshot(2), pair.hk))
    assert (reply.status, reply.code) == (403, "peer_revoked")


def test_a_suspended_neighbour_keeps_its_queue_and_goes_on_later(pair: Any, snapshot: Any) -> None:
    from federation import ceremony, peers

    with pair.hk.app.app_context():
        with transaction() as db:
            peers.suspend(db, peers.find(db, "tower hamlets"), None, "Odd alerts.")
        ceremony.tell(pair.hk.peer_id(pair.th))
    reply = pair.th.say(pair.hk, "/ping", {})
    assert (reply.status, reply.code) == (403, "peer_suspended")
    pair.th.issue(snapshot())
    pair.th.work()
    assert pair.th.deliveries() == [(1, "Create", "pending", None)]
    with pair.hk.app.app_context():
        with transaction() as db:
            peers.resume(db, peers.find(db, pair.th.url), None, now())
        ceremony.tell(pair.hk.peer_id(pair.th))
    pair.th.work(impatient=False)
    assert pair.th.deliveries() == [(1, "Create", "acknowledged", "accepted")]


def test_ward_boards_shows_it_beside_its_own(
    borough: Callable[..., Any], befriend: Any, snapshot: Any, codes: Any
) -> None:
    th, hk = borough(codes.TOWER_HAMLETS), borough(codes.HACKNEY, plugins=("federation", "ward_boards"))
    befriend(th, hk)
    th.issue(snapshot())
    th.work()
    testing.work(hk.app)
    member = hk.app.test_client()
    testing.sign_in(member, testing.make_member(hk.app, ward=codes.HACKNEY_WARD))
    page = member.get("/alerts").get_data(as_text=True)
    assert "Mopeds and phones" in page
    assert "Tower Hamlets" in page
