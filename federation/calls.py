"""One signed question to a neighbour, and its signed answer checked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core.database import now
from core.instance import instance
from federation import http_signatures, keys, outbound, strict_json

PREFIX = "/fed/v1"
MOST_RETRY_SECONDS = 6 * 3600


@dataclass(frozen=True)
class Reply:
    """A neighbour's answer. `trusted` when its signature is good; an error may come unsigned, from a proxy."""

    status: int
    payload: dict[str, Any]
    trusted: bool
    retry_after_seconds: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether it is a signed success."""
        return self.trusted and 200 <= self.status < 300

    @property
    def code(self) -> str:
        """The machine-readable reason of a refusal, or a word for the status."""
        code = self.payload.get("code")
        return code[:40] if isinstance(code, str) and code else f"status_{self.status}"


@dataclass(frozen=True)
class Line:
    """Everything a call needs to know about the two ends; taken from a peer row before the call."""

    base_url: str
    their_keys: tuple[tuple[str, str], ...]  # (thumbprint, x)
    our_key: keys.OwnKey

    def find_key(self, keyid: str) -> Ed25519PublicKey | None:
        """Return the neighbour's pinned key of this name, or None."""
        return next((keys.public_key(x) for thumbprint, x in self.their_keys if thumbprint == keyid), None)


def transport() -> outbound.Transport:
    """Return a guarded way out, as the operator's settings allow."""
    config = instance().config
    return outbound.Transport(allow_private=config.allow_private_addresses, require_https=config.require_https)


def call(line: Line, method: str, path: str, payload: Any, way: outbound.Transport) -> Reply:
    """Sign and send a request; return the checked answer.

    Raises:
        outbound.Unreachable: no answer, or a success that its signature does not prove.
    """
    body = None if payload is None else json.dumps(payload, ensure_ascii=False).encode()
    request = http_signatures.Request(method, line.base_url + PREFIX + path, {}, body)
    if body is not None:
        request.headers["Content-Type"] = "application/json"
    http_signatures.sign_request(request, line.our_key.private, line.our_key.thumbprint, now())
    answer = way.request(method, request.url, request.headers, body)
    return _checked(answer, request, line.find_key)


def ask_unsigned(url: str, way: outbound.Transport) -> dict[str, Any]:
    """Fetch a description before any key is known; its signature must be by the key it names itself.

    Raises:
        outbound.Unreachable: no answer, or not the answer of an instance of ours.
    """
    answer = way.request("GET", url, {"Accept": "application/json"}, None)
    if answer.status != 200:
        raise outbound.Unreachable(f"There is no Boroughwatch at this address (it answered {answer.status}).")
    payload = _payload(answer)
    try:
        x = keys.x_of(payload.get("keys", {}).get("active"))
    except (ValueError, AttributeError):
        raise outbound.Unreachable("There is no Boroughwatch at this address.") from None
    response = http_signatures.Response(answer.status, dict(answer.headers), answer.body, None)

    def find_key(keyid: str) -> Ed25519PublicKey | None:
        return keys.public_key(x) if keyid == keys.thumbprint(x) else None

    try:
        http_signatures.verify_response(response, find_key, now())
    except http_signatures.Refused as refusal:
        raise outbound.Unreachable(f"The answer was not signed as it must be. {refusal.sentence}") from None
    return payload


def _checked(
    answer: outbound.Answer, request: http_signatures.Request, find_key: Callable[[str], Ed25519PublicKey | None]
) -> Reply:
    response = http_signatures.Response(answer.status, dict(answer.headers), answer.body, request)
    try:
        http_signatures.verify_response(response, find_key, now())
        trusted = True
    except http_signatures.Refused as refusal:
        if answer.status < 300:
            raise outbound.Unreachable(f"The answer cannot be trusted. {refusal.sentence}") from None
        trusted = False
    return Reply(answer.status, _payload(answer), trusted, retry_after(answer))


def _payload(answer: outbound.Answer) -> dict[str, Any]:
    try:
        return strict_json.parse_object(answer.body, outbound.LARGEST_ANSWER_BYTES)
    except strict_json.NotStrict:
        return {}


def retry_after(answer: outbound.Answer) -> int | None:
    """Return for how many seconds the other side wants to be left alone, six hours at most; None when it says none."""
    text = answer.headers.get("retry-after", "")
    return min(int(text), MOST_RETRY_SECONDS) if text.isascii() and text.isdigit() and len(text) < 9 else None
