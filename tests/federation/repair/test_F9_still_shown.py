"""Who sent an alert sees where it is still shown, and how often it was seen elsewhere; members elsewhere say so."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from core import testing
from core.contributions import Grant, Slot, Viewer
from core.database import now, reading, transaction
from federation import panels
from federation.activities import local_id
from federation.models import Peer, RemoteAlert
from federation.repair import sightings
from federation.repair.models import Sighting, SightingsThere

WARD = "E05009367"
OFFICER = Viewer("m", "x", frozenset({Grant("officer", "E05009320")}))


def _member(borough: Any, **how: Any) -> tuple[Any, str]:
    client = borough.app.test_client()
    member_id = testing.make_member(borough.app, **how)
    testing.sign_in(client, member_id)
    return client, member_id


def _press(client: Any, row: str, seen: str = "yes") -> Any:
    data = {"seen": seen, "csrf_token": testing.form_token(client, "/account/change-password")}
    return client.post(f"/federation/alerts/{row}/seen", data=data)


def _row(borough: Any) -> str:
    with borough.app.app_context(), reading() as db:
        return db.scalars(sa.select(RemoteAlert.id)).one()


def _send(borough: Any) -> None:
    with borough.app.app_context():
        sightings.send_all(now())


def _panel(borough: Any, alert_id: str) -> str:
    from flask import render_template

    with borough.app.test_request_context():
        (panel,) = panels.for_slot(Slot.ALERT, OFFICER, alert_id)
        return render_template(panel.template, **panel.context)


def test_F9_the_page_names_where_it_is_still_shown_and_when_they_were_last_heard(
    pair: Any, snapshot: Any, mending: Any
) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    pair.hk.say(pair.th, "/ping", {})
    pair.hk.stop()
    pair.th.issue(snapshot(2, state="cancelled"))
    pair.th.work()
    page = _panel(pair.th, snapshot().alert_id)
    assert "Removed at 0 of 1." in page
    assert "Still shown at 1 of 1." in page
    assert "Hackney: last heard from on" in page
    pair.hk.start()
    pair.th.work()
    page = _panel(pair.th, snapshot().alert_id)
    assert "Removed at 1 of 1." in page
    assert "Still shown" not in page


def test_F9_seen_here_too_counts_each_member_once_and_only_the_number_leaves(
    pair: Any, snapshot: Any, mending: Any
) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    row = _row(pair.hk)
    people = [_member(pair.hk, ward=WARD) for _one in range(2)]
    for client, _member_id in people:
        assert _press(client, row).status_code == 303
        assert _press(client, row).status_code == 303
    assert "Seen here too: 2 of us" in people[0][0].get("/federation/alerts").get_data(as_text=True)
    sent: list[Any] = []
    from federation import calls

    real = calls.call

    def listening(line: Any, method: str, path: str, payload: Any, way: Any) -> Any:
        sent.append((path, payload))
        return real(line, method, path, payload, way)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("federation.calls.call", listening)
        _send(pair.hk)
        _send(pair.hk)
    assert sent == [("/sightings", {"items": [{"alert": snapshot().alert_id, "number": 2}]})]
    assert "Seen in 1 other borough: 2" in _panel(pair.th, snapshot().alert_id)
    with pair.hk.app.app_context(), reading() as db:
        marks = set(db.scalars(sa.select(Sighting.mark)))
    assert not marks & {member_id for _client, member_id in people}


def test_F9_a_changed_number_goes_once_an_hour_and_can_go_down(pair: Any, snapshot: Any, mending: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    row, (client, _id) = _row(pair.hk), _member(pair.hk, ward=WARD)
    _press(client, row)
    _send(pair.hk)
    _press(client, row, "no")
    _send(pair.hk)
    with pair.th.app.app_context(), reading() as db:
        assert sightings.there(db, snapshot().alert_id) == (1, 1), "the hour is not over"
    with time_machine.travel(now() + timedelta(hours=1), tick=True):
        _send(pair.hk)
    with pair.th.app.app_context(), reading() as db:
        assert sightings.there(db, snapshot().alert_id) == (0, 0)


def test_F14_what_a_member_saw_is_exported_and_erased(pair: Any, snapshot: Any, mending: Any) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    row, (client, member_id) = _row(pair.hk), _member(pair.hk, ward=WARD)
    _press(client, row)
    with pair.hk.app.app_context(), transaction() as db:
        assert list(sightings.export(db, member_id).records) == [{"alert": snapshot().alert_id}]
        assert sightings.export(db, "0" * 32).records == []
        assert sightings.erase(db, member_id).deleted == 1
        assert db.scalars(sa.select(Sighting)).all() == []


def test_F9_who_may_not_say_it_is_told_so_and_what_is_not_shown_is_not_there(
    pair: Any, snapshot: Any, mending: Any
) -> None:
    pair.th.issue(snapshot())
    pair.th.work()
    row = _row(pair.hk)
    plain, _id = _member(pair.hk)
    allowed, _id = _member(pair.hk, ward=WARD)
    assert _press(plain, row).status_code == 403
    assert "Seen here too" not in plain.get("/federation/alerts").get_data(as_text=True)
    with pair.hk.app.app_context(), transaction() as db:
        db.execute(sa.update(RemoteAlert).values(state="cancelled"))
    assert _press(allowed, row).status_code == 404
    with pair.hk.app.app_context(), reading() as db:
        assert db.scalars(sa.select(Sighting)).all() == []


def test_F9_numbers_are_taken_only_for_what_the_neighbour_was_sent(pair: Any, snapshot: Any, mending: Any) -> None:
    mending.issue(pair.th, snapshot())
    known = snapshot().alert_id
    items = [{"alert": known, "number": 7}, {"alert": "f" * 32, "number": 9}]
    assert pair.hk.say(pair.th, "/sightings", {"items": items}).payload == {"kept": 1}
    for bad in ([], [{"alert": known, "number": 1000}], [{"alert": known, "number": True}], [7], "x", None):
        assert pair.hk.say(pair.th, "/sightings", {"items": bad}).status == 422
    with pair.th.app.app_context(), reading() as db:
        assert [row.number for row in db.scalars(sa.select(SightingsThere))] == [7]
        peer = db.scalars(sa.select(Peer)).one()
        assert local_id(peer.instance_id, known)
