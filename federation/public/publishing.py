"""From an alert's event to messages for followers: made, changed, taken back, and gone when its time is over.

Only alerts for everybody (TLP:CLEAR). One whose audience was narrowed is deleted at once, and what was
deleted never comes back under the same id: other servers would not believe it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import jobs
from core.database import after_commit
from core.events import AlertSnapshot
from federation import audience
from federation.activities import written
from federation.public import actor, followers, notes, outbox
from federation.public.models import PublicNote

EVERYBODY = "public"
PATIENCE = timedelta(hours=24)
SHOWN_CANCELLED = timedelta(hours=24)


def on_alert(db: Session, alert: AlertSnapshot, at: datetime) -> None:
    """Do what a new revision of an own alert asks for, in the event's transaction."""
    known = db.get(PublicNote, alert.alert_id)
    is_public = alert.audience == EVERYBODY
    if known is None:
        if is_public and alert.state == "active" and alert.expires > at and actor.is_on():
            _create(db, alert, at)
        return
    if known.state == "gone" or known.revision >= alert.revision:
        return
    if not is_public:
        _delete(db, known, at)
    elif known.state != "cancelled":
        _replace(db, known, alert, at)


def _create(db: Session, alert: AlertSnapshot, at: datetime) -> None:
    row = PublicNote(alert_id=alert.alert_id, published_at=alert.sent, **_columns(alert, at))
    db.add(row)
    _send(db, alert, "Create", row, at)


def _replace(db: Session, row: PublicNote, alert: AlertSnapshot, at: datetime) -> None:
    for name, value in _columns(alert, at).items():
        setattr(row, name, value)
    _send(db, alert, "Cancel" if alert.state == "cancelled" else "Update", row, at)


def _columns(alert: AlertSnapshot, at: datetime) -> dict[str, object]:
    ends_at = at + SHOWN_CANCELLED if alert.state == "cancelled" else alert.expires
    return {
        "revision": alert.revision,
        "state": alert.state,
        "snapshot": audience.packed(alert),
        "ends_at": ends_at,
    }


def _send(db: Session, alert: AlertSnapshot, kind: str, row: PublicNote, at: datetime) -> None:
    db.flush()
    activity = notes.activity(kind, alert, published=written(row.published_at), at=written(alert.sent))
    message = outbox.add(db, activity, kind, alert.alert_id, at)
    targets, gives_up_at = followers.inboxes(db), alert.expires + PATIENCE
    if kind == "Cancel":
        # Also who has stopped following since may still show it.
        targets, gives_up_at = {**outbox.holders(db, alert.alert_id), **targets}, at + timedelta(days=30)
    if outbox.queue(db, message, targets, gives_up_at):
        after_commit(db, lambda: jobs.make_due(followers.JOB))


def _delete(db: Session, row: PublicNote, at: datetime) -> None:
    """Leave a tombstone: no text stays in our tables, and everybody who may hold a copy is told."""
    alert = audience.unpacked(row.snapshot)
    targets = {**outbox.holders(db, row.alert_id), **followers.inboxes(db)}
    outbox.forget(db, row.alert_id)
    activity = notes.activity("Delete", alert, published="", at=written(at))
    message = outbox.add(db, activity, "Delete", row.alert_id, at)
    row.state, row.snapshot, row.ends_at = "gone", "", at
    if outbox.queue(db, message, targets, None):
        after_commit(db, lambda: jobs.make_due(followers.JOB))


def end_what_is_over(db: Session, at: datetime) -> None:
    """Delete notes that expired, and those that were cancelled a day ago."""
    over = sa.select(PublicNote).where(PublicNote.state != "gone", PublicNote.ends_at <= at)
    for row in db.scalars(over):
        _delete(db, row, at)


def next_end_at(db: Session) -> datetime | None:
    """Return when the next note is over; None when there is none."""
    return db.scalar(sa.select(sa.func.min(PublicNote.ends_at)).where(PublicNote.state != "gone"))


def read(db: Session, alert_id: str) -> tuple[dict[str, object], bool] | None:
    """Return a public alert as AS2 with its proof, and whether it is there still; its tombstone when it is not.

    None when there is no such public alert.
    """
    row = db.get(PublicNote, alert_id)
    if row is None:
        return None
    if row.state == "gone":
        return {"@context": actor.AS2_CONTEXT, **notes.tombstone(alert_id, written(row.ends_at))}, False
    alert = audience.unpacked(row.snapshot)
    found = {"@context": notes.CONTEXT, **notes.note(alert, written(row.published_at))}
    return notes.proved(found, written(alert.sent)), True


def forget_old(db: Session, before: datetime) -> None:
    """Delete tombstones, messages and servers without followers that have had their time."""
    old = sa.select(PublicNote.alert_id).where(PublicNote.state == "gone", PublicNote.ends_at < before)
    for alert_id in list(db.scalars(old)):
        outbox.forget(db, alert_id)
        db.execute(sa.delete(PublicNote).where(PublicNote.alert_id == alert_id))
    outbox.forget_answers(db, before)
    followers.forget_empty_hosts(db)
