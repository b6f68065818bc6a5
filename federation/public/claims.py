"""What a signature says before its key is asked: which key it names, until when it counts, how to ask.

Common to both ways of signing. Source: acceptance rules as FEDERATION 1.1, with a window of minutes, not hours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from federation.http_signatures import LIFETIME_SECONDS, SKEW_SECONDS, Refused

VerifyingKey = RSAPublicKey | Ed25519PublicKey
LONGEST_KEYID = 500


@dataclass(frozen=True)
class Claim:
    """A signature that holds in everything but its key: whose key it names, and how to ask that key.

    `digest` names this very signature, to know it again until `expires_at`. `check` raises `Refused`.
    """

    keyid: str
    digest: str
    expires_at: datetime
    check: Callable[[VerifyingKey], None]


def keyid_of(keyid: Any) -> str:
    """Return the name of a key, if it is one.

    Raises:
        Refused: `signature_malformed`.
    """
    if not isinstance(keyid, str) or not 0 < len(keyid) <= LONGEST_KEYID:
        raise Refused("signature_malformed", "The signature must name its key.")
    return keyid


def check_window(created: float, moment: datetime) -> datetime:
    """Return until when a signature of that time is accepted.

    Raises:
        Refused: `clock_skew`, it is older than five minutes or more than one minute ahead.
    """
    at = moment.timestamp()
    if not at - LIFETIME_SECONDS <= created <= at + SKEW_SECONDS:
        raise Refused("clock_skew", "The signature's time is too far from ours. Compare the clocks (see Date).")
    return datetime.fromtimestamp(created, tz=UTC) + timedelta(seconds=LIFETIME_SECONDS + SKEW_SECONDS)
