"""Sends what waits for each neighbour: in order, signed at the moment of sending, until it is acknowledged.

The rows are the truth; this may be killed at any point. Trouble with a neighbour pauses that neighbour,
trouble with one item puts that item aside, and neither holds up the others.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app

from core.database import now, reading, transaction
from core.instance import instance
from federation import calls, ceremony, identity, leases, outbound, packets, rotation
from federation.identity import PROTOCOL
from federation.models import Delivery, Peer
from federation.packets import Packet

log = logging.getLogger(__name__)
SENDERS = 8
MOST_PAUSE_SECONDS = 3600
PROBE_SECONDS = 24 * 3600
GOOD_OUTCOMES = ("accepted", "duplicate", "removed")


@dataclass(frozen=True)
class Trouble:
    """Why a neighbour could not be served, and how long to wait (None: growing pauses)."""

    code: str
    wait_seconds: float | None = None


def deliver(at: datetime) -> float | None:
    """Send to every neighbour that is due; return seconds until the next may be tried, None when nothing waits."""
    moment = now()
    active = identity.own_keys().active.thumbprint
    with reading() as db:
        due = leases.due(db, active, moment)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's LocalProxy
    if len(due) == 1:
        _drain_safely(app, due[0])
    elif due:
        with ThreadPoolExecutor(max_workers=min(SENDERS, len(due))) as pool:
            list(pool.map(lambda peer_id: _drain_safely(app, peer_id), due))
    with reading() as db:
        next_at = leases.next_due_at(db, active)
    return None if next_at is None else max(0.5, (next_at - now()).total_seconds())


def _drain_safely(app: Flask, peer_id: str) -> None:
    with app.app_context():
        try:
            drain(peer_id)
        except leases.LeaseLost:
            log.info("another sender took over a neighbour")
        except Exception:
            log.exception("sending to a neighbour failed")
            later = {"next_at": now() + timedelta(seconds=60), "problem": "bug"}
            with transaction() as db:
                db.execute(sa.update(Peer).where(Peer.id == peer_id).values(**later))


def drain(peer_id: str) -> None:
    """Send a neighbour all that waits: notices first, then our new key, then alerts.

    Raises:
        leases.LeaseLost: another sender took over; nothing more was written.
    """
    with transaction() as db:
        token = leases.claim(db, peer_id, now())
    if token is None:
        return
    with calls.transport() as way:
        trouble = _notice(peer_id, way) or _new_key(peer_id, token, way)
        while trouble is None:
            packets_now, peer = _load(peer_id, token)
            if not packets_now or peer.state != "verified" or peer.stopped_by_them:
                break
            trouble = _send(peer, token, packets_now, way)
    with transaction() as db:
        if trouble is not None:
            _note_trouble(db, peer_id, token, trouble)
        leases.release(db, peer_id, token, now())


def _peer(peer_id: str) -> Peer:
    with reading() as db:
        return db.get_one(Peer, peer_id)


def _notice(peer_id: str, way: outbound.Transport) -> Trouble | None:
    peer = _peer(peer_id)
    if peer.notice is None:
        return None
    told = ceremony.send_notice(peer, way)
    return Trouble("notice_not_taken") if told.problem else None


def _new_key(peer_id: str, token: str, way: outbound.Transport) -> Trouble | None:
    """Tell of each key change since the one the neighbour knows, each with the key before it."""
    while True:
        peer, ours = _peer(peer_id), identity.own_keys()
        following = ours.successor(peer.our_thumbprint)
        if peer.state != "verified" or following is None:
            return None
        new, after = following
        line = ceremony.line_to(peer)
        text = rotation.statement(peer.our_thumbprint, new, after)
        try:
            reply = calls.call(line, "POST", "/keys", {"statement": text}, way)
        except outbound.Unreachable:
            return Trouble("unreachable")
        if not reply.is_good:
            return Trouble("key_not_taken", PROBE_SECONDS if reply.status < 500 else None)
        with transaction() as db:
            leases.hold(db, peer_id, token, now(), our_thumbprint=new.thumbprint)


def _load(peer_id: str, token: str) -> tuple[list[Packet], Peer]:
    with transaction() as db:
        leases.hold(db, peer_id, token, now())
        peer = db.get_one(Peer, peer_id)
        items = packets.waiting_items(db, peer_id, now())
        ids = [item.id for item in items]
        db.execute(sa.update(Delivery).where(Delivery.id.in_(ids)).values(attempts=Delivery.attempts + 1))
    key = identity.own_keys().known_as(peer.our_thumbprint)
    return [packets.packed(item, peer.base_url, key) for item in items], peer


def _send(peer: Peer, token: str, wanted: Sequence[Packet], way: outbound.Transport) -> Trouble | None:
    """Send a batch; when the neighbour refuses it as a whole, send its items one by one."""
    trouble, refused = _send_batch(peer, token, wanted, way)
    if not refused:
        return trouble
    if len(wanted) == 1:
        _settle(peer.id, token, [(wanted[0].item.id, "dead", refused)])
        return None
    for packet in wanted:
        trouble = _send(peer, token, [packet], way)
        if trouble is not None:
            return trouble
    return None


def _send_batch(
    peer: Peer, token: str, wanted: Sequence[Packet], way: outbound.Transport
) -> tuple[Trouble | None, str]:
    """Return what is wrong with the neighbour (or None), and why the batch as a whole was refused (or '')."""
    line = ceremony.line_to(peer)
    payload = {"protocol": PROTOCOL, "items": [packet.activity for packet in wanted]}
    try:
        reply = calls.call(line, "POST", "/inbox", payload, way)
        if reply.status == 401:  # once more, with a fresh nonce and time
            reply = calls.call(line, "POST", "/inbox", payload, way)
    except outbound.Unreachable:
        return Trouble("unreachable"), ""
    if reply.is_good:
        _settle(peer.id, token, _answers(wanted, reply.payload))
        return None, ""
    if reply.status in (400, 413, 422):
        return None, _item_code(reply)
    return _trouble_of(reply), ""


def _item_code(reply: calls.Reply) -> str:
    items = reply.payload.get("items")
    if isinstance(items, list) and len(items) == 1 and isinstance(items[0], dict):
        return str(items[0].get("code") or reply.code)[:40]
    return reply.code


def _trouble_of(reply: calls.Reply) -> Trouble:
    if reply.status == 401:
        return Trouble("clock_skew" if reply.code == "clock_skew" else "auth_error")
    if reply.code == "not_verified":
        return Trouble("not_verified")
    if reply.status in (403, 404, 406, 410):
        return Trouble(reply.code, PROBE_SECONDS)
    if reply.retry_after_seconds is not None:
        return Trouble(reply.code, reply.retry_after_seconds)
    return Trouble(reply.code)


def _answers(wanted: Sequence[Packet], payload: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return (delivery id, state, outcome) by what the neighbour says of each item."""
    items = payload.get("items")
    said = {item.get("id"): item for item in items if isinstance(item, dict)} if isinstance(items, list) else {}
    found = []
    for packet in wanted:
        answer = said.get(packet.name, {})
        outcome = answer.get("outcome")
        if outcome in GOOD_OUTCOMES:
            found.append((packet.item.id, "acknowledged", str(outcome)))
        else:
            found.append((packet.item.id, "dead", str(answer.get("code") or "not_answered")[:40]))
    return found


