"""What looks like an attack stops the exchange by itself; what waits, and why, stands on the page about sending."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from core import testing
from core.database import now, reading, transaction
from core.instance import instance
from federation.models import Delivery, Nonce, Peer
from federation.repair.models import Quota

FORGED = "Telephone the other admin"


def _lines(borough: Any) -> dict[str, Any]:
    with borough.app.app_context():
        lines: dict[str, Any] = instance().config.plugin["federation"]
        return lines


def _forge(pair: Any, snapshot: Any, place: int) -> Any:
    activity = pair.th.activity(snapshot(), pair.hk)
    activity["object"]["name"] = f"Forged {place}"
    return pair.th.say(pair.hk, "/inbox", {"items": [activity]})


def test_F13_five_different_forgeries_within_an_hour_stop_the_exchange_and_call_the_admins(
    pair: Any, snapshot: Any, mending: Any
) -> None:
    testing.make_member(pair.hk.app, roles=["admin"])
    for _again in range(6):
        assert _forge(pair, snapshot, 0).status == 200
    assert pair.hk.state_of(pair.th) == "verified", "the same thing six times is a broken server"
    before = len(testing.mails(pair.hk.app))
    for place in range(1, 5):
        _forge(pair, snapshot, place)
    assert pair.hk.state_of(pair.th) == "suspended"
    assert pair.th.say(pair.hk, "/ping", {}).code == "peer_suspended"
    testing.work(pair.hk.app)
    mail = testing.mails(pair.hk.app)[before]
    assert (mail["Subject"], "orge" in mail.as_string()) == ("Please look at your site", False)
    page = _admin(pair.hk).get("/federation/deliveries").get_data(as_text=True)
    assert "Stopped for now." in page
    assert FORGED in page


def test_F13_ten_times_more_questions_than_agreed_stop_the_exchange(pair: Any, mending: Any, monkeypatch: Any) -> None:
    monkeypatch.setitem(_lines(pair.hk), "requests_per_minute", 2)
    answers = [pair.th.say(pair.hk, "/ping", {}) for _one in range(21)]
    assert [answer.status for answer in answers[:3]] == [200, 200, 429]
    assert answers[2].retry_after_seconds == 60
    assert pair.hk.state_of(pair.th) == "suspended"
    with pair.hk.app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Nonce)) == 20


def test_F12_a_quota_of_alerts_calls_the_admins_at_half_holds_news_and_never_a_recall(
    pair: Any, snapshot: Any, mending: Any, monkeypatch: Any
) -> None:
    monkeypatch.setitem(_lines(pair.hk), "alerts_per_day", 3)
    ids = [f"{place:032x}" for place in range(1, 4)]
    pair.th.issue(snapshot(alert_id=ids[0]))
    pair.th.work()
    assert "federation.half_of_quota" not in mending.verbs(pair.hk)[-1:]
    pair.th.issue(snapshot(alert_id=ids[1]))
    pair.th.work()
    assert mending.verbs(pair.hk)[-1] == "federation.half_of_quota"
    page = _admin(pair.hk).get("/federation/deliveries").get_data(as_text=True)
    assert "2 of 3" in page
    assert "That is many." in page
    for place in (2, 3):
        pair.th.issue(snapshot(place, alert_id=ids[0]))
        pair.th.work()
    pair.th.issue(snapshot(4, alert_id=ids[0], state="cancelled"))
    pair.th.work()
    states = {(row[0], row[1]): row[2] for row in pair.th.deliveries()}
    assert states[3, "Update"] == "pending"
    assert states[4, "Cancel"] == "acknowledged"
    assert mending.held(pair.hk)[ids[0]] == (4, "cancelled")
    with pair.hk.app.app_context(), transaction() as db:
        db.execute(sa.update(Quota).values(taken=28))
    pair.th.issue(snapshot(alert_id=ids[2]))
    pair.th.work()
    assert pair.hk.state_of(pair.th) == "suspended"


def test_F12_another_version_is_held_and_not_put_aside(
    pair: Any, snapshot: Any, mending: Any, monkeypatch: Any
) -> None:
    answer = pair.th.say(pair.hk, "/inbox", {"protocol": "boroughwatch-fed-2", "items": []})
    assert (answer.status, answer.code) == (406, "unsupported_version")
    assert answer.payload["supported"] == ["boroughwatch-fed-1"]
    pair.th.issue(snapshot())
    with monkeypatch.context() as patch:  # the sender speaks a later version
        patch.setattr("federation.delivery.PROTOCOL", "boroughwatch-fed-2")
        pair.th.work()
    assert pair.th.deliveries() == [(1, "Create", "pending", None)]
    page = _admin(pair.th).get("/federation/deliveries").get_data(as_text=True)
    assert "runs another version and does not understand ours" in page
    assert "Messages wait until then." in page
    pair.th.work()
    assert pair.th.deliveries() == [(1, "Create", "acknowledged", "accepted")]


def test_F12_the_page_says_how_long_the_oldest_has_waited_and_what_to_do(
    pair: Any, snapshot: Any, mending: Any
) -> None:
    pair.hk.stop()
    pair.th.issue(snapshot())
    pair.th.work()
    with pair.th.app.app_context(), transaction() as db:
        db.execute(sa.update(Delivery).values(created_at=now() - timedelta(hours=5, minutes=1)))
    page = _admin(pair.th).get("/federation/deliveries").get_data(as_text=True)
    assert "the oldest for 5 hours" in page
    assert "does not answer" in page
    assert "Their server may be off. Wait, or telephone the other admin." in page
    pair.hk.start()


def test_F12_a_dead_letter_says_why_and_is_sent_again_at_a_press(pair: Any, snapshot: Any, mending: Any) -> None:
    mending.issue(pair.th, snapshot())
    with pair.th.app.app_context(), transaction() as db:
        db.execute(sa.update(Delivery).values(state="dead", outcome="bad_field"))
    admin = _admin(pair.th)
    page = admin.get("/federation/deliveries").get_data(as_text=True)
    assert "does not understand it" in page
    assert "One of the two sites needs the newest version." in page
    with pair.th.app.app_context(), reading() as db:
        delivery_id = db.scalars(sa.select(Delivery.id)).one()
        assert db.scalars(sa.select(Peer.state)).one() == "verified"
    data = {"delivery": delivery_id, "csrf_token": testing.form_token(admin, "/federation/deliveries")}
    assert admin.post("/federation/deliveries/retry", data=data).status_code == 303
    pair.th.work()
    assert pair.th.deliveries() == [(1, "Create", "acknowledged", "accepted")]


def _admin(borough: Any) -> Any:
    client = borough.app.test_client()
    testing.sign_in(client, testing.make_member(borough.app, roles=["admin"]))
    return client
