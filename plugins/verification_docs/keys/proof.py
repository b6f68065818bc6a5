"""Proof that a reviewer can open what is sealed to the public key they bring, before papers are sealed to it.

Without it a slip of a finger, or somebody else's key, would be found out only when a paper cannot be opened. Nothing
is kept in between: what must be remembered travels in a signed token that holds for ten minutes.
"""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from core import crypto
from core.instance import instance
from plugins.verification_docs.keys import services
from plugins.verification_docs.keys.services import KeyRefused

PURPOSE = "verification_docs.key_proof"
TEN_MINUTES = 600
# X25519 only: of other kinds (passphrases, post-quantum) not every reviewer's program opens what is sealed.
_RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")


@dataclass(frozen=True)
class Challenge:
    """What the reviewer's own program must open, and the token to bring back with what was inside."""

    sealed: bytes
    token: str


def challenge(reviewer_id: str, recipient: str) -> Challenge:
    """Seal a secret to a public key, for the reviewer who brings it.

    Raises:
        KeyRefused: it is no age recipient of the kind we take.
    """
    if not _RECIPIENT.fullmatch(recipient):
        raise KeyRefused("not_a_key")
    secret = secrets.token_hex(32)
    try:
        sealed = crypto.seal(secret.encode(), [recipient])
    except Exception:  # noqa: BLE001 S110 RUF100  # pyrage raises its own kinds for what cannot be read
        raise KeyRefused("not_a_key") from None
    # The token is signed and can be read by anybody: so it holds a keyed hash of the secret, not the secret.
    token = instance().keys.token(PURPOSE, [reviewer_id, recipient, _hash(secret)])
    return Challenge(sealed, token)


def accept(db: Session, reviewer_id: str, token: str, secret: str, today: date) -> str:
    """Keep the public key that the token is about, and return it. Doing it twice changes nothing.

    Raises:
        KeyRefused: the token is forged, too old or another reviewer's, the secret is not what was sealed, or the
            key is somebody else's.
    """
    told = instance().keys.read_token(PURPOSE, token, TEN_MINUTES)
    if told is None or told[0] != reviewer_id:
        raise KeyRefused("too_late")
    recipient = str(told[1])
    if not hmac.compare_digest(_hash(secret), told[2]):
        raise KeyRefused("not_opened")
    services.add(db, reviewer_id, recipient, today)
    return recipient


def _hash(secret: str) -> str:
    return instance().keys.keyed_hash(PURPOSE, secret)
