"""Who is sending to which neighbour: a lease with a fencing token, in the database.

The same statements hold on SQLite and PostgreSQL. A sender that was too slow finds its token replaced,
writes nothing more and stops; what it had sent comes again and is a duplicate at the other side.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import new_id
from federation.models import Delivery, Peer

LEASE = timedelta(seconds=90)


class LeaseLost(Exception):
    """Another sender has taken over."""


def _has_work(active_thumbprint: str) -> Any:
    pending = sa.exists().where(Delivery.peer_id == Peer.id, Delivery.state == "pending")
    exchanging = sa.and_(Peer.state == "verified", Peer.stopped_by_them.is_(False))
    return sa.or_(
        Peer.notice.is_not(None), sa.and_(exchanging, sa.or_(pending, Peer.our_thumbprint != active_thumbprint))
    )


def due(db: Session, active_thumbprint: str, at: datetime) -> list[str]:
    """Return the ids of neighbours that something can be sent to now, longest waiting first."""
    wanted = sa.select(Peer.id).where(_has_work(active_thumbprint), Peer.next_at <= at, Peer.lease_until <= at)
    return list(db.scalars(wanted.order_by(Peer.next_at)))


def next_due_at(db: Session, active_thumbprint: str) -> datetime | None:
    """Return when the next neighbour with work may be tried again; None when nothing waits."""
    return db.scalar(sa.select(sa.func.min(Peer.next_at)).where(_has_work(active_thumbprint)))


def claim(db: Session, peer_id: str, at: datetime, *, of: Any = Peer) -> str | None:
    """Take the lease on a neighbour and return its token; None when somebody else holds it.

    `of` is the table, here and below: `Peer`, or any other with `id`, `next_at`, `lease_until` and `lease_token`.
    """
    token = new_id()
    free = sa.update(of).where(of.id == peer_id, of.next_at <= at, of.lease_until <= at)
    taken = db.execute(free.values(lease_until=at + LEASE, lease_token=token))
    return token if taken.rowcount == 1 else None  # type: ignore[attr-defined]  # CursorResult of an UPDATE


def hold(db: Session, peer_id: str, token: str, at: datetime, *, of: Any = Peer, **values: Any) -> None:
    """Prolong the lease and write `values` to the peer's row; first statement of every later write.

    Raises:
        LeaseLost: the token is no longer ours; the transaction must not commit.
    """
    ours = sa.update(of).where(of.id == peer_id, of.lease_token == token)
    held = db.execute(ours.values(**{"lease_until": at + LEASE, **values}))
    if held.rowcount != 1:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        raise LeaseLost


def release(db: Session, peer_id: str, token: str, at: datetime, *, of: Any = Peer) -> None:
    """Give the lease back; nothing happens when it was lost."""
    ours = sa.update(of).where(of.id == peer_id, of.lease_token == token)
    db.execute(ours.values(lease_until=at, lease_token=None))
