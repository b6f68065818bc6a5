"""Changing keys without a new ceremony: the old key vouches for the new one, which was promised beforehand.

The statement is a JWS by the new key inside a request signed by the old one; the new key's thumbprint
must be the one committed to at the ceremony, so that a thief of the active key alone cannot rotate.
Source: RFC 7515, RFC 9864 (alg Ed25519).
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy.orm import Session

from core import audit
from core.instance import instance
from federation import identity, keys
from federation.keys import OwnKey, OwnKeys
from federation.models import Peer

OVERLAP = timedelta(days=7)
ALGORITHM = "Ed25519"


class NotPromised(Exception):
    """The statement does not fit what was promised at the ceremony; a person must look at it."""


def rotate_own(db: Session, actor_id: str | None, still_known: set[str]) -> OwnKeys:
    """Start signing with the promised key; neighbours are told by the delivery job with the key they know."""
    here = instance()
    fresh = keys.rotate(here.config.data_dir, here.keys, still_known)
    audit.record(db, actor_id, "federation.key_rotated", fresh.active.thumbprint, "planned")
    return fresh


def statement(old_thumbprint: str, new: OwnKey, following: OwnKey) -> str:
    """Return the compact JWS that names the new key and promises the one after it."""
    claims = {
        "id": identity.own_keys().instance_id,
        "old": old_thumbprint,
        "key": keys.jwk(new.x),
        "next_thumbprint": following.thumbprint,
    }
    private = OKPKey.import_key({**keys.jwk(new.x), "d": keys.b64url(new.private.private_bytes_raw())})
    header = {"alg": ALGORITHM, "kid": new.thumbprint}
    return str(jws.serialize_compact(header, json.dumps(claims).encode(), private, algorithms=[ALGORITHM]))


def take(db: Session, peer: Peer, text: Any, at: datetime) -> None:
    """Pin the neighbour's new key; its old one stays good for seven days.

    Raises:
        NotPromised: not the promised key; the neighbour is to be suspended.
    """
    claims, x = _read(text)
    new_thumbprint = keys.thumbprint(x)
    if new_thumbprint == peer.thumbprint:
        return  # told before; the answer was lost on its way
    following = claims.get("next_thumbprint")
    fits = claims.get("id") == peer.instance_id and claims.get("old") == peer.thumbprint
    if not fits or new_thumbprint != peer.next_thumbprint or not isinstance(following, str) or len(following) != 43:
        raise NotPromised("the new key is not the one promised")
    peer.previous_key, peer.previous_thumbprint, peer.previous_until = peer.key, peer.thumbprint, at + OVERLAP
    peer.key, peer.thumbprint, peer.next_thumbprint = x, new_thumbprint, following
    audit.record(db, None, "federation.peer_key_rotated", peer.id, new_thumbprint)


def _read(text: Any) -> tuple[dict[str, Any], str]:
    """Return the claims and the key that signed them, which the claims themselves carry."""
    try:
        if not isinstance(text, str) or len(text) > 4000:
            raise NotPromised("there is no statement")
        unverified = json.loads(keys.unb64url(text.split(".")[1]))
        x = keys.x_of(unverified["key"])
        signed = jws.deserialize_compact(text, OKPKey.import_key({**keys.jwk(x)}), algorithms=[ALGORITHM])
        claims = json.loads(signed.payload)
    except (JoseError, ValueError, KeyError, IndexError, TypeError):
        raise NotPromised("the statement cannot be read or was not signed by the new key") from None
    return claims, x
