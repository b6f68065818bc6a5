"""Regular work beside sending: greeting neighbours, and forgetting what has had its time."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import jobs
from core.database import after_commit, now, reading, transaction
from federation import calls, ceremony, nonces, outbound
from federation.models import Peer, Refusal, RemoteAlert
from federation.public import publishing
from federation.repair import pulling, suspension
from federation.subscriptions import JOB

KEPT_AFTER_EXPIRY = timedelta(days=31)
KEPT_REFUSALS = timedelta(days=30)
GREETING_SECONDS = 60


def greet(at: datetime) -> None:
    """Ping every verified neighbour: they learn that we are back, and we learn whether they are there."""
    until = now() + timedelta(seconds=GREETING_SECONDS)
    with reading() as db:
        wanted = sa.select(Peer).where(Peer.state == "verified", Peer.stopped_by_them.is_(False))
        known = list(db.scalars(wanted.order_by(sa.func.coalesce(Peer.heard_at, Peer.verified_at))))
    for peer in known:
        if now() > until:
            return  # the others come first next time
        with calls.transport() as way:
            try:
                reply = calls.call(ceremony.line_to(peer), "POST", "/ping", {}, way)
            except outbound.Unreachable:
                continue
        if reply.is_good:
            with transaction() as db:
                heard(db, peer.id, now())
                pulling.want(db, peer.id, epoch=str(reply.payload.get("epoch", "")))


def heard(db: Session, peer_id: str, at: datetime) -> None:
    """Note that a neighbour lives. What waits for it is tried at once; its failures count until that works."""
    peer = db.get_one(Peer, peer_id)
    if peer.heard_at is not None and at - peer.heard_at > pulling.OUTAGE:
        pulling.want(db, peer_id)
    peer.heard_at = at
    if peer.problem is not None and peer.next_at > at:
        peer.next_at = at
        after_commit(db, lambda: jobs.make_due(JOB))


def tidy(at: datetime) -> None:
    """Delete used-up nonces, proposals nobody opened, old refusals, and neighbours' alerts long expired."""
    moment = now()
    with transaction() as db:
        nonces.forget_old(db, moment)
        db.execute(sa.delete(Refusal).where(Refusal.received_at < moment - KEPT_REFUSALS))
        db.execute(sa.delete(RemoteAlert).where(RemoteAlert.expires_at < moment - KEPT_AFTER_EXPIRY))
        suspension.forget_old(db, moment)
        publishing.forget_old(db, moment - KEPT_AFTER_EXPIRY)
        unopened = Peer.state.in_(("proposed", "received"))
        db.execute(sa.delete(Peer).where(unopened, Peer.proposal_ends_at < moment))
