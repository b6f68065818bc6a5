"""Who we say we are to neighbours, and reading what they say of themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from core.instance import instance
from federation import keys, outbound

PROTOCOL = "boroughwatch-fed-1"


class BadDescriptor(ValueError):
    """A neighbour's description of itself cannot be used; the message is a sentence."""


@dataclass(frozen=True)
class Descriptor:
    """What an instance says of itself: name, place, address and keys (`x` is its public key)."""

    instance_id: str
    base_url: str
    name: str
    area: str
    x: str
    thumbprint: str
    next_thumbprint: str


def own_keys() -> keys.OwnKeys:
    """Return this instance's keys."""
    here = instance()
    return keys.load(here.config.data_dir, here.keys)


def own_url() -> str:
    """Return this instance's configured address, without a slash at its end."""
    return instance().config.public_url


def own_descriptor() -> dict[str, Any]:
    """Return what we say of ourselves; no person is named in it."""
    config, ours = instance().config, own_keys()
    return {
        "protocols": [PROTOCOL],
        "id": ours.instance_id,
        "base_url": config.public_url,
        "name": config.site_name,
        "area": config.borough,
        "keys": {"active": keys.jwk(ours.active.x), "next_thumbprint": ours.next.thumbprint},
    }


def read_descriptor(found: Any) -> Descriptor:
    """Return a checked description.

    Raises:
        BadDescriptor: a part is missing or not as expected; says which.
    """
    if not isinstance(found, dict) or not isinstance(found.get("keys"), dict):
        raise BadDescriptor("The description of the instance is missing.")
    if PROTOCOL not in (found.get("protocols") or []):
        raise BadDescriptor(f"The other side does not speak {PROTOCOL}.")
    try:
        x = keys.x_of(found["keys"].get("active"))
    except ValueError as problem:
        raise BadDescriptor(f"keys.active: {problem}.") from None
    return Descriptor(
        instance_id=_matching(found, "id", r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        base_url=checked_url(found.get("base_url")),
        name=_matching(found, "name", r"[^\x00-\x1f\x7f<>]{1,100}"),
        area=_matching(found, "area", r"E09\d{6}"),
        x=x,
        thumbprint=keys.thumbprint(x),
        next_thumbprint=_matching(found["keys"], "next_thumbprint", r"[0-9A-Za-z_-]{43}"),
    )


def checked_url(text: Any) -> str:
    """Return an instance's address in the one way it is written: no slash at the end, host in small letters.

    Raises:
        BadDescriptor: not an address, or more than scheme, host, port and path.
    """
    if not isinstance(text, str) or len(text) > 300 or not text.isascii() or not text.isprintable() or " " in text:
        raise BadDescriptor("The address is missing or holds characters that no address has.")
    url = text.strip().rstrip("/")
    try:
        outbound.check_url(url, require_https=instance().config.require_https)
    except outbound.Unreachable as problem:
        raise BadDescriptor(str(problem)) from None
    parts = urlsplit(url)
    if parts.query or "?" in url:
        raise BadDescriptor("The address must hold no '?'.")
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path}"


def _matching(found: dict[str, Any], name: str, pattern: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII if name != "name" else 0):
        raise BadDescriptor(f"'{name}' is missing or not as expected.")
    return value
