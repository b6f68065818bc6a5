"""Whose keys papers are sealed to, and the verbs of a key: add, remove. The server opens nothing.

Source: age v1 (C2SP), X25519 recipients, through pyrage.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, crypto
from core.models import Member, RoleGrant
from plugins.verification_docs.keys.models import ReviewerKey
from plugins.verification_docs.reviewers.models import ClosePerson, Vetting

FEWEST_REVIEWERS = 2
"""With one key only, a reviewer who is ill or forgets a passphrase would lose every open case."""


class TooFewReviewers(Exception):
    """Fewer than two reviewers could open a paper, so none may be taken in."""


class KeyRefused(ValueError):
    """The public key is no age recipient, or another reviewer's."""


@dataclass(frozen=True)
class Sealed:
    """A sealed content, and the set of keys it was sealed to."""

    content: bytes
    sealed_to: str


def recipients(db: Session, member_id: str, today: date) -> tuple[str, ...]:
    """Return the public keys that may open what this member sends, in order of the text.

    Those of active reviewers whose vetting holds today; never the member's own, nor that of somebody close to them.
    """
    close = sa.select(ClosePerson.reviewer_id).where(ClosePerson.member_id == member_id)
    return tuple(
        recipient
        for _reviewer_id, recipient in db.execute(
            _with_key(today).where(ReviewerKey.reviewer_id != member_id, ReviewerKey.reviewer_id.not_in(close))
        )
    )


def recipients_of_all(db: Session, member_ids: Collection[str], today: date) -> dict[str, tuple[str, ...]]:
    """Return the same as `recipients` for many members, in two questions."""
    holders = [(reviewer_id, recipient) for reviewer_id, recipient in db.execute(_with_key(today))]
    known = sa.select(ClosePerson.reviewer_id, ClosePerson.member_id).where(ClosePerson.member_id.is_not(None))
    close = {(reviewer_id, member_id) for reviewer_id, member_id in db.execute(known)}
    return {
        member_id: tuple(key for who, key in holders if who != member_id and (who, member_id) not in close)
        for member_id in member_ids
    }


def _with_key(today: date) -> sa.Select[str, str]:
    return (
        sa.select(ReviewerKey.reviewer_id, ReviewerKey.recipient)
        .join(Member, Member.id == ReviewerKey.reviewer_id)
        .join(Vetting, Vetting.reviewer_id == ReviewerKey.reviewer_id)
        .where(Member.active, Vetting.until_on >= today)
        .where(sa.exists().where(RoleGrant.member_id == ReviewerKey.reviewer_id, RoleGrant.role == "reviewer"))
        .order_by(ReviewerKey.recipient)
    )


def is_open(db: Session, member_id: str, today: date) -> bool:
    """Whether a paper of this member could be taken in today."""
    return len(recipients(db, member_id, today)) >= FEWEST_REVIEWERS


def set_id(keys: tuple[str, ...]) -> str:
    """Return the name of a set of keys, equal for equal sets."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()


def seal(content: bytes, keys: tuple[str, ...]) -> Sealed:
    """Encrypt a content to every one of these keys; any one of them opens it.

    Raises:
        TooFewReviewers: there are fewer than two keys.
    """
    if len(keys) < FEWEST_REVIEWERS:
        raise TooFewReviewers
    return Sealed(crypto.seal(content, list(keys)), set_id(keys))


def recipient_of(db: Session, reviewer_id: str) -> str | None:
    """Return a reviewer's public key, if they have one."""
    return db.scalar(sa.select(ReviewerKey.recipient).where(ReviewerKey.reviewer_id == reviewer_id))


def add(db: Session, reviewer_id: str, recipient: str, today: date) -> None:
    """Keep a reviewer's public key in place of an earlier one; nothing happens when it is the same.

    Raises:
        KeyRefused: it is no age recipient, or the key of somebody else.
    """
    try:
        crypto.seal(b"", [recipient])
    except Exception:  # noqa: BLE001 S110 RUF100  # pyrage raises its own kinds for what cannot be read
        raise KeyRefused("not_a_key") from None
    taken = db.scalar(sa.select(ReviewerKey.reviewer_id).where(ReviewerKey.recipient == recipient))
    if taken not in (None, reviewer_id):
        raise KeyRefused("taken")
    if taken == reviewer_id:
        return
    db.execute(sa.delete(ReviewerKey).where(ReviewerKey.reviewer_id == reviewer_id))
    db.add(ReviewerKey(reviewer_id=reviewer_id, recipient=recipient, added_on=today))
    audit.record(db, reviewer_id, "verification_docs.add_key", set_id((recipient,))[:16])
    db.flush()


def remove(db: Session, reviewer_id: str, actor_id: str | None) -> bool:
    """Forget a reviewer's public key; what is open must then be sealed anew. Returns whether there was one."""
    recipient = recipient_of(db, reviewer_id)
    if recipient is None:
        return False
    db.execute(sa.delete(ReviewerKey).where(ReviewerKey.reviewer_id == reviewer_id))
    audit.record(db, actor_id, "verification_docs.remove_key", set_id((recipient,))[:16])
    return True
