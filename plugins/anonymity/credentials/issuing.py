"""Giving a member their one voice for a coming week and board, without seeing what is signed.

No row, log line or answer says when it was given. A voice is never given again: a second one would be a second person.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.instance import instance
from plugins.anonymity.credentials import blind_rsa, epochs, keys, policy, queries
from plugins.anonymity.credentials.models import EpochKey, Issuance
from plugins.anonymity.credentials.wire import to_text


class NotOffered(Exception):
    """The week or the board is not one that this member can have a voice for."""


class TooLate(Exception):
    """The week has begun; its key is gone."""


class AlreadyIssued(Exception):
    """The member has a voice for this week already, made from another blinded value."""


@dataclass(frozen=True)
class Wanted:
    """What a member's browser asks to be signed."""

    epoch: str
    scope: str
    blinded: bytes


def issue(db: Session, member_id: str, wanted: Wanted, at: datetime) -> bytes:
    """Return the blind signature; the same blinded value again gets the same one.

    Raises:
        NotOffered, TooLate, AlreadyIssued: as they say.
        blind_rsa.OutOfRange: the value is not one that was blinded for this key.
        keys.KeyGone, blind_rsa.NoBackend, blind_rsa.SigningFailed: the server cannot sign; nothing was written.
    """
    key = _key(db, member_id, wanted, at)
    mark = instance().keys.keyed_hash("anonymity.blinded", wanted.epoch, wanted.scope, to_text(wanted.blinded))
    theirs = sa.select(Issuance).where(Issuance.epoch == wanted.epoch, Issuance.member_id == member_id)
    held = {row.scope: row.blinded_hash for row in db.scalars(theirs)}
    if held.get(wanted.scope, mark) != mark:
        raise AlreadyIssued
    borough = instance().config.borough
    if wanted.scope != borough and held.keys() - {borough, wanted.scope}:
        raise AlreadyIssued  # they moved; the other ward has their voice for this week
    signature = blind_rsa.blind_sign(keys.private_of(key), wanted.blinded)
    if wanted.scope not in held:
        db.add(Issuance(epoch=wanted.epoch, scope=wanted.scope, member_id=member_id, blinded_hash=mark))
        key.issued += 1
        db.flush()
    return signature


def _key(db: Session, member_id: str, wanted: Wanted, at: datetime) -> EpochKey:
    try:
        begins = epochs.begins_at(wanted.epoch)
    except ValueError:
        raise NotOffered from None
    if begins <= at:
        raise TooLate
    if wanted.epoch not in epochs.coming(at, policy.WEEKS_AHEAD):
        raise NotOffered
    if wanted.scope not in queries.scopes_of(db, member_id, wanted.epoch, at.date()):
        raise NotOffered
    key = db.get(EpochKey, (wanted.epoch, wanted.scope))
    if key is None or key.sealed_private is None:
        raise NotOffered
    return key
