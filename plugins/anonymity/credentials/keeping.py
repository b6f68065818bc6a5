"""Where a member's voices are kept: their choice, and the vault that only their card opens."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.anonymity.credentials.models import BLOB_BYTES, KEEPS, Issuance, VoiceChoice, VoiceVault
from plugins.anonymity.credentials.queries import blob_of, keep_of
from plugins.anonymity.credentials.wire import to_text


class WrongSize(ValueError):
    """What is put into the vault has one size, so that its size says nothing."""


def put(db: Session, member_id: str, blob: bytes) -> None:
    """Keep what the browser sealed in place of what was there.

    Raises:
        WrongSize: not exactly 8,192 bytes.
    """
    if len(blob) != BLOB_BYTES:
        raise WrongSize(f"expected {BLOB_BYTES} bytes")
    db.merge(VoiceVault(member_id=member_id, blob=blob))


def empty(db: Session, member_id: str) -> None:
    """Delete what is in the vault, if anything is."""
    db.execute(sa.delete(VoiceVault).where(VoiceVault.member_id == member_id))


def choose(db: Session, member_id: str, keep: str) -> None:
    """Keep where the voices are to be kept. Only the card opens a vault, so nobody's is emptied by this."""
    if keep not in KEEPS:
        raise ValueError(keep)
    db.merge(VoiceChoice(member_id=member_id, keep=keep))


def records(db: Session, member_id: str) -> list[dict[str, str]]:
    """Return all that is held here on a member, for their own eyes."""
    found = [{"kind": "where voices are kept", "keep": keep_of(db, member_id)}]
    mine = sa.select(Issuance.epoch, Issuance.scope).where(Issuance.member_id == member_id)
    rows = db.execute(mine.order_by(Issuance.epoch, Issuance.scope))
    found += [{"kind": "voice for a coming week", "epoch": row.epoch, "scope": row.scope} for row in rows]
    blob = blob_of(db, member_id)
    if blob is not None:
        found.append({"kind": "vault, sealed under your card", "blob": to_text(blob)})
    return found


def erase(db: Session, member_id: str) -> int:
    """Delete all that is held here on a member; return how many rows. Counts of voices stay."""
    gone = 0
    for table in (Issuance, VoiceVault, VoiceChoice):
        result = db.execute(sa.delete(table).where(table.member_id == member_id))
        gone += int(result.rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE
    return gone
