"""The door of the private plane: reads a request strictly, checks its signature, and signs every answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Response, request
from sqlalchemy.orm import Session

from core.database import now, reading, transaction
from core.instance import instance
from federation import housekeeping, identity, keys, nonces, strict_json
from federation.http_signatures import Refused, Request, Verified, sign_response, verify_request
from federation.http_signatures import Response as SignedResponse
from federation.models import Peer
from federation.repair import epochs, suspension

SMALL_BYTES = 16 * 1024


class WireProblem(Exception):
    """An answer other than success, with a code the other side's machine understands."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        """Keep status, code, a sentence, and further members of the problem object."""
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.more = more


Handler = Callable[[Session, Peer, dict[str, Any]], "dict[str, Any] | WireProblem"]
"""Returns what to answer; a problem that is returned is answered after commit, one that is raised rolls back."""


@dataclass(frozen=True)
class Caller:
    """A request whose signature is good, and whose key belongs to this peer."""

    peer_id: str
    state: str
    our_key: keys.OwnKey
    verified: Verified


def read_request(largest_bytes: int = strict_json.LARGEST_BYTES) -> Request:
    """Return the request as it must have been signed: at our configured address, whatever its Host header says.

    Raises:
        WireProblem: 413, before anything is parsed.
    """
    query = request.query_string.decode("latin-1")
    url = identity.own_url() + quote(request.path, safe="/-._~") + (f"?{query}" if query else "")
    body = None
    if request.method not in ("GET", "HEAD"):
        if (request.content_length or 0) > largest_bytes:
            raise WireProblem(413, "too_large", f"At most {largest_bytes} bytes are accepted.")
        body = request.stream.read(largest_bytes + 1)
        if len(body) > largest_bytes:
            raise WireProblem(413, "too_large", f"At most {largest_bytes} bytes are accepted.")
    return Request(request.method, url, dict(request.headers), body)


def read_body(asked: Request, largest_bytes: int = strict_json.LARGEST_BYTES) -> dict[str, Any]:
    """Return the JSON object of a request's body.

    Raises:
        WireProblem: 400 or 415, it is none.
    """
    if asked.body is None:
        return {}
    if asked.headers.get("Content-Type", "").split(";")[0].strip().lower() not in (
        "application/json",
        "application/activity+json",
    ):
        raise WireProblem(415, "not_json", "Send application/json.")
    try:
        return strict_json.parse_object(asked.body, largest_bytes)
    except strict_json.NotStrict as problem:
        raise WireProblem(400, problem.code, problem.sentence) from None


def from_neighbour(handler: Handler, *, only_verified: bool = True) -> Response:
    """Check who calls, run the handler in the transaction that also keeps the nonce, and sign the answer."""
    asked: Request | None = None
    our_key: keys.OwnKey | None = None
    try:
        asked = read_request()
        caller = _caller(asked)
        our_key = caller.our_key
        body = read_body(asked)
        with transaction() as db:
            outcome = _too_old(db, caller.verified) or _handled(db, caller, body, handler, only_verified=only_verified)
        if isinstance(outcome, WireProblem):
            return signed_problem(outcome, asked, our_key)
        return signed(200, outcome, asked, our_key)
    except Refused as refusal:
        return signed_problem(WireProblem(401, refusal.code, refusal.sentence), asked, our_key)
    except nonces.TooMany:
        _count_refused(caller)
        problem = WireProblem(429, "too_many_requests", "Wait a minute.", retry_after_seconds=60)
        return signed_problem(problem, asked, our_key)
    except WireProblem as problem:
        return signed_problem(problem, asked, our_key)


def _too_old(db: Session, verified: Verified) -> WireProblem | None:
    """Return the answer while our list of nonces does not reach back to when the request was signed.

    It is returned and not raised, so that the new life of our database, should this have begun it, is committed.
    """
    if epochs.knows(db, verified, now()):
        return None
    wait = epochs.WAIT_SECONDS
    return WireProblem(503, "restored", "A backup was put back here. Sign it again.", retry_after_seconds=wait)


