"""What goes to whom: rows for each neighbour in an alert's audience, written with the event's receipt.

An empty or unknown audience reaches nobody. A neighbour that falls out of the audience gets a recall.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.events import AlertSnapshot
from federation.models import Delivery, Outgoing, Peer

PATIENCE_AFTER_EXPIRY = timedelta(hours=24)
REACHING_ALL = ("all_verified", "public")


@lru_cache(maxsize=1)
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(AlertSnapshot)


def packed(alert: AlertSnapshot) -> str:
    """Return a snapshot as JSON text for a column."""
    return str(_adapter().dump_json(alert).decode())


def unpacked(text: str) -> AlertSnapshot:
    """Return the snapshot behind a column's JSON text."""
    alert: AlertSnapshot = _adapter().validate_json(text)
    return alert


def peers_in(db: Session, audience: str) -> frozenset[str]:
    """Return the ids of verified (or for now suspended) neighbours an audience names; empty means nobody."""
    held = sa.select(Peer.id, Peer.instance_id).where(Peer.state.in_(("verified", "suspended")))
    if audience in REACHING_ALL:
        return frozenset(row.id for row in db.execute(held))
    named = {part.strip() for part in audience.split(",") if part.strip()}
    return frozenset(row.id for row in db.execute(held) if row.id in named or row.instance_id in named)


def spread(db: Session, alert: AlertSnapshot, at: datetime) -> int:
    """Write what each neighbour is to get of this revision; returns how many rows. Older revisions change nothing."""
    newest = db.scalar(sa.select(sa.func.max(Outgoing.revision)).where(Outgoing.alert_id == alert.alert_id))
    if newest is not None and newest >= alert.revision:
        return 0
    before = _holders(db, alert.alert_id)
    wanted = peers_in(db, alert.audience)
    if not before and not wanted and alert.audience not in REACHING_ALL:
        return 0
    _keep(db, alert)
    if alert.state == "cancelled":
        return _queue(db, alert, before, "Cancel", at)
    written = _queue(db, alert, wanted - before, "Create", at)
    written += _queue(db, alert, wanted & before, "Update", at)
    return written + _queue(db, alert, before - wanted, "Delete", at)


def _holders(db: Session, alert_id: str) -> frozenset[str]:
    """Return the neighbours that were sent the alert and not told to drop it: a recall is final."""
    sent = db.execute(sa.select(Delivery.peer_id, Delivery.kind).where(Delivery.alert_id == alert_id)).all()
    recalled = {row.peer_id for row in sent if row.kind == "Delete"}
    return frozenset(row.peer_id for row in sent) - recalled


def offer_current(db: Session, peer: Peer, at: datetime) -> int:
    """Queue for a newly verified neighbour every alert that is still active and meant for all."""
    newest = sa.select(Outgoing.alert_id, sa.func.max(Outgoing.revision).label("revision")).group_by(Outgoing.alert_id)
    latest = newest.subquery()
    rows = db.execute(
        sa.select(Outgoing.snapshot)
        .join(latest, sa.and_(Outgoing.alert_id == latest.c.alert_id, Outgoing.revision == latest.c.revision))
        .where(Outgoing.state == "active", Outgoing.expires_at > at, Outgoing.audience.in_(REACHING_ALL))
    ).all()
    known = set(db.scalars(sa.select(Delivery.alert_id).where(Delivery.peer_id == peer.id)))
    alerts = [alert for alert in (unpacked(row.snapshot) for row in rows) if alert.alert_id not in known]
    return sum(_queue(db, alert, {peer.id}, "Create", at) for alert in alerts)


def _keep(db: Session, alert: AlertSnapshot) -> None:
    db.add(
        Outgoing(
            alert_id=alert.alert_id,
            revision=alert.revision,
            state=alert.state,
            audience=alert.audience,
            expires_at=alert.expires,
            snapshot=packed(alert),
        )
    )
    db.flush()


def _queue(db: Session, alert: AlertSnapshot, peer_ids: Collection[str], kind: str, at: datetime) -> int:
    last = db.scalar(sa.select(sa.func.max(Delivery.sequence))) or 0
    # A cancellation and a recall are tried until they are acknowledged; the rest while it is news.
    gives_up_at = None if kind in ("Cancel", "Delete") else alert.expires + PATIENCE_AFTER_EXPIRY
    db.add_all(
        Delivery(
            peer_id=peer_id,
            alert_id=alert.alert_id,
            revision=alert.revision,
            kind=kind,
            sequence=last + place,
            state="pending",
            created_at=at,
            gives_up_at=gives_up_at,
        )
        for place, peer_id in enumerate(sorted(peer_ids), 1)
    )
    db.flush()
    return len(peer_ids)
