"""Neighbours' alerts: any order, any repetition, the same end; and gone when they must be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from core import event_log
from core.contributions import Viewer
from core.database import now, reading, transaction
from core.events import AlertSnapshot, PeerBlocked, RemoteAlertReceived
from core.testing import make_member, work
from plugins.ward_boards.alerts import publishing, queries, remote
from plugins.ward_boards.alerts.models import Alert, AlertArea

pytestmark = pytest.mark.usefixtures("inside")
HACKNEY = "urn:uuid:7d4a1d3c-0000-4000-8000-000000000001"
NEWHAM = "urn:uuid:7d4a1d3c-0000-4000-8000-000000000002"
SENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def snapshot(revision: int = 1, state: str = "active", **changes: Any) -> AlertSnapshot:
    alert = AlertSnapshot(
        alert_id="b" * 32,
        revision=revision,
        state=state,
        headline=f"Version {revision}",
        description="Thefts around London Fields.",
        instruction="",
        category="Security",
        event="theft-from-the-person",
        severity="Moderate",
        urgency="Expected",
        certainty="Likely",
        areas=("E09000012",) if revision % 2 else ("E09000012", "E05009370"),
        onset=SENT,
        sent=SENT + timedelta(minutes=revision),
        expires=SENT + timedelta(days=2),
        audience="all_verified",
        note="Over." if state == "cancelled" else "",
    )
    return replace(alert, **changes)


def received(alert: AlertSnapshot, origin: str = HACKNEY, at: datetime = SENT) -> RemoteAlertReceived:
    return RemoteAlertReceived(origin=origin, origin_name="Hackney", alert=alert, occurred_at=at)


def take(*events: RemoteAlertReceived | PeerBlocked) -> None:
    for event in events:
        with transaction() as db:
            remote.block(db, event) if isinstance(event, PeerBlocked) else remote.receive(db, event)


def standing() -> list[tuple[Any, ...]]:
    with reading() as db:
        rows = db.execute(
            sa.select(Alert.origin, Alert.alert_id, Alert.revision, Alert.state, Alert.headline, Alert.note)
        ).all()
        areas = db.scalars(sa.select(AlertArea.ward_code).order_by(AlertArea.ward_code)).all()
    return [*(tuple(row) for row in rows), tuple(areas)]


@pytest.fixture
def neighbour(app: Flask, as_viewer: Any) -> Viewer:
    viewer: Viewer = as_viewer(make_member(app, "Neighbour", ward="E05009320"))
    return viewer


def shown(viewer: Viewer) -> list[str]:
    with reading() as db:
        return [row.headline for row in queries.open_alerts(db, viewer, now=now())]


@time_machine.travel(SENT, tick=False)
def test_F8_an_update_replaces_and_an_older_one_is_ignored(app: Flask, neighbour: Viewer) -> None:
    with transaction() as db:
        event_log.append(db, received(snapshot(1)))
    work(app)
    assert shown(neighbour) == ["Version 1"]
    take(received(snapshot(3)), received(snapshot(2)), received(snapshot(3, headline="Forged repeat")))
    assert shown(neighbour) == ["Version 3"]


@time_machine.travel(SENT, tick=False)
def test_F8_a_cancel_hides_it_and_nothing_brings_it_back(app: Flask, neighbour: Viewer) -> None:
    take(received(snapshot(1)), received(snapshot(2, "cancelled")), received(snapshot(9)))
    assert shown(neighbour) == []
    with reading() as db:
        assert queries.past_alerts(db, neighbour, now=now()) == []
        row = queries.one_alert(db, neighbour, "b" * 32, now=now())
    assert row is not None
    assert (row.status, row.note) == ("cancelled", "Over.")


MESSAGES = [(revision, state) for revision in (1, 2, 3, 4) for state in ("active", "cancelled")]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_F8_any_order_and_repetition_ends_the_same(alerts_app: Flask, data: st.DataObject) -> None:
    messages = data.draw(st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=6))
    shuffled = data.draw(st.permutations(messages + data.draw(st.lists(st.sampled_from(messages), max_size=4))))
    ends = []
    with alerts_app.app_context():
        for order in (messages, shuffled):
            with transaction() as db:
                db.execute(sa.delete(Alert))
            take(*(received(snapshot(revision, state)) for revision, state in order))
            ends.append(standing())
    assert ends[0] == ends[1]


def test_F11_a_neighbours_alert_ends_by_our_clock(app: Flask, neighbour: Viewer) -> None:
    with time_machine.travel(SENT, tick=False):
        take(received(snapshot(1)))
        assert shown(neighbour) == ["Version 1"]
    with time_machine.travel(SENT + timedelta(days=2), tick=False):
        assert shown(neighbour) == []


def test_F11_no_neighbour_can_make_an_alert_last_for_ever(app: Flask, neighbour: Viewer) -> None:
    far = SENT + timedelta(days=4000)
    with time_machine.travel(SENT, tick=False):
        take(received(snapshot(1, sent=far, expires=far + timedelta(days=1))))
        assert len(shown(neighbour)) == 1
    with time_machine.travel(SENT + timedelta(days=30, seconds=1), tick=False):
        assert shown(neighbour) == []


@time_machine.travel(SENT, tick=False)
def test_a_blocked_neighbours_alerts_are_not_shown_until_it_is_trusted_again(app: Flask, neighbour: Viewer) -> None:
    later = SENT + timedelta(minutes=5)
    take(received(snapshot(1)), received(snapshot(1, headline="From Newham"), origin=NEWHAM))
    take(PeerBlocked(origin=HACKNEY, occurred_at=SENT + timedelta(minutes=1)))
    assert shown(neighbour) == ["From Newham"]
    take(received(snapshot(2), at=SENT + timedelta(seconds=30)))
    assert shown(neighbour) == ["From Newham"], "a late hand-over of what came before the block stays hidden"
    take(received(snapshot(2), at=later))
    assert set(shown(neighbour)) == {"From Newham", "Version 2"}


@time_machine.travel(SENT, tick=False)
def test_a_recalled_alert_leaves_no_word_behind(app: Flask, neighbour: Viewer) -> None:
    take(received(snapshot(1)), received(snapshot(2)))
    take(received(snapshot(3, "cancelled", headline="", description="", note="")))
    with reading() as db:
        row = queries.one_alert(db, neighbour, "b" * 32, now=now())
        history = queries.history(db, "b" * 32)
    assert row is not None
    assert (row.status, row.description) == ("cancelled", "")
    assert [(message.revision, message.alert.description) for message in history] == [(3, "")]
    assert publishing.cap_file(row, history) is None


def test_neighbours_alerts_are_forgotten_a_month_after_their_end(app: Flask, neighbour: Viewer) -> None:
    take(received(snapshot(1)))
    for days, left in ((31, 1), (33, 0)):
        remote.forget(SENT + timedelta(days=days))
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(Alert)) == left


@time_machine.travel(SENT, tick=False)
def test_equal_ids_of_two_neighbours_are_two_alerts(app: Flask, neighbour: Viewer) -> None:
    take(received(snapshot(1)), received(snapshot(2, "cancelled"), origin=NEWHAM))
    assert shown(neighbour) == ["Version 1"]


@time_machine.travel(SENT, tick=False)
def test_a_neighbour_cannot_speak_as_us_or_take_our_alerts_place(
    app: Flask, neighbour: Viewer, as_viewer: Any, officer: str, draft: Any
) -> None:
    from plugins.ward_boards.alerts import services

    with transaction() as db:
        ours = services.issue(db, as_viewer(officer), draft=draft(), now=now())
    take(received(snapshot(9, "cancelled", alert_id=ours)), received(snapshot(9, alert_id=ours), origin=""))
    assert shown(neighbour) == ["Moped robberies on Roman Road"]


@time_machine.travel(SENT, tick=False)
@pytest.mark.parametrize(
    "changes",
    [
        {"severity": "Apocalyptic", "urgency": "", "certainty": "x" * 400, "category": "Crime"},
        {"headline": "\x00" * 5, "description": "x" * 100_000, "event": "y" * 500, "note": "z" * 900},
        {"areas": ("<script>", "E09000012", "E09000012")},
        {"areas": ()},
    ],
)
def test_odd_words_of_a_neighbour_are_tamed(app: Flask, neighbour: Viewer, changes: dict[str, Any]) -> None:
    take(received(snapshot(1, **changes)))
    with reading() as db:
        (row,) = queries.open_alerts(db, neighbour, now=now())
    assert row.headline
    assert len(row.description) <= 5000
    assert set(row.areas) <= {"E09000012", "E05009370"}


@time_machine.travel(SENT, tick=False)
@pytest.mark.parametrize("changes", [{"alert_id": ""}, {"alert_id": "x" * 201}, {"alert_id": "a b"}, {"revision": 0}])
def test_an_alert_without_usable_id_or_revision_is_left_out(
    app: Flask, neighbour: Viewer, changes: dict[str, Any]
) -> None:
    take(received(snapshot(**changes)))
    assert shown(neighbour) == []