def _handled(
    db: Session, caller: Caller, body: dict[str, Any], handler: Handler, *, only_verified: bool
) -> dict[str, Any] | WireProblem:
    # The nonce comes first: also a refusal below is a refusal of fresh bytes only.
    limit = instance().config.plugin["federation"]["requests_per_minute"]
    nonces.use(db, caller.peer_id, caller.verified, now(), limit)
    peer = db.get_one(Peer, caller.peer_id)
    _check_state(peer, only_verified)
    housekeeping.heard(db, peer.id, now())
    asked_in = body.get("protocol", identity.PROTOCOL)
    if asked_in != identity.PROTOCOL:
        supported = [identity.PROTOCOL]
        return WireProblem(406, "unsupported_version", "We do not speak that version.", supported=supported)
    return handler(db, peer, body)


def _count_refused(caller: Caller) -> None:
    """Keep the nonce of a question above the limit too: each counts once, however often its bytes come."""
    with suppress(Refused), transaction() as db:
        peer = db.get_one(Peer, caller.peer_id)
        if peer.state == "verified":  # whoever is stopped fills no table here
            nonces.keep(db, peer.id, caller.verified, now())
            suspension.judge_flood(db, peer, now())


def _caller(asked: Request) -> Caller:
    """Return whose request this is.

    Raises:
        Refused: no good signature; unknown keys are refused in the same words as wrong signatures.
    """
    with reading() as db:

        def find_key(keyid: str) -> Ed25519PublicKey | None:
            found = _by_key(db, keyid)
            if found is None:
                return None
            return keys.public_key(found.key if found.thumbprint == keyid else str(found.previous_key))

        verified = verify_request(asked, find_key, now())
        peer = _by_key(db, verified.keyid)
    if peer is None:
        raise Refused("signature_invalid", "The signature does not fit this message.")
    return Caller(peer.id, peer.state, identity.own_keys().known_as(peer.our_thumbprint), verified)


def _by_key(db: Session, keyid: str) -> Any:
    in_time = sa.and_(Peer.previous_thumbprint == keyid, Peer.previous_until > now())
    columns = (Peer.id, Peer.state, Peer.key, Peer.thumbprint, Peer.previous_key, Peer.our_thumbprint)
    return db.execute(sa.select(*columns).where(sa.or_(Peer.thumbprint == keyid, in_time))).first()


def _check_state(peer: Peer, only_verified: bool) -> None:
    if peer.state == "revoked":
        raise WireProblem(403, "peer_revoked", "This neighbour was revoked here.")
    if not only_verified:
        return
    if peer.state == "suspended":
        raise WireProblem(403, "peer_suspended", "This neighbour is suspended here for now.")
    if peer.state != "verified":
        raise WireProblem(403, "not_verified", "Both admins must first compare the safety number.")


def signed(
    status: int, payload: dict[str, Any], asked: Request | None, our_key: keys.OwnKey | None = None, **options: Any
) -> Response:
    """Return a JSON answer signed by our key, bound to the request's signature where that was good."""
    moment, key = now(), our_key or identity.own_keys().active
    body = json.dumps(payload, ensure_ascii=False).encode()
    headers = {
        "Content-Type": options.get("content_type", "application/json"),
        "Date": format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True),
        "Cache-Control": "private, no-store",
        **options.get("headers", {}),
    }
    bound = asked if our_key is not None else None
    sign_response(SignedResponse(status, headers, body, bound), key.private, key.thumbprint, moment)
    return Response(body, status, headers)


def signed_problem(
    problem: WireProblem, asked: Request | None, our_key: keys.OwnKey | None, headers: dict[str, str] | None = None
) -> Response:
    """Return a refusal as problem+json (RFC 9457) with `code`."""
    wait = problem.more.get("retry_after_seconds")
    headers = {"Retry-After": str(wait), **(headers or {})} if wait else headers
    payload = {
        "type": "about:blank",
        "title": "Refused",
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.more,
    }
    return signed(
        problem.status, payload, asked, our_key, content_type="application/problem+json", headers=headers or {}
    )


def clock() -> str:
    """Return our time as the wire writes times."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
