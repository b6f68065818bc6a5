"""Reads: which keys there are, whose voice counts where, and what the unlinkable side may know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import now
from core.instance import instance
from core.models import Membership
from plugins.anonymity.credentials import epochs
from plugins.anonymity.credentials.models import EpochKey, Issuance, VoiceChoice, VoiceVault


@dataclass(frozen=True)
class WeekKey:
    """The public key of a week that has begun, and how many voices were issued under it."""

    epoch: str
    scope: str
    spki: bytes
    issued: int


@dataclass(frozen=True)
class Offer:
    """A voice that a member may have, or has already."""

    epoch: str
    scope: str
    spki: bytes
    is_issued: bool


@dataclass(frozen=True)
class KeyState:
    """What an admin may see of one key: counts and its public half, never who."""

    epoch: str
    scope: str
    spki: bytes
    eligible: int
    issued: int
    has_private: bool


def open_weeks(db: Session, epoch: str) -> list[WeekKey]:
    """Return the keys of a week that has begun, by scope; empty while it has not: until then counts still grow."""
    if epochs.begins_at(epoch) > now():
        return []
    key = EpochKey.__table__.c
    wanted = sa.select(key.epoch, key.scope, key.spki, key.issued).where(key.epoch == epoch).order_by(key.scope)
    return [WeekKey(*row) for row in db.execute(wanted)]


def verified_by_ward(db: Session, today: date) -> Counter[str]:
    """Return how many are verified today, by ward."""
    held = Membership.__table__.c
    standing = (held.level == "verified", held.until_on >= today)
    wanted = sa.select(held.ward_code, sa.func.count()).where(*standing).group_by(held.ward_code)
    return Counter({row[0]: row[1] for row in db.execute(wanted)})


def scopes_of(db: Session, member_id: str, epoch: str, today: date) -> tuple[str, ...]:
    """Return the scopes a member's voice counts for in a coming week: the borough's, then the ward's they live in.

    Empty when they are not verified today, or will not be any more when the week begins.
    """
    until = max(today, epochs.begins_at(epoch).date())
    held = Membership.__table__.c
    standing = (held.member_id == member_id, held.level == "verified", held.until_on >= until)
    home = db.scalar(sa.select(held.ward_code).where(*standing))
    return () if home is None else (instance().config.borough, home)


def offers(db: Session, member_id: str, coming: Collection[str], today: date) -> list[Offer]:
    """Return what a member may have in coming weeks, by week, the borough's first."""
    key, issued = EpochKey.__table__.c, Issuance.__table__.c
    theirs = sa.select(issued.epoch, issued.scope).where(issued.member_id == member_id)
    taken = set(db.execute(theirs))
    wanted = sa.select(key.epoch, key.scope, key.spki).where(key.epoch.in_(coming), key.sealed_private.is_not(None))
    there = {(epoch, scope): spki for epoch, scope, spki in db.execute(wanted)}
    return [
        Offer(epoch, scope, there[epoch, scope], (epoch, scope) in taken)
        for epoch in coming
        for scope in scopes_of(db, member_id, epoch, today)
        if (epoch, scope) in there
    ]


def key_states(db: Session) -> list[KeyState]:
    """Return every key that is known, the newest week first, then by scope."""
    key = EpochKey.__table__.c
    has = key.sealed_private.is_not(None)
    wanted = sa.select(key.epoch, key.scope, key.spki, key.eligible, key.issued, has)
    return [KeyState(*row) for row in db.execute(wanted.order_by(key.epoch.desc(), key.scope))]


def overdue(db: Session, epoch: str) -> int:
    """Return how many private keys there are of this week and those before; none should be."""
    late = (EpochKey.epoch <= epoch, EpochKey.sealed_private.is_not(None))
    return db.scalar(sa.select(sa.func.count()).select_from(EpochKey).where(*late)) or 0


def weeks_with_keys(db: Session, coming: Collection[str]) -> set[str]:
    """Return those of the weeks for which keys were made."""
    return set(db.scalars(sa.select(EpochKey.epoch).where(EpochKey.epoch.in_(coming)).distinct()))


def blob_of(db: Session, member_id: str) -> bytes | None:
    """Return what a member's browser sealed, or None."""
    return db.scalar(sa.select(VoiceVault.blob).where(VoiceVault.member_id == member_id))


def keep_of(db: Session, member_id: str) -> str:
    """Return where a member wants voices kept: on the device unless they said otherwise."""
    return db.scalar(sa.select(VoiceChoice.keep).where(VoiceChoice.member_id == member_id)) or "device"
