"""The signature profile `boroughwatch-s2s-1`: how two instances prove each message to each other.

Every request and every answer on the private plane carries exactly one signature (RFC 9421, Ed25519)
over method, full address, type and digest of the body (RFC 9530, SHA-256). The key is named by its
thumbprint and looked up among pinned keys; nothing is ever fetched to check a signature.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import http_sf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

TAG = "boroughwatch-s2s-1"
LABEL = "sig1"
LIFETIME_SECONDS = 300
SKEW_SECONDS = 60
MOST_COMPONENTS = 12
LONGEST_FIELD = 4096
BODY_COMPONENTS = ("content-type", "content-digest")
REQUEST_COMPONENTS = ("@method", "@target-uri")
BOUND_TO_REQUEST = f'"signature";key="{LABEL}";req'


class Refused(Exception):
    """A message cannot be trusted. `code` is for machines; it never says which keys are known."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep the code and a sentence for the other side's operator."""
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass
class Request:
    """A request as signed: `url` is built from the configured address, never from the Host header."""

    method: str
    url: str
    headers: MutableMapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass
class Response:
    """An answer as signed, with the request it answers; None when that was not signed."""

    status_code: int
    headers: MutableMapping[str, str]
    body: bytes
    request: Request | None


@dataclass(frozen=True)
class Verified:
    """What a good signature says: the key's thumbprint, the nonce and when the signature ends."""

    keyid: str
    nonce: str
    expires_at: datetime


class OneKey(HTTPSignatureKeyResolver):
    """Knows one key under every name: whose it is was found out before."""

    def __init__(self, key: PrivateKeyTypes | PublicKeyTypes) -> None:
        """Keep the key."""
        self._key = key

    def resolve_private_key(self, key_id: str) -> Any:
        """Return the key."""
        return self._key

    def resolve_public_key(self, key_id: str) -> Any:
        """Return the key."""
        return self._key


class UntimedVerifier(HTTPMessageVerifier):
    """Checks the bytes only; times are checked here, by our own clock and window."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        """Accept: `_check_times` has been asked before."""


_NOBODY = Ed25519PrivateKey.generate().public_key()
"""Stands in for an unknown key, so that an unknown and a wrong key take the same path."""


def _signer(key: Ed25519PrivateKey) -> HTTPMessageSigner:
    return HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=OneKey(key))


def sign_request(request: Request, key: Ed25519PrivateKey, keyid: str, moment: datetime) -> None:
    """Add `Content-Digest`, `Signature-Input` and `Signature` to the request's headers.

    Each call makes a fresh nonce: a message that is sent again is signed again.
    """
    covered = REQUEST_COMPONENTS if request.body is None else REQUEST_COMPONENTS + BODY_COMPONENTS
    _signer(key).sign(
        request,
        key_id=keyid,
        created=moment,
        expires=moment + timedelta(seconds=LIFETIME_SECONDS),
        nonce=secrets.token_urlsafe(16),
        label=LABEL,
        tag=TAG,
        include_alg=False,
        covered_component_ids=covered,
        body=request.body,
    )


def sign_response(response: Response, key: Ed25519PrivateKey, keyid: str, moment: datetime) -> None:
    """Sign an answer, bound to the request's own signature where it had one."""
    covered: tuple[str, ...] = ("@status", *BODY_COMPONENTS)
    if response.request is not None:
        covered += (BOUND_TO_REQUEST,)
    _signer(key).sign(
        response,
        key_id=keyid,
        created=moment,
        expires=moment + timedelta(seconds=LIFETIME_SECONDS),
        nonce=secrets.token_urlsafe(16),
        label=LABEL,
        tag=TAG,
        include_alg=False,
        covered_component_ids=covered,
        body=response.body,
    )


def verify_request(request: Request, find_key: Callable[[str], Ed25519PublicKey | None], moment: datetime) -> Verified:
    """Check a request's signature, times and digest. The nonce is the caller's to keep.

    Raises:
        Refused: `signature_missing`, `signature_malformed`, `signature_incomplete`, `clock_skew`,
            `signature_invalid` (wrong bytes, wrong address or unknown key: all alike) or `digest_mismatch`.
    """
    needed = REQUEST_COMPONENTS if request.body is None else REQUEST_COMPONENTS + BODY_COMPONENTS
    return _verify(request, needed, find_key, moment)


def verify_response(
    response: Response, find_key: Callable[[str], Ed25519PublicKey | None], moment: datetime
) -> Verified:
    """Check an answer's signature and that it answers this very request.

    Raises:
        Refused: as `verify_request`.
    """
    needed: tuple[str, ...] = ("@status", *BODY_COMPONENTS)
    if response.request is not None:
        needed += (BOUND_TO_REQUEST,)
    return _verify(response, needed, find_key, moment)


