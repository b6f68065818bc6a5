"""Nonces that were used: a message whose bytes come twice is refused, also after a restart."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from federation.http_signatures import Refused, Verified
from federation.models import Nonce

MARGIN = timedelta(seconds=60)


class TooMany(Exception):
    """The neighbour asks more often than agreed."""


def use(db: Session, peer_id: str, verified: Verified, at: datetime, most_a_minute: int) -> None:
    """Keep a nonce in this transaction, with what it brought.

    Raises:
        Refused: `replay`, it was used before.
        TooMany: more than `most_a_minute` signed requests within the last minute.
    """
    if db.get(Nonce, (peer_id, verified.nonce)) is not None:
        raise Refused("replay", "This very message was received before. Sign it again to send it again.")
    recent = sa.select(sa.func.count()).where(Nonce.peer_id == peer_id, Nonce.seen_at > at - timedelta(minutes=1))
    if (db.scalar(recent) or 0) >= most_a_minute:
        raise TooMany
    keep(db, peer_id, verified, at)


def keep(db: Session, peer_id: str, verified: Verified, at: datetime) -> None:
    """Keep a nonce, whatever else becomes of the request.

    Raises:
        Refused: `replay`, it is kept already.
    """
    db.add(Nonce(peer_id=peer_id, nonce=verified.nonce, seen_at=at, expires_at=verified.expires_at + MARGIN))
    try:
        db.flush()
    except IntegrityError:  # two at the same moment, on a database that lets both begin
        raise Refused("replay", "This very message was received before. Sign it again to send it again.") from None


def forget_old(db: Session, at: datetime) -> None:
    """Delete nonces whose signatures have ended; nothing is dropped earlier, however many there are."""
    db.execute(sa.delete(Nonce).where(Nonce.expires_at < at))
