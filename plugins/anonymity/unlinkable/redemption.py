"""What every request to the unlinkable side must show: a credential that was signed blind, and a proof by its key.

Nothing is remembered between two requests, so there is no sign-in that could be laid beside another. The form is in
docs/anonymity.md. Source: RFC 9474, 4.4 (verification); RFC 8032 (Ed25519); RFC 4648, 5 (base64url, here without
padding).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.orm import Session

from core import aliases
from plugins.anonymity.credentials import blind_rsa, epochs, policy, wire
from plugins.anonymity.unlinkable import queries
from plugins.anonymity.unlinkable.models import Place, Week

PROOF_CONTEXT = "ccw-anon-proof/1"
REF_CONTEXT = b"ccw-anon-ref/1"
HANDLE_DIGITS = 6
REF_DIGITS = 32
_PK, _PREFIX, _SIG, _PROOF = 32, 32, 256, 64
_LENGTHS = {size: -(-size * 4 // 3) for size in (_PK, _SIG, _PROOF)}
_SIGNS = "[A-Za-z0-9_-]"
_CREDENTIAL = re.compile(
    rf"([0-9]{{4}}-W[0-9]{{2}})\.([A-Z][0-9]{{8}})\.({_SIGNS}{{{_LENGTHS[_PK]}}})"
    rf"\.({_SIGNS}{{{_LENGTHS[_PREFIX]}}})\.({_SIGNS}{{{_LENGTHS[_SIG]}}})",
    re.ASCII,
)
_PROOF_FORM = re.compile(rf"{_SIGNS}{{{_LENGTHS[_PROOF]}}}", re.ASCII)


class NotRedeemed(Exception):
    """The request does not show a voice of this week; the sentence says what to do."""


class NotYetReady(Exception):
    """The keys of the week that has just begun have not come over yet."""


@dataclass(frozen=True)
class Credential:
    """The parts of the header `Anon-Credential`, in its order."""

    epoch: str
    scope: str
    pk: bytes
    prefix: bytes
    sig: bytes


@dataclass(frozen=True)
class Asked:
    """What of a request the proof is about."""

    method: str
    path: str
    body: bytes


@dataclass(frozen=True)
class Voice:
    """Who speaks: a handle for one week and scope, that leads to no member. `issued` is how many such there are."""

    ref: str
    handle: str
    epoch: str
    scope: str
    issued: int
    is_everywhere: bool

    @property
    def one_of(self) -> int:
        """How large the crowd is, rounded down so that no single voice shows in it."""
        return policy.rounded(self.issued)


def parse(header: str) -> Credential | None:
    """Return the parts of a credential, or None when it is not written as this side writes it."""
    found = _CREDENTIAL.fullmatch(header)
    if found is None:
        return None
    try:
        pk, prefix, sig = (wire.from_text(part) for part in found.groups()[2:])
    except wire.NotBase64:
        return None
    return Credential(found[1], found[2], pk, prefix, sig)


def proof_message(asked: Asked) -> bytes:
    """Return what the proof signs."""
    return "|".join((PROOF_CONTEXT, asked.method, asked.path, hashlib.sha256(asked.body).hexdigest())).encode()


def handle_of(pk: bytes) -> str:
    """Return the name that readers see for a voice's public key."""
    return aliases.from_bytes(hashlib.sha256(pk).digest(), digits=HANDLE_DIGITS)


def ref_of(pk: bytes) -> str:
    """Return what stands for a voice in tables."""
    return hashlib.sha256(REF_CONTEXT + b"\0" + pk).hexdigest()[:REF_DIGITS]


def redeem(db: Session, asked: Asked, headers: tuple[str, str], now: datetime) -> Voice:
    """Return whose request it is, by the headers `Anon-Credential` and `Anon-Proof`.

    Raises:
        NotRedeemed: one of them is missing, not of this week, or does not verify.
        NotYetReady: see there.
    """
    shown = parse(headers[0])
    if shown is None:
        raise NotRedeemed("The header Anon-Credential is missing, or is not written as it should be.")
    week = _week(db, shown, now)
    is_signed = blind_rsa.verify(
        week.spki, shown.prefix, epoch=shown.epoch, scope=shown.scope, pk=shown.pk, sig=shown.sig
    )
    if not is_signed:
        raise NotRedeemed("The credential is not one that was issued here for this week.")
    if not _is_proved(shown.pk, headers[1], proof_message(asked)):
        raise NotRedeemed("The header Anon-Proof does not belong to this request and this credential.")
    place = db.get(Place, shown.scope)
    return Voice(
        ref=ref_of(shown.pk),
        handle=handle_of(shown.pk),
        epoch=shown.epoch,
        scope=shown.scope,
        issued=week.issued,
        is_everywhere=place is not None and place.kind == "borough",
    )


def _week(db: Session, shown: Credential, now: datetime) -> Week:
    current = epochs.epoch_of(now)
    if shown.epoch != current:
        raise NotRedeemed("The credential is of another week. Use the one of this week, or wait until its week begins.")
    week = db.get(Week, (shown.epoch, shown.scope))
    if week is not None:
        return week
    if not queries.has_keys(db, current):
        raise NotYetReady(current)
    raise NotRedeemed("No credentials were issued for this place this week.")


def _is_proved(pk: bytes, header: str, message: bytes) -> bool:
    if not _PROOF_FORM.fullmatch(header):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(pk).verify(wire.from_text(header), message)
    except (InvalidSignature, ValueError):
        return False
    return True