def _verify(
    message: Request | Response,
    needed: tuple[str, ...],
    find_key: Callable[[str], Ed25519PublicKey | None],
    moment: datetime,
) -> Verified:
    covered, params = _parse(message.headers)
    key = find_key(params["keyid"]) or _NOBODY
    if not set(needed) <= covered:
        raise Refused("signature_incomplete", "The signature does not cover all that it must.")
    expires_at = _check_times(params, moment)
    verifier = UntimedVerifier(signature_algorithm=algorithms.ED25519, key_resolver=OneKey(key))
    try:
        results = verifier.verify(message, max_age=None, expect_tag=TAG)
    except (InvalidSignature, ValueError, UnicodeError):
        raise Refused("signature_invalid", "The signature does not fit this message.") from None
    if message.body is not None:
        _check_digest(verifier, message, message.body, results)
    return Verified(params["keyid"], params["nonce"], expires_at)


def _check_digest(verifier: UntimedVerifier, message: Request | Response, body: bytes, results: Any) -> None:
    if not results[0].covered_components['"content-digest"'].startswith("sha-256=:"):
        raise Refused("digest_mismatch", "The body needs a SHA-256 Content-Digest.")
    try:
        verifier.verify_body(message, results, body)
    except InvalidSignature:
        raise Refused("digest_mismatch", "The body is not the one that was signed.") from None


def _parse(headers: Mapping[str, str]) -> tuple[set[str], dict[str, Any]]:
    """Return which components are covered, as written, and the parameters of the one signature."""
    found = {name.lower(): value for name, value in headers.items()}
    if not found.get("signature-input") or not found.get("signature"):
        raise Refused("signature_missing", "The message is not signed.")
    inputs = dictionary_of(found["signature-input"])
    values = dictionary_of(found["signature"])
    if list(inputs) != [LABEL] or list(values) != [LABEL]:
        raise Refused("signature_malformed", f"Exactly one signature is expected, called {LABEL}.")
    if not isinstance(inputs[LABEL], tuple) or len(inputs[LABEL]) != 2:
        raise Refused("signature_malformed", "The list of covered parts is not one we can read.")
    members, params = inputs[LABEL]
    if not isinstance(members, list) or not 0 < len(members) <= MOST_COMPONENTS:
        raise Refused("signature_malformed", "The list of covered parts is not one we can read.")
    _check_params(params)
    return {component_of(name, its) for name, its in members}, dict(params)


def dictionary_of(value: str) -> dict[str, Any]:
    """Return a structured field that is a dictionary, each name once; values as http_sf has them.

    Raises:
        Refused: `signature_malformed`.
    """

    def refuse(_key: str, _context: str) -> None:
        raise ValueError("twice the same name")

    if len(value) > LONGEST_FIELD:
        raise Refused("signature_malformed", "The signature field is too long.")
    try:
        parsed: Any = http_sf.parse(value.encode("ascii"), tltype="dictionary", on_duplicate_key=refuse)
    except (ValueError, TypeError):
        raise Refused("signature_malformed", "The signature field cannot be read.") from None
    return dict(parsed)


def _check_params(params: Mapping[str, Any]) -> None:
    texts = all(isinstance(params.get(name), str) for name in ("keyid", "nonce", "tag"))
    times = all(type(params.get(name)) is int for name in ("created", "expires"))
    if not texts or not times or params["tag"] != TAG:
        raise Refused("signature_malformed", f"created, expires, keyid, nonce and the tag {TAG} are expected.")
    if not 16 <= len(params["nonce"]) <= 64 or not 0 < len(params["keyid"]) <= 64:
        raise Refused("signature_malformed", "The nonce or the key id has the wrong length.")
    if params.get("alg", "ed25519") != "ed25519":
        raise Refused("signature_malformed", "Only Ed25519 is accepted.")


def component_of(name: Any, params: Mapping[str, Any]) -> str:
    """Return the name of a covered part as one writes it, with its parameters.

    Raises:
        Refused: `signature_malformed`.
    """
    if not isinstance(name, str) or name.startswith('"'):
        raise Refused("signature_malformed", "A covered part has no name.")
    if not params:
        return name
    written = "".join(f";{key}" if value is True else f';{key}="{value}"' for key, value in sorted(params.items()))
    return f'"{name}"{written}'


def _check_times(params: Mapping[str, Any], moment: datetime) -> datetime:
    created, expires, at = params["created"], params["expires"], moment.timestamp()
    if not at - LIFETIME_SECONDS <= created <= at + SKEW_SECONDS:
        raise Refused("clock_skew", "The signature's time is too far from ours. Compare the clocks (see Date).")
    if not created < expires <= created + LIFETIME_SECONDS or expires < at:
        raise Refused("clock_skew", "The signature has ended or lasts too long.")
    return datetime.fromtimestamp(expires, tz=UTC)
