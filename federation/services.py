"""Verbs of the admin's pages, commands and API that are not steps of the ceremony."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
from federation.models import Delivery, Peer

FINAL = ("peer_revoked",)


def retry_peer(db: Session, peer: Peer, actor_id: str | None, at: datetime) -> None:
    """Try a neighbour again now, without waiting for the pause to end."""
    peer.next_at = at
    audit.record(db, actor_id, "federation.retried", peer.id, peer.problem or "")


def retry_dead(db: Session, delivery_id: str, actor_id: str | None, at: datetime) -> bool:
    """Send once more what a neighbour refused; False when there is no such delivery or no such neighbour any more."""
    row = db.get(Delivery, delivery_id)
    if row is None or row.state != "dead" or row.outcome in FINAL:
        return False
    newest = db.scalar(
        sa.select(sa.func.max(Delivery.sequence)).where(
            Delivery.peer_id == row.peer_id, Delivery.alert_id == row.alert_id
        )
    )
    row.state, row.outcome = "pending", None
    row.gives_up_at = None if newest == row.sequence else row.gives_up_at
    db.execute(sa.update(Peer).where(Peer.id == row.peer_id).values(next_at=at))
    audit.record(db, actor_id, "federation.retried", row.peer_id, row.kind)
    return True
