"""Asking another server who an account is: where its messages go, and which key is its own.

Only what its own server says at its own address counts; what a message brings along about its sender never does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from core.database import now
from core.instance import instance
from federation import calls, outbound, strict_json
from federation.http_signatures import Refused, Request
from federation.public import actor, cavage, keys, rfc9421
from federation.public.claims import VerifyingKey

LONGEST_URL = 500
SMALLEST_RSA_BITS, LARGEST_RSA_BITS = 2048, 8192
ACCEPT = f'{actor.AS2}, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
_asking = threading.BoundedSemaphore(4)
"""So many accounts are looked up at once: a slow stranger must not hold all threads of this server."""


class TooBusy(Exception):
    """Too many accounts are being looked up; the sender may come again."""


@dataclass(frozen=True)
class RemoteActor:
    """An account on another server: `inbox` is the one its server shares, where there is one."""

    actor_id: str
    inbox: str
    own_inbox: str
    key: VerifyingKey


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address we may ask.

    Raises:
        Refused: `bad_actor`, it is no address we would ever ask.
    """
    try:
        outbound.check_url(url, require_https=instance().config.require_https)
    except outbound.Unreachable as problem:
        raise Refused("bad_actor", str(problem)) from None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


def is_blocked(host: str) -> bool:
    """Whether the operator wants nothing to do with a host, or with the domain it is part of."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    blocked = [str(each).lower().strip(". ") for each in instance().config.plugin["federation"]["blocked_hosts"]]
    return any(each and (host == each or name == each or name.endswith(f".{each}")) for each in blocked)


def look_up(actor_id: str, keyid: str) -> RemoteActor:
    """Ask an account's server for it, and return it with the key of that name.

    Raises:
        Refused: `bad_actor` or `key_unavailable`: no answer, another account, or the key is not this account's.
        TooBusy: come again later.
    """
    home = origin_of(actor_id)
    if len(actor_id) > LONGEST_URL or "#" in actor_id or origin_of(urldefrag(keyid).url) != home:
        raise Refused("bad_actor", "The key does not lie at the sender's own server.")
    if not _asking.acquire(timeout=2):
        raise TooBusy
    try:
        found = _fetch(actor_id)
    finally:
        _asking.release()
    if found.get("id") != actor_id:
        raise Refused("bad_actor", "The address shows another account than the one that was named.")
    own_inbox = _inbox(found.get("inbox"), home)
    endpoints = found.get("endpoints")
    shared = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    inbox = _inbox(shared, home) if isinstance(shared, str) else own_inbox
    return RemoteActor(actor_id, inbox, own_inbox, _key(found, actor_id, keyid))


def _fetch(actor_id: str) -> dict[str, Any]:
    """Fetch with a signature, because some servers show accounts to nobody else; the older kind where asked again."""
    own = keys.own()
    try:
        with calls.transport() as way:
            for scheme in (rfc9421, cavage):
                asked = Request("GET", actor_id, {"Accept": ACCEPT})
                scheme.sign(asked, own.rsa, actor.rsa_key_id(), now())
                answer = way.request("GET", actor_id, asked.headers, None)
                if answer.status not in (400, 401, 403):
                    break
    except outbound.Unreachable as problem:
        raise Refused("key_unavailable", f"The sender's account could not be looked up. {problem}") from None
    if answer.status != 200:
        raise Refused("key_unavailable", f"The sender's server answered {answer.status} for the account.")
    try:
        return strict_json.parse_object(answer.body, outbound.LARGEST_ANSWER_BYTES)
    except strict_json.NotStrict as problem:
        raise Refused("bad_actor", problem.sentence) from None


def _inbox(url: Any, home: str) -> str:
    # An inbox elsewhere would let a follower send our messages to a server that never asked for them.
    if not isinstance(url, str) or len(url) > LONGEST_URL or origin_of(url) != home:
        raise Refused("bad_actor", "The account's inbox must lie at its own server.")
    return url


def _key(found: dict[str, Any], actor_id: str, keyid: str) -> VerifyingKey:
    for key in _named(found.get("publicKey"), keyid):
        if key.get("owner") == actor_id and isinstance(key.get("publicKeyPem"), str):
            return _rsa(key["publicKeyPem"])
    for key in _named(found.get("assertionMethod"), keyid):
        if key.get("controller") == actor_id and isinstance(key.get("publicKeyMultibase"), str):
            try:
                return keys.from_multibase(key["publicKeyMultibase"])
            except ValueError as problem:
                raise Refused("key_unavailable", f"The key cannot be used: {problem}.") from None
    raise Refused("key_unavailable", "The account has no key of that name.")


def _named(found: Any, keyid: str) -> Iterator[dict[str, Any]]:
    for each in found if isinstance(found, list) else [found]:
        if isinstance(each, dict) and each.get("id") == keyid:
            yield each


def _rsa(pem: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(pem.encode("ascii"))
    except ValueError:
        raise Refused("key_unavailable", "The key cannot be read.") from None
    if not isinstance(key, RSAPublicKey) or not SMALLEST_RSA_BITS <= key.key_size <= LARGEST_RSA_BITS:
        raise Refused("key_unavailable", "An RSA key of 2048 to 8192 bits is expected.")
    return key