def _settle(peer_id: str, token: str, answers: Sequence[tuple[str, str, str]]) -> None:
    """Write what became of each item, while the lease is ours; the neighbour is well."""
    moment = now()
    with transaction() as db:
        well = {"failures": 0, "problem": None, "down_since": None, "sent_at": moment, "next_at": moment}
        leases.hold(db, peer_id, token, moment, **well)
        for delivery_id, state, outcome in answers:
            acknowledged_at = moment if state == "acknowledged" else None
            db.execute(
                sa.update(Delivery)
                .where(Delivery.id == delivery_id, Delivery.state == "pending")
                .values(state=state, outcome=outcome, acknowledged_at=acknowledged_at)
            )


def _note_trouble(db: Any, peer_id: str, token: str, trouble: Trouble) -> None:
    moment = now()
    peer = db.get_one(Peer, peer_id)
    wait = trouble.wait_seconds
    if wait is None:
        wait = pause_seconds(peer.failures, instance().config.plugin["federation"]["first_pause_seconds"])
    leases.hold(
        db,
        peer_id,
        token,
        moment,
        failures=peer.failures + 1,
        problem=trouble.code,
        down_since=peer.down_since or moment,
        next_at=moment + timedelta(seconds=wait),
    )


def pause_seconds(failures: int, first_seconds: float) -> float:
    """Return how long to wait after this many failures: doubling, at most an hour, never twice the same."""
    most = min(first_seconds * float(2 ** min(failures, 12)), MOST_PAUSE_SECONDS)
    return most * (0.5 + secrets.randbelow(501) / 1000)
