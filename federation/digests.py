"""What a neighbour may compare and fetch again: its share of our alerts, and what we hold of its own."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session

from core.database import now
from core.instance import instance
from federation import identity, packets
from federation.models import Delivery, Outgoing, Peer, RemoteAlert
from federation.repair import epochs

PAGE = 100
LARGEST_PAGE_BYTES = 200 * 1024
"""The guarded door at the other side takes 256 KiB in one answer."""
MOST_LINES = 1000
MOST_ROWS = 100_000
PURPOSE = "federation-cursor"
CURSOR_SECONDS = 60 * 24 * 3600
LISTED_AFTER_EXPIRY = timedelta(days=30)
"""As long as an earlier version, with a later end, could still be shown somewhere (31 days at most)."""


class Listed(NamedTuple):
    """The newest of one alert for one neighbour; `is_meant`, whether the neighbour may still have it."""

    sequence: int
    state: str
    item: packets.Item
    is_meant: bool


def newest(db: Session, peer_id: str, *, after: int = 0, limit: int) -> list[Listed]:
    """Return the newest that each alert came to for a neighbour, in order."""
    later = sa.select(Delivery.alert_id, sa.func.max(Delivery.sequence).label("sequence"))
    last = later.where(Delivery.peer_id == peer_id).group_by(Delivery.alert_id).subquery()
    columns = (Delivery.id, Delivery.alert_id, Delivery.revision, Delivery.kind, Outgoing.snapshot)
    same = sa.and_(Outgoing.alert_id == Delivery.alert_id, Outgoing.revision == Delivery.revision)
    rows = db.execute(
        sa.select(Delivery.sequence, Delivery.state, *columns)
        .join(last, sa.and_(last.c.alert_id == Delivery.alert_id, last.c.sequence == Delivery.sequence))
        .join(Outgoing, same)
        .where(Delivery.peer_id == peer_id, Delivery.sequence > after)
        .where(Outgoing.expires_at > now() - LISTED_AFTER_EXPIRY)
        .where(sa.or_(Delivery.outcome.is_(None), Delivery.outcome.not_in(("expired", "not_meant", "peer_revoked"))))
        .order_by(Delivery.sequence)
        .limit(limit)
    ).all()
    items = [packets.Item(*row[2:]) for row in rows]
    unmeant = packets.unmeant(db, peer_id, items)
    return [Listed(row[0], row[1], item, item.id not in unmeant) for row, item in zip(rows, items, strict=True)]


def page(db: Session, peer: Peer) -> dict[str, Any]:
    """Return one page of the caller's outbox. `next` leads on and is None at the end; `head` is where to begin again.

    A cursor of an earlier life of our database, or of somebody else, means from the start.
    """
    epoch, keyring = epochs.current(db, now()).epoch, instance().keys
    known = keyring.read_token(PURPOSE, request.args.get("after", ""), CURSOR_SECONDS)
    after = int(known[2]) if isinstance(known, list) and len(known) == 3 and known[:2] == [peer.id, epoch] else 0
    key = identity.own_keys().known_as(peer.our_thumbprint)
    activities: list[dict[str, Any]] = []
    rows, size = newest(db, peer.id, after=after, limit=PAGE), 0
    is_all = len(rows) < PAGE
    for row in rows:
        if row.is_meant:
            activity = packets.packed(row.item, peer.base_url, key).activity
            size += len(json.dumps(activity, ensure_ascii=False).encode())
            if activities and size > LARGEST_PAGE_BYTES:
                is_all = False
                break
            activities.append(activity)
        after = row.sequence
    cursor = keyring.token(PURPOSE, [peer.id, epoch, after])
    return {"epoch": epoch, "items": activities, "next": None if is_all else cursor, "head": cursor}


def digest(db: Session, peer: Peer) -> dict[str, Any]:
    """Return the sorted list of (alert id, revision, kind) the caller should hold, its SHA-256, and what we `hold`."""
    meant = [row.item for row in newest(db, peer.id, limit=MOST_ROWS) if row.is_meant]
    lines = sorted((item.alert_id, item.revision, item.kind) for item in meant[-MOST_LINES:])
    text = "\n".join(f"{alert_id} {revision} {kind}" for alert_id, revision, kind in lines)
    held = (RemoteAlert.alert_id, RemoteAlert.revision, RemoteAlert.state)
    theirs = sa.select(*held).where(RemoteAlert.peer_id == peer.id).order_by(RemoteAlert.received_at.desc())
    kept = db.execute(theirs.limit(MOST_LINES + 1)).all()
    return {
        "epoch": epochs.current(db, now()).epoch,
        "items": [{"alert": alert_id, "revision": revision, "kind": kind} for alert_id, revision, kind in lines],
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "held": [{"alert": row.alert_id, "revision": row.revision, "state": row.state} for row in kept[:MOST_LINES]],
        "held_all": len(kept) <= MOST_LINES,
    }
