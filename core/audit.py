"""The audit chain: what staff did, each entry bound to the one before, actors as keyed hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import now
from core.instance import instance
from core.models import AuditEntry

FIRST = "0" * 64


def record(db: Session, actor_id: str | None, verb: str, subject: str, reason: str = "") -> None:
    """Append an entry in this transaction. `actor_id` None is the system or the command line."""
    last = db.execute(
        sa.select(AuditEntry.sequence, AuditEntry.hash).order_by(AuditEntry.sequence.desc()).limit(1)
    ).one_or_none()
    previous = last.hash if last else FIRST
    entry = AuditEntry(
        sequence=(last.sequence + 1) if last else 1,
        recorded_on=now().date(),
        actor=actor_hash(actor_id),
        verb=verb[:60],
        subject=subject[:120],
        reason=reason[:500],
        previous_hash=previous,
        hash="",
    )
    entry.hash = _hash(entry)
    db.add(entry)
    db.flush()


def actor_hash(actor_id: str | None) -> str:
    """Return how an actor is written in the chain: equal for equal people, and no way back without the key."""
    return "system" if actor_id is None else instance().keys.keyed_hash("audit-actor", actor_id)


def verify(db: Session) -> str | None:
    """Return what is wrong with the chain as a sentence, or None when every link holds."""
    previous, expected = FIRST, 1
    for entry in db.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence)):
        if entry.sequence != expected:
            return f"Entry {expected} is missing."
        if entry.previous_hash != previous or entry.hash != _hash(entry):
            return f"Entry {entry.sequence} of {entry.recorded_on} was changed after it was written."
        previous, expected = entry.hash, expected + 1
    return None


def head(db: Session) -> tuple[int, str] | None:
    """Return number and hash of the newest entry, or None when nothing was recorded yet."""
    newest = sa.select(AuditEntry.sequence, AuditEntry.hash).order_by(AuditEntry.sequence.desc()).limit(1)
    row = db.execute(newest).one_or_none()
    return None if row is None else (row.sequence, row.hash)


def having(db: Session, hashes: Collection[str]) -> frozenset[str]:
    """Return which of these hashes belong to an entry of the chain."""
    return frozenset(db.scalars(sa.select(AuditEntry.hash).where(AuditEntry.hash.in_(hashes))))


def _hash(entry: AuditEntry) -> str:
    parts = (
        str(entry.sequence),
        entry.recorded_on.isoformat(),
        entry.actor,
        entry.verb,
        entry.subject,
        entry.reason,
        entry.previous_hash,
    )
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
