"""Signatures between the public actor and other servers as RFC 9421 has them, with digests of RFC 9530."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from http_message_signatures import HTTPMessageSigner, InvalidSignature, algorithms

from federation.http_signatures import (
    MOST_COMPONENTS,
    OneKey,
    Refused,
    Request,
    UntimedVerifier,
    component_of,
    dictionary_of,
)
from federation.public.claims import Claim, VerifyingKey, check_window, keyid_of

NEEDED = {"@method", "@target-uri"}
ALGORITHMS: dict[str, tuple[type[Any], Any]] = {
    "rsa-v1_5-sha256": (RSAPublicKey, algorithms.RSA_V1_5_SHA256),
    "rsa-pss-sha512": (RSAPublicKey, algorithms.RSA_PSS_SHA512),
    "ed25519": (Ed25519PublicKey, algorithms.ED25519),
}


def sign(request: Request, key: RSAPrivateKey, keyid: str, moment: datetime) -> None:
    """Add an RFC 9421 signature to a request's headers."""
    covered = ("@method", "@target-uri") if request.body is None else ("@method", "@target-uri", "content-digest")
    HTTPMessageSigner(signature_algorithm=algorithms.RSA_V1_5_SHA256, key_resolver=OneKey(key)).sign(
        request,
        key_id=keyid,
        created=moment,
        label="sig1",
        include_alg=True,
        covered_component_ids=covered,
        body=request.body,
    )


def read(request: Request, headers: Mapping[str, str], moment: datetime) -> Claim:
    """Return what the request's signature claims; header names in small letters, `url` is the configured address.

    Everything that needs no key is checked: exactly one signature, what it covers, its time, the body's digest.

    Raises:
        Refused: `signature_missing`, `signature_malformed`, `signature_incomplete`, `clock_skew` or
            `digest_mismatch`.
    """
    inputs, values = dictionary_of(headers["signature-input"]), dictionary_of(headers.get("signature", ""))
    if len(inputs) != 1 or list(inputs) != list(values):
        raise Refused("signature_malformed", "Exactly one signature is expected.")
    label = next(iter(inputs))
    if not isinstance(inputs[label], tuple) or len(inputs[label]) != 2 or not isinstance(inputs[label][0], list):
        raise Refused("signature_malformed", "The list of covered parts is not one we can read.")
    members, params = inputs[label]
    value = values[label][0] if isinstance(values[label], tuple) else None
    if not isinstance(value, bytes) or not 0 < len(members) <= MOST_COMPONENTS:
        raise Refused("signature_malformed", "The signature is not one we can read.")
    needed = NEEDED if request.body is None else NEEDED | {"content-digest"}
    if not needed <= {component_of(name, its) for name, its in members}:
        raise Refused("signature_incomplete", "The signature must cover method, target-uri and content-digest.")
    expires_at = _times(params, moment)
    if request.body is not None:
        _check_digest(headers.get("content-digest", ""), request.body)
    named = params.get("alg")

    def check(key: VerifyingKey) -> None:
        _verify(request, key, named)

    return Claim(keyid_of(params.get("keyid")), hashlib.sha256(value).hexdigest(), expires_at, check)


def _times(params: Mapping[str, Any], moment: datetime) -> datetime:
    created, expires = params.get("created"), params.get("expires")
    if type(created) is not int or (expires is not None and type(expires) is not int):
        raise Refused("signature_malformed", "The signature must say when it was created.")
    ends = check_window(created, moment)
    if expires is not None and not max(created, moment.timestamp()) <= expires:
        raise Refused("clock_skew", "The signature has ended.")
    return ends


def _check_digest(field: str, body: bytes) -> None:
    found = dictionary_of(field).get("sha-256")
    value = found[0] if isinstance(found, tuple) else None
    if not isinstance(value, bytes) or not hmac.compare_digest(value, hashlib.sha256(body).digest()):
        raise Refused("digest_mismatch", "The body is not the one that was signed, or it has no SHA-256 digest.")


def _verify(request: Request, key: VerifyingKey, named: Any) -> None:
    name = named or ("ed25519" if isinstance(key, Ed25519PublicKey) else "rsa-v1_5-sha256")
    kind, algorithm = ALGORITHMS.get(str(name), (None, algorithms.ED25519))
    if kind is None or not isinstance(key, kind):
        raise Refused("signature_invalid", "The signature does not fit this message.")
    try:
        UntimedVerifier(signature_algorithm=algorithm, key_resolver=OneKey(key)).verify(request, max_age=None)
    except (InvalidSignature, WrongSignature, ValueError, UnicodeError):
        raise Refused("signature_invalid", "The signature does not fit this message.") from None
