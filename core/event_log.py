"""Facts across walls: appended with the rows they are about, handed to each subscriber after commit.

Each (event, subscriber) pair has a receipt row until the handler's own transaction has committed, in
which the receipt goes too. So a handler runs once per event, or not yet.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import hints
from core.contributions import Subscription
from core.database import after_commit, now, reading, transaction
from core.events import EVENT_TYPES, Event
from core.instance import instance
from core.models import EventRecord, Receipt

log = logging.getLogger(__name__)
LONGEST_WAIT_SECONDS = 3600
WITNESSES: list[Callable[[Event], None]] = []
"""Told of every appended event, at once; for tests (`core.testing.capture_events`)."""


def append(db: Session, event: Event) -> None:
    """Write a fact and a receipt for each of its subscribers; the worker is woken after commit."""
    for witness in WITNESSES:
        witness(event)
    kind = type(event).__name__
    subscribers = [name for name, sub in _subscriptions().items() if sub.event_type.__name__ == kind]
    if not subscribers:
        return
    payload = _adapter(kind).dump_json(event).decode()
    sequence = (db.scalar(sa.select(sa.func.max(EventRecord.sequence))) or 0) + 1
    db.add(EventRecord(id=event.id, kind=kind, payload=payload, sequence=sequence))
    db.flush()
    db.add_all(Receipt(event_id=event.id, subscriber=name, due_at=event.occurred_at) for name in subscribers)
    after_commit(db, hints.wake)


def dispatch(at: datetime | None = None) -> float | None:
    """Hand every due event to its subscribers; return seconds until the next retry, or None when quiet.

    One subscriber's failure holds up nobody else: its receipt waits with growing pauses.
    """
    moment = at or now()
    with reading() as db:
        due = db.execute(
            sa.select(Receipt.event_id, Receipt.subscriber)
            .join(EventRecord, EventRecord.id == Receipt.event_id)
            .where(Receipt.due_at <= moment)
            .order_by(EventRecord.sequence, Receipt.subscriber)
        ).all()
    for event_id, subscriber in due:
        _deliver(event_id, subscriber)
    with transaction() as db:
        db.execute(sa.delete(EventRecord).where(~sa.exists().where(Receipt.event_id == EventRecord.id)))
        next_due = db.scalar(
            sa.select(sa.func.min(Receipt.due_at)).where(Receipt.subscriber.in_(list(_subscriptions())))
        )
    return None if next_due is None else max(1.0, (next_due - now()).total_seconds())


def _deliver(event_id: str, subscriber: str) -> None:
    subscription = _subscriptions().get(subscriber)
    if subscription is None:
        return  # its plugin is off; the receipt stays parked and is dealt with when it is back
    try:
        with transaction() as db:
            gone = sa.delete(Receipt).where(Receipt.event_id == event_id, Receipt.subscriber == subscriber)
            if db.execute(gone).rowcount == 0:  # type: ignore[attr-defined]  # CursorResult of a DELETE
                return
            record = db.get_one(EventRecord, event_id)
            handler: Callable[..., None] = subscription.handler
            handler(db, _adapter(record.kind).validate_json(record.payload))
    except Exception as problem:
        log.exception("subscriber %s failed", subscriber)
        _postpone(event_id, subscriber, problem)


def _postpone(event_id: str, subscriber: str, problem: Exception) -> None:
    with transaction() as db:
        receipt = db.get(Receipt, (event_id, subscriber))
        if receipt is None:
            return
        receipt.attempts += 1
        wait = min(2**receipt.attempts, LONGEST_WAIT_SECONDS)
        receipt.due_at = now() + timedelta(seconds=wait)
        receipt.problem = type(problem).__name__


def _subscriptions() -> dict[str, Subscription]:
    return {f"{plugin}.{sub.name}": sub for plugin, sub in instance().contributions.subscriptions}


@lru_cache(maxsize=64)
def _adapter(kind: str) -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(EVENT_TYPES[kind])


def pending(db: Session) -> list[dict[str, Any]]:
    """Return the receipts that failed at least once, for the operator: no payloads."""
    rows = db.execute(
        sa.select(Receipt.subscriber, EventRecord.kind, Receipt.attempts, Receipt.problem)
        .join(EventRecord, EventRecord.id == Receipt.event_id)
        .where(Receipt.attempts > 0)
        .order_by(Receipt.attempts.desc())
    )
    return [dict(row._mapping) for row in rows]
