"""The life of a week's key: made four weeks ahead, published, and its private half deleted when the week begins.

Afterwards nobody can make another voice for that week, not even with the server in hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from sqlalchemy.orm import Session

from core import wards
from core.database import after_commit, write_anew
from core.instance import instance
from plugins.anonymity.credentials import blind_rsa, epochs, manifest, policy, queries
from plugins.anonymity.credentials.models import EpochKey, Issuance

KEPT_AFTERWARDS = timedelta(weeks=4)
"""So long an admin sees the public half and the count of a week that is over."""


class KeyGone(Exception):
    """The private half was deleted, or was sealed under another secret."""


@dataclass(frozen=True)
class Missing:
    """A key that has to be made, and how many are verified there today."""

    epoch: str
    scope: str
    eligible: int


def missing(db: Session, at: datetime) -> list[Missing]:
    """Return the keys that coming weeks lack.

    Which scopes a week has is settled once, when its first keys are made: were a ward added later, its crowd would be
    only those who came by since.
    """
    coming = epochs.coming(at, policy.WEEKS_AHEAD)
    lacking = [epoch for epoch in coming if epoch not in queries.weeks_with_keys(db, coming)]
    if not lacking:
        return []
    verified = queries.verified_by_ward(db, at.date())
    boards = {board.code for board in wards.boards() if board.kind == "ward"}
    scopes = {instance().config.borough: verified.total()}
    large = policy.ward_least_members()
    scopes |= {code: count for code, count in sorted(verified.items()) if count >= large and code in boards}
    return [Missing(epoch, scope, eligible) for epoch in lacking for scope, eligible in scopes.items()]


def make(wanted: Iterable[Missing]) -> list[EpochKey]:
    """Return new keys, sealed, not yet written. Takes a tenth of a second for each: not for within a transaction."""
    made = []
    for each in wanted:
        private = blind_rsa.new_key()
        sealed = instance().keys.seal_bytes(_purpose(each.epoch, each.scope), blind_rsa.private_der(private))
        spki = blind_rsa.spki(private)
        row = EpochKey(epoch=each.epoch, scope=each.scope, spki=spki, sealed_private=sealed, issued=0)
        row.eligible = each.eligible
        made.append(row)
    return made


def write(db: Session, made: list[EpochKey]) -> int:
    """Write and publish new keys, but for weeks that another process was quicker with; return how many."""
    there = queries.weeks_with_keys(db, {key.epoch for key in made})
    fresh = [key for key in made if key.epoch not in there]
    db.add_all(fresh)
    db.flush()
    manifest.append(db, fresh, with_counts=False)
    return len(fresh)


def begin(db: Session, at: datetime) -> int:
    """Do what is due when a week begins; return how many private keys were deleted.

    Deletes the private halves and who has a voice, publishes the counts, and forgets weeks long over.
    """
    current = epochs.epoch_of(at)
    begun = sa.select(EpochKey).where(EpochKey.epoch <= current, EpochKey.sealed_private.is_not(None))
    keys = list(db.scalars(begun))
    manifest.append(db, keys, with_counts=True)
    for key in keys:
        key.sealed_private = None
    db.execute(sa.delete(Issuance).where(Issuance.epoch <= current))
    db.execute(sa.delete(EpochKey).where(EpochKey.epoch < epochs.epoch_of(at - KEPT_AFTERWARDS)))
    db.flush()
    if keys:
        after_commit(db, lambda: write_anew(EpochKey.__tablename__, Issuance.__tablename__))
    return len(keys)


def private_of(key: EpochKey) -> RSAPrivateKey:
    """Return the private half.

    Raises:
        KeyGone: it was deleted, or the instance has another secret now.
    """
    if key.sealed_private is None:
        raise KeyGone(key.epoch)
    try:
        der = instance().keys.open_bytes(_purpose(key.epoch, key.scope), key.sealed_private)
    except InvalidTag:
        raise KeyGone(key.epoch) from None
    return blind_rsa.private_from(der)


def _purpose(epoch: str, scope: str) -> str:
    # A key of its own for each: a row's seal does not open in another row.
    return f"anonymity.epoch_key.{epoch}.{scope}"
