"""The published chain of keys, so that nobody can be given a key of their own without its being seen.

A key has an entry when it is made, and one more when its week begins, with how many voices there are. Each entry
holds the hash of the one before. Neighbours show copies; browsers compare. Source: RFC 8785 (one way to write JSON),
RFC 8032 (Ed25519), draft-ietf-privacypass-consistency-mirror.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import rfc8785
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from core.contributions import Chain
from core.database import now, remembered
from core.instance import instance
from plugins.anonymity.credentials import epochs, policy
from plugins.anonymity.credentials.models import EpochKey, ManifestEntry
from plugins.anonymity.credentials.wire import to_text

PURPOSE = "anonymity.manifest"
CHAIN = "list of keys of unlinkable voices"
BEGINNING = "0" * 64
COLUMNS = ("epoch", "scope", "spki_sha256", "issued", "previous")


def fingerprint(spki: bytes) -> str:
    """Return SHA-256 of a public key, in hexadecimal."""
    return hashlib.sha256(spki).hexdigest()


def append(db: Session, keys: Iterable[EpochKey], *, with_counts: bool) -> None:
    """Add an entry for each key, by week and scope; `with_counts` once their week has begun and counts stand."""
    last = db.scalar(sa.select(ManifestEntry).order_by(ManifestEntry.sequence.desc()).limit(1))
    sequence, previous = (last.sequence, digest(shown(last))) if last else (0, BEGINNING)
    for key in sorted(keys, key=lambda each: (each.epoch, each.scope)):
        sequence += 1
        entry = ManifestEntry(
            sequence=sequence,
            epoch=key.epoch,
            scope=key.scope,
            spki_sha256=fingerprint(key.spki),
            issued=policy.rounded(key.issued) if with_counts else None,
            previous=previous,
        )
        db.add(entry)
        previous = digest(shown(entry))
    db.flush()


def shown(entry: ManifestEntry) -> dict[str, Any]:
    """Return an entry as it is published and hashed."""
    return {name: getattr(entry, name) for name in COLUMNS}


def digest(entry: dict[str, Any]) -> str:
    """Return what the next entry calls `previous`."""
    return hashlib.sha256(rfc8785.dumps(entry)).hexdigest()


def body(db: Session) -> bytes:
    """Return the signed document: the chain from the oldest key that may still be used on."""
    oldest, head = epochs.epoch_of(now()), db.scalar(sa.select(sa.func.max(ManifestEntry.sequence)))
    return remembered(("anonymity.manifest", oldest, head), lambda: _body(db, oldest))


def _body(db: Session, oldest: str) -> bytes:
    start = sa.select(sa.func.min(ManifestEntry.sequence)).where(ManifestEntry.epoch >= oldest).scalar_subquery()
    rows = db.scalars(sa.select(ManifestEntry).where(ManifestEntry.sequence >= start).order_by(ManifestEntry.sequence))
    document: dict[str, Any] = {
        "instance": instance().config.public_url,
        "key": to_text(_key().public_key().public_bytes_raw()),
        "entries": [shown(row) for row in rows],
    }
    signature = _key().sign(rfc8785.dumps(document))
    return rfc8785.dumps({**document, "signature": to_text(signature)})


def agrees(db: Session, copy: bytes) -> bool:
    """Whether a copy shows entries of this chain and no others; an older copy shows fewer."""
    try:
        found = json.loads(copy)
        entries = [tuple(entry[name] for name in COLUMNS) for entry in found["entries"]]
        is_ours = found["instance"] == instance().config.public_url
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    ours = set(db.execute(sa.select(*(getattr(ManifestEntry, name) for name in COLUMNS))).all())
    try:
        return is_ours and bool(entries) and ours.issuperset(entries)
    except TypeError:  # a list or an object where a text should be
        return False


def verify(db: Session, heads: frozenset[str]) -> Chain:
    """Look at the chain from its beginning, and whether every key that is kept stands in it as it is."""
    rows = list(db.scalars(sa.select(ManifestEntry).order_by(ManifestEntry.sequence)))
    hashes = [digest(shown(row)) for row in rows]
    head = hashes[-1] if hashes else ""
    return Chain(CHAIN, _problem(db, rows, hashes), length=len(rows), head=head, known=heads & set(hashes))


def _problem(db: Session, rows: list[ManifestEntry], hashes: list[str]) -> str | None:
    if rows and (rows[0].previous != BEGINNING or rows[0].sequence != 1):
        return "The chain of keys does not begin at its beginning: entries were taken away."
    for (before, after), before_hash in zip(pairwise(rows), hashes, strict=False):
        if after.previous != before_hash or after.sequence != before.sequence + 1:
            return f"The chain of keys is broken before entry {after.sequence}: something was changed or taken away."
    published: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        published.setdefault((row.epoch, row.scope), set()).add(row.spki_sha256)
    for epoch, scope, spki in db.execute(sa.select(EpochKey.epoch, EpochKey.scope, EpochKey.spki)):
        if published.get((epoch, scope)) != {fingerprint(spki)}:
            return f"The key of {epoch} for {scope} is not the one that was published."
    return None


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(instance().keys.derive(PURPOSE))
