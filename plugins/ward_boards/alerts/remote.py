"""Neighbours' alerts: kept beside our own, whichever order their messages arrive in.

The one that stands is the greatest by (cancelled, revision): a cancellation is final, a repeated or
older message changes nothing. Events come from verified peers only; federation has checked that.
"""

from __future__ import annotations

import logging
import re

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import new_id
from core.events import PeerBlocked, RemoteAlertReceived
from plugins.ward_boards.alerts import drafting, snapshots
from plugins.ward_boards.alerts.models import OWN, Alert, BlockedOrigin
from plugins.ward_boards.alerts.services import write_areas, write_revision, write_state

log = logging.getLogger(__name__)
LOCAL_ID = re.compile(r"[0-9a-f]{32}")
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
    row.origin_name = drafting.tidy(event.origin_name)[:120]
    write_state(row, alert, received_at=received_at)
    if is_new:
        db.add(row)
        db.flush()
    write_areas(db, row.id, alert.areas)
    write_revision(db, row, alert, kind=kind)


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
