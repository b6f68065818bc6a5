"""Neighbours' alerts: kept beside our own, whichever order their messages arrive in.

The one that stands is the greatest by (cancelled, revision): a cancellation is final, a repeated or
older message changes nothing. Events come from verified peers only; federation has checked that.
"""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import new_id, transaction
from core.events import AlertSnapshot, PeerBlocked, RemoteAlertReceived
from plugins.ward_boards.alerts import drafting, snapshots
from plugins.ward_boards.alerts.models import LOCAL_ID, OWN, Alert, AlertRevision, BlockedOrigin
from plugins.ward_boards.alerts.services import write_areas, write_revision, write_state

log = logging.getLogger(__name__)
KEPT_AFTER_END = timedelta(days=30)
PRINTABLE_ID = re.compile(r"[!-~]{1,200}")


def receive(db: Session, event: RemoteAlertReceived) -> None:
    """Store or replace a neighbour's alert; older and repeated revisions are ignored."""
    if event.origin == OWN or not PRINTABLE_ID.fullmatch(event.alert.alert_id) or event.alert.revision < 1:
        log.warning("a neighbour's alert without a usable id or revision was left out")
        return
    alert = snapshots.tamed(event.alert, received_at=event.occurred_at)
    row = db.scalar(
        sa.select(Alert).where(Alert.origin == event.origin, Alert.alert_id == alert.alert_id).with_for_update()
    )
    if row is not None:
        row.received_at = max(row.received_at, event.occurred_at)
        if (alert.state == "cancelled", alert.revision) <= (row.state == "cancelled", row.revision):
            return
        received_at = row.received_at
    else:
        row = Alert(id=_free_id(db, alert.alert_id), origin=event.origin, alert_id=alert.alert_id)
        received_at = event.occurred_at
    is_new = row not in db
    kind = "cancelled" if alert.state == "cancelled" else "issued" if is_new else "updated"
    if is_recall(event.alert) and not is_new:
        # The origin took its words back: nothing of them stays, in no older version either.
        db.execute(sa.delete(AlertRevision).where(AlertRevision.alert_row == row.id))
    row.origin_name = drafting.tidy(event.origin_name)[:120]
    write_state(row, alert, received_at=received_at)
    if is_new:
        db.add(row)
        db.flush()
    write_areas(db, row.id, alert.areas)
    write_revision(db, row, alert, kind=kind)


def is_recall(alert: AlertSnapshot) -> bool:
    """Whether the origin takes its copy back: a cancellation that brings no text."""
    return alert.state == "cancelled" and not alert.headline and not alert.description


def forget(now: datetime) -> None:
    """Delete neighbours' alerts a month after their end; a replay of one so old shows nothing."""
    with transaction() as db:
        db.execute(sa.delete(Alert).where(Alert.origin != OWN, Alert.expires < now - KEPT_AFTER_END))


def block(db: Session, event: PeerBlocked) -> None:
    """Show nothing any more of what a neighbour has sent until now."""
    row = db.get(BlockedOrigin, event.origin)
    if row is None:
        db.add(BlockedOrigin(origin=event.origin, blocked_at=event.occurred_at))
    else:
        row.blocked_at = max(row.blocked_at, event.occurred_at)


def _free_id(db: Session, wanted: str) -> str:
    # The origin's own id where it can be ours too, so that people can speak of one alert; never one that is taken.
    if LOCAL_ID.fullmatch(wanted) and db.get(Alert, wanted) is None:
        return wanted
    return new_id()
