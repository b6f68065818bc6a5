"""What sending lost is found again: by reading the outbox after an outage, and by comparing each night."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.database import new_id, now, reading, transaction
from core.instance import instance
from federation import digests, inbox
from federation.models import Delivery, Outgoing, Peer, RemoteAlert
from federation.repair import epochs
from federation.repair.models import Cursor


def _ids(count: int) -> list[str]:
    return [f"{place:032x}" for place in range(1, count + 1)]


def test_F12_an_outbox_is_read_page_by_page_and_then_from_where_it_ended(
    pair: Any, snapshot: Any, mending: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("federation.digests.PAGE", 3)
    for alert_id in _ids(7):
        mending.issue(pair.th, snapshot(alert_id=alert_id))
    mending.run(pair.hk)
    assert sorted(mending.held(pair.hk)) == _ids(7)
    first = mending.cursor(pair.hk)
    assert (first.is_due, first.pulled_at is not None) == (False, True)
    page = pair.hk.say(pair.th, f"/outbox?after={first.cursor}", None, "GET").payload
    assert (page["items"], page["next"]) == ([], None)
    mending.issue(pair.th, snapshot(2, alert_id=_ids(1)[0], headline="Changed"))
    page = pair.hk.say(pair.th, f"/outbox?after={first.cursor}", None, "GET").payload
    assert [item["object"]["name"] for item in page["items"]] == ["Changed"]


def test_F12_a_page_ends_before_it_is_too_large_for_the_guarded_door(pair: Any, snapshot: Any, mending: Any) -> None:
    for alert_id in _ids(15):
        mending.issue(pair.th, snapshot(alert_id=alert_id, description="é" * 15_000))
    page = pair.hk.say(pair.th, "/outbox", None, "GET").payload
    assert 0 < len(page["items"]) < 15
    assert page["next"]
    mending.run(pair.hk)
    assert len(mending.held(pair.hk)) == 15


def test_F12_a_cursor_of_somebody_else_or_a_forged_one_means_from_the_start(
    pair: Any, snapshot: Any, mending: Any
) -> None:
    mending.issue(pair.th, snapshot())
    with pair.th.app.app_context(), transaction() as db:
        strange = instance().keys.token(digests.PURPOSE, ["0" * 32, epochs.current(db, now()).epoch, 999])
    for cursor in (strange, "x", "a.b.c"):
        page = pair.hk.say(pair.th, f"/outbox?after={cursor}", None, "GET").payload
        assert len(page["items"]) == 1


def test_F12_after_ten_minutes_of_silence_the_receiver_reads_by_itself(pair: Any, snapshot: Any, mending: Any) -> None:
    mending.run(pair.hk)
    assert not mending.cursor(pair.hk).is_due
    mending.issue(pair.th, snapshot())
    with pair.th.app.app_context(), transaction() as db:  # it was given up while the neighbour was off
        db.execute(sa.update(Delivery).values(state="dead", outcome="not_answered"))
    pair.hk.say(pair.th, "/ping", {})
    pair.th.say(pair.hk, "/ping", {})
    assert not mending.cursor(pair.hk).is_due
    with time_machine.travel(now() + timedelta(minutes=11), tick=True):
        pair.th.say(pair.hk, "/ping", {})
        assert mending.cursor(pair.hk).is_due
        mending.run(pair.hk)
        assert mending.held(pair.hk) == {snapshot().alert_id: (1, "active")}


def test_F12_a_comparison_finds_what_was_lost_here_without_a_trace(pair: Any, snapshot: Any, mending: Any) -> None:
    for alert_id in _ids(3):
        mending.issue(pair.th, snapshot(alert_id=alert_id))
    pair.th.work()
    mending.run(pair.hk)
    mending.lose(pair.hk, RemoteAlert, RemoteAlert.alert_id == _ids(3)[1])
    mending.run(pair.hk)
    assert len(mending.held(pair.hk)) == 2, "it is not night yet"
    mending.anew(pair.hk)
    assert sorted(mending.held(pair.hk)) == _ids(3)


def test_F9_a_comparison_sends_a_recall_again_to_whoever_still_shows_it(pair: Any, snapshot: Any, mending: Any) -> None:
    mending.issue(pair.th, snapshot())
    pair.th.work()
    mending.issue(pair.th, snapshot(2, state="cancelled"))
    with pair.th.app.app_context(), transaction() as db:  # an answer that was not true
        said = {"state": "acknowledged", "outcome": "removed"}
        db.execute(sa.update(Delivery).where(Delivery.kind == "Cancel").values(**said))
    assert mending.held(pair.hk) == {snapshot().alert_id: (1, "active")}
    mending.anew(pair.th)
    assert pair.th.deliveries()[-1][1:3] == ("Cancel", "pending")
    pair.th.work()
    assert mending.held(pair.hk) == {snapshot().alert_id: (2, "cancelled")}
    assert pair.th.deliveries()[-1][1:] == ("Cancel", "acknowledged", "removed")


def test_F12_what_arrived_another_way_is_no_dead_letter_any_more(pair: Any, snapshot: Any, mending: Any) -> None:
    mending.issue(pair.th, snapshot())
    with pair.th.app.app_context(), transaction() as db:
        db.execute(sa.update(Delivery).values(state="dead", outcome="not_answered"))
    mending.run(pair.hk)
    mending.anew(pair.th)
    assert pair.th.deliveries() == [(1, "Create", "acknowledged", "accepted")]


def test_F5_an_outbox_shows_nothing_to_whoever_was_left_out_since(pair: Any, snapshot: Any, mending: Any) -> None:
    mending.issue(pair.th, snapshot())
    with pair.th.app.app_context(), transaction() as db:
        db.execute(sa.update(Outgoing).values(audience=""))
    page = pair.hk.say(pair.th, "/outbox", None, "GET").payload
    assert (page["items"], page["next"]) == ([], None)
    assert pair.hk.say(pair.th, "/digest", None, "GET").payload["items"] == []


@pytest.mark.parametrize("state", ["suspended", "revoked"])
def test_F12_nothing_is_read_from_a_neighbour_that_was_stopped(
    pair: Any, snapshot: Any, mending: Any, state: str
) -> None:
    mending.issue(pair.th, snapshot())
    with pair.hk.app.app_context(), transaction() as db:
        db.execute(sa.update(Peer).values(state=state))
    mending.run(pair.hk)
    assert mending.held(pair.hk) == {}


def test_F12_an_answer_that_is_no_page_changes_nothing(
    pair: Any, mending: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[dict[str, Any]] = [
        {"epoch": "e", "items": {}, "next": None, "head": "x"},
        {"epoch": "e", "items": [], "next": None, "head": "x&after=y"},
        {"epoch": "e", "items": [], "next": 7, "head": "x"},
        {"epoch": "", "items": [], "next": None, "head": "x"},
        {"items": []},
    ]
    for page in pages:
        monkeypatch.setattr("federation.digests.page", lambda _db, _peer, page=page: page)
        mending.run(pair.hk)
        assert (mending.cursor(pair.hk).cursor, mending.cursor(pair.hk).is_due) == ("", True)


Step = st.sampled_from(["change", "change", "cancel", "narrow"])


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(Step, max_size=5), data=st.data())
def test_F8_any_order_with_loss_and_repetition_comes_to_the_same_after_reading(
    pair: Any, snapshot: Any, mending: Any, steps: list[str], data: st.DataObject
) -> None:
    alert_id = new_id()
    messages = _life(pair, mending, _made(snapshot, alert_id, steps))
    some = data.draw(st.lists(st.sampled_from(messages), max_size=8))
    with pair.hk.app.app_context(), transaction() as db:
        peer = db.scalars(sa.select(Peer)).one()
        for message in some:
            outcomes = inbox.receive(db, peer, [message], now())
            assert outcomes[0].outcome != "refused", outcomes
    with pair.hk.app.app_context(), transaction() as db:
        db.execute(sa.update(Cursor).values(cursor="", is_due=True))
    mending.run(pair.hk)
    kind, revision = messages[-1]["type"], messages[-1]["object"]["bw:revision"]
    cancelled = messages[-1]["object"].get("bw:state") == "cancelled"
    expected = "recalled" if kind == "Delete" else "cancelled" if cancelled else "active"
    assert mending.held(pair.hk)[alert_id] == (revision, expected)


def _made(snapshot: Any, alert_id: str, steps: list[str]) -> list[tuple[str, Any]]:
    """The versions of an alert and their kinds; a cancellation and a recall are the end of it."""
    made = [("Create", snapshot(alert_id=alert_id))]
    for revision, step in enumerate(steps, 2):
        changes = {"change": {}, "cancel": {"state": "cancelled"}, "narrow": {"audience": "nobody"}}[step]
        version = snapshot(revision, alert_id=alert_id, headline=f"Version {revision}", **changes)
        made.append(("Delete" if step == "narrow" else "Update", version))
        if step != "change":
            break
    return made


def _life(pair: Any, mending: Any, made: list[tuple[str, Any]]) -> list[dict[str, Any]]:
    """Live through an alert at its origin; return the messages about it, the last one last."""
    mending.issue(pair.th, *(alert for _kind, alert in made))
    return [pair.th.activity(alert, pair.hk, kind) for kind, alert in made]


def test_F12_the_wire_says_what_it_holds_and_no_more(pair: Any, snapshot: Any, mending: Any) -> None:
    mending.issue(pair.th, snapshot())
    pair.th.work()
    held = pair.th.say(pair.hk, "/digest", None, "GET").payload
    assert held["held"] == [{"alert": snapshot().alert_id, "revision": 1, "state": "active"}]
    assert (held["items"], held["held_all"]) == ([], True)
    with pair.hk.app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Cursor)) is not None
