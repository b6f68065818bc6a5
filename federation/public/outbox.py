"""What was published, in order, and which inboxes each message still has to reach."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from federation.public.models import PublicActivity, PublicDelivery

PAGE = 20


def add(db: Session, activity: dict[str, Any], kind: str, alert_id: str | None, at: datetime) -> str:
    """Keep a message as it will go out; returns its id in the table. Messages without an alert are not public."""
    last = db.scalar(sa.select(sa.func.max(PublicActivity.sequence))) or 0
    content = json.dumps(activity, ensure_ascii=False)
    row = PublicActivity(alert_id=alert_id, kind=kind, sequence=last + 1, content=content, created_at=at)
    db.add(row)
    db.flush()
    return row.id


def queue(db: Session, activity_id: str, inboxes: Mapping[str, str], gives_up_at: datetime | None) -> int:
    """Write one delivery for each inbox (with the id of its server); returns how many."""
    common = {"activity_id": activity_id, "state": "pending", "attempts": 0, "gives_up_at": gives_up_at}
    rows = [{**common, "inbox": inbox, "host_id": host_id} for inbox, host_id in sorted(inboxes.items())]
    if rows:
        db.execute(sa.insert(PublicDelivery), rows)
    return len(rows)


def holders(db: Session, alert_id: str) -> dict[str, str]:
    """Return the inboxes that may hold a copy of an alert: something about it was sent there, or tried."""
    wanted = (
        sa.select(PublicDelivery.inbox, PublicDelivery.host_id)
        .join(PublicActivity, PublicActivity.id == PublicDelivery.activity_id)
        .where(PublicActivity.alert_id == alert_id, PublicDelivery.attempts > 0)
        .distinct()
    )
    return {row.inbox: row.host_id for row in db.execute(wanted)}


def forget(db: Session, alert_id: str) -> None:
    """Delete all messages about an alert, sent or not."""
    db.execute(sa.delete(PublicActivity).where(PublicActivity.alert_id == alert_id))


def forget_answers(db: Session, before: datetime) -> None:
    """Delete answers to followers that were delivered, refused or are old: each names one account."""
    is_waiting = sa.exists().where(PublicDelivery.activity_id == PublicActivity.id, PublicDelivery.state == "pending")
    is_over = sa.or_(~is_waiting, PublicActivity.created_at < before)
    db.execute(sa.delete(PublicActivity).where(PublicActivity.alert_id.is_(None), is_over))


def total(db: Session) -> int:
    """Return how many public messages there are."""
    return db.scalar(sa.select(sa.func.count()).where(PublicActivity.alert_id.is_not(None))) or 0


def page(db: Session, before: int | None) -> tuple[list[dict[str, Any]], int | None]:
    """Return a page of public messages, newest first, and where the next page begins (None: there is none)."""
    wanted = sa.select(PublicActivity.sequence, PublicActivity.content).where(PublicActivity.alert_id.is_not(None))
    if before is not None:
        wanted = wanted.where(PublicActivity.sequence < before)
    rows = db.execute(wanted.order_by(PublicActivity.sequence.desc()).limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    return [json.loads(row.content) for row in shown], shown[-1].sequence if len(rows) > PAGE else None
