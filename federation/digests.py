"""What a neighbour may compare and fetch again: its share of our alerts, filtered by what it was sent."""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session

from core.instance import instance
from federation import identity, packets
from federation.models import Delivery, Outgoing, Peer

PAGE = 50
PURPOSE = "federation-cursor"
CURSOR_SECONDS = 7 * 24 * 3600


def _rows(db: Session, peer_id: str, after: int, limit: int) -> list[packets.Item]:
    later = sa.select(Delivery.alert_id, sa.func.max(Delivery.sequence).label("sequence"))
    newest = later.where(Delivery.peer_id == peer_id).group_by(Delivery.alert_id).subquery()
    rows = db.execute(
        sa.select(Delivery.id, Delivery.alert_id, Delivery.revision, Delivery.kind, Outgoing.snapshot)
        .join(newest, newest.c.sequence == Delivery.sequence)
        .join(Outgoing, sa.and_(Outgoing.alert_id == Delivery.alert_id, Outgoing.revision == Delivery.revision))
        .where(Delivery.peer_id == peer_id, Delivery.sequence > after)
        .order_by(Delivery.sequence)
        .limit(limit)
    )
    return [packets.Item(*row) for row in rows]


def page(db: Session, peer: Peer) -> dict[str, Any]:
    """Return one page of the caller's outbox with a signed cursor for the next; `next` is None at the end."""
    after, keyring = 0, instance().keys
    cursor = request.args.get("after", "")
    if cursor:
        known = keyring.read_token(PURPOSE, cursor, CURSOR_SECONDS)
        after = int(known[1]) if isinstance(known, list) and known[0] == peer.id else 0
    items = _rows(db, peer.id, after, PAGE)
    key = identity.own_keys().known_as(peer.our_thumbprint)
    activities = [packets.packed(item, peer.base_url, key).activity for item in items]
    cursor_after = None
    if len(items) == PAGE:
        last = db.scalar(sa.select(Delivery.sequence).where(Delivery.id == items[-1].id))
        cursor_after = keyring.token(PURPOSE, [peer.id, last])
    return {"items": activities, "next": cursor_after}


def digest(db: Session, peer: Peer) -> dict[str, Any]:
    """Return the sorted list of (alert id, revision, kind) the caller should hold, and its SHA-256."""
    lines = sorted((item.alert_id, item.revision, item.kind) for item in _rows(db, peer.id, 0, 10_000))
    text = "\n".join(f"{alert_id} {revision} {kind}" for alert_id, revision, kind in lines)
    return {
        "items": [{"alert": alert_id, "revision": revision, "kind": kind} for alert_id, revision, kind in lines],
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
    }
