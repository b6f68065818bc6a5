"""Facts across walls: once each, after commit, one subscriber's failure its own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import event_log
from core.contributions import Subscription
from core.database import now, reading, transaction
from core.events import AlertIssued, AlertSnapshot, Event, PostPublished
from core.hookspecs import hookimpl
from core.models import EventRecord, Receipt
from core.testing import capture_events, make_app


def listener(handler: Any, kind: type = PostPublished, name: str = "hear") -> Any:
    @hookimpl
    def register_subscriptions() -> list[Subscription]:
        return [Subscription(kind, handler, name)]

    return SimpleNamespace(register_subscriptions=register_subscriptions)


def published() -> PostPublished:
    return PostPublished(post_id="p", thread_id="t", ward_codes=("E05009320",), is_first=True)


def test_a_fact_reaches_each_subscriber_once(tmp_path: Path) -> None:
    heard: list[Event] = []
    app = make_app(
        tmp_path, {"one": listener(lambda db, e: heard.append(e)), "two": listener(lambda db, e: heard.append(e))}
    )
    with app.app_context():
        event = published()
        with transaction() as db:
            event_log.append(db, event)
        assert heard == []
        for _ in range(3):
            event_log.dispatch()
        assert heard == [event, event]
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(EventRecord)) == 0


def test_a_rolled_back_fact_never_happened(tmp_path: Path) -> None:
    heard: list[Event] = []
    app = make_app(tmp_path, {"one": listener(lambda db, e: heard.append(e))})
    with app.app_context():
        with pytest.raises(RuntimeError), transaction() as db:  # noqa: PT012  # the roll-back is the test
            event_log.append(db, published())
            raise RuntimeError
        event_log.dispatch()
    assert heard == []


def test_a_failing_subscriber_holds_up_nobody_and_is_tried_again(tmp_path: Path) -> None:
    heard: list[str] = []
    fails = [True]

    def shaky(db: Session, event: Event) -> None:
        if fails.pop() if fails else False:
            raise ValueError("broken")
        heard.append("shaky")

    app = make_app(tmp_path, {"a": listener(shaky), "b": listener(lambda db, e: heard.append("steady"))})
    with app.app_context():
        with transaction() as db:
            event_log.append(db, published())
        assert event_log.dispatch() is not None
        assert heard == ["steady"]
        with reading() as db:
            assert event_log.pending(db)[0]["problem"] == "ValueError"
        event_log.dispatch(now() + timedelta(hours=1))
        assert heard == ["steady", "shaky"]


def test_receipts_of_a_plugin_that_is_off_wait(tmp_path: Path) -> None:
    heard: list[Event] = []
    app = make_app(tmp_path, {"one": listener(lambda db, e: heard.append(e))})
    with app.app_context(), transaction() as db:
        event_log.append(db, published())
    bare = make_app(tmp_path, {})
    with bare.app_context():
        assert event_log.dispatch() is None
        with reading() as db:
            assert db.scalar(sa.select(sa.func.count()).select_from(Receipt)) == 1
    with app.app_context():
        event_log.dispatch()
    assert len(heard) == 1


def test_a_whole_alert_survives_the_log(tmp_path: Path) -> None:
    heard: list[Any] = []
    moment = now()
    alert = AlertSnapshot(
        alert_id="a", revision=1, state="active", headline="h", description="d", instruction="i", category="Security",
        event="Theft", severity="Minor", urgency="Expected", certainty="Likely", areas=("E05009320",), onset=moment,
        sent=moment, expires=moment + timedelta(days=1), audience="borough",
    )  # fmt: skip
    app = make_app(tmp_path, {"one": listener(lambda db, e: heard.append(e), AlertIssued)})
    with app.app_context(), capture_events() as seen:
        with transaction() as db:
            event_log.append(db, AlertIssued(alert=alert))
        event_log.dispatch()
    assert heard[0].alert == alert
    assert seen == heard
