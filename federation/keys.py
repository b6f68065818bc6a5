"""This instance's own Ed25519 keys, kept outside the database in `federation.key`.

The file holds a chain: retired keys, then the active one, then the next. Only the next key's thumbprint
is told to neighbours, so that a thief of the active key cannot rotate. The file is readable by its owner
only and sealed under the instance's secret: a copy of it, or of the database, signs nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.crypto import Keyring

FILE_NAME = "federation.key"
PURPOSE = "federation-keys"


class KeyFileBroken(Exception):
    """The key file cannot be opened with this instance's secret; starting a new one would orphan every neighbour."""


def b64url(content: bytes) -> str:
    """Return base64url without padding (RFC 7515, section 2)."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64url(text: str) -> bytes:
    """Return the bytes of base64url without padding.

    Raises:
        ValueError: not base64url, or not the one way to write these bytes.
    """
    content = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if b64url(content) != text:
        raise ValueError("not canonical base64url")
    return content


def thumbprint(x: str) -> str:
    """Return the thumbprint of an Ed25519 public key given as base64url. Source: RFC 7638, RFC 8037 A.3."""
    return b64url(hashlib.sha256(b'{"crv":"Ed25519","kty":"OKP","x":"%s"}' % x.encode("ascii")).digest())


def jwk(x: str) -> dict[str, str]:
    """Return the public key as a JSON Web Key (RFC 8037)."""
    return {"kty": "OKP", "crv": "Ed25519", "x": x}


def x_of(key: Any) -> str:
    """Return the public part of a JSON Web Key somebody sent.

    Raises:
        ValueError: not an Ed25519 key of 32 bytes, or it carries more than a public key may.
    """
    if not isinstance(key, dict) or key.get("kty") != "OKP" or key.get("crv") != "Ed25519" or "d" in key:
        raise ValueError("an Ed25519 public key (kty OKP) is expected")
    x = key.get("x")
    if not isinstance(x, str) or len(x) != 43 or len(unb64url(x)) != 32:
        raise ValueError("the public key must be 32 bytes in base64url")
    return x


def public_key(x: str) -> Ed25519PublicKey:
    """Return the key to verify with."""
    return Ed25519PublicKey.from_public_bytes(unb64url(x))


@dataclass(frozen=True)
class OwnKey:
    """One key pair of ours."""

    private: Ed25519PrivateKey
    x: str
    thumbprint: str

    @classmethod
    def from_seed(cls, seed: bytes) -> OwnKey:
        """Return the pair that grows from 32 bytes."""
        private = Ed25519PrivateKey.from_private_bytes(seed)
        x = b64url(private.public_key().public_bytes_raw())
        return cls(private, x, thumbprint(x))


@dataclass(frozen=True)
class OwnKeys:
    """The instance's identity (a URN) and its chain of keys: retired ones first, `next` last."""

    instance_id: str
    chain: tuple[OwnKey, ...]

    @property
    def active(self) -> OwnKey:
        """The key that signs."""
        return self.chain[-2]

    @property
    def next(self) -> OwnKey:
        """The key that will sign after a rotation."""
        return self.chain[-1]

    def known_as(self, known_thumbprint: str | None) -> OwnKey:
        """Return the key that a neighbour knows us by; the active one when that is gone or not set."""
        return next((key for key in self.chain[:-1] if key.thumbprint == known_thumbprint), self.active)

    def successor(self, known_thumbprint: str) -> tuple[OwnKey, OwnKey] | None:
        """Return (following key, the one after it) for a retired key; None when it is active or gone."""
        for place, key in enumerate(self.chain[:-2]):
            if key.thumbprint == known_thumbprint:
                return self.chain[place + 1], self.chain[place + 2]
        return None


_cache: dict[tuple[str, int, int], OwnKeys] = {}


def load(data_dir: Path, keyring: Keyring) -> OwnKeys:
    """Return this instance's keys; they are made at the first call.

    Raises:
        KeyFileBroken: the file belongs to another secret or was changed.
    """
    path = data_dir / FILE_NAME
    if not path.exists():
        _create(path, keyring)
    stat = path.stat()
    mark = (str(path), stat.st_ino, stat.st_mtime_ns)
    if mark not in _cache:
        for old in [known for known in _cache if known[0] == mark[0]]:
            _cache.pop(old, None)
        _cache[mark] = _read(path, keyring)
    return _cache[mark]


def rotate(data_dir: Path, keyring: Keyring, still_known: set[str]) -> OwnKeys:
    """Make the next key active and choose a new next one.

    Retired keys stay only while a neighbour still knows us by one of them (`still_known`, thumbprints).
    """
    keys = load(data_dir, keyring)
    used = [place for place, key in enumerate(keys.chain[:-1]) if key.thumbprint in still_known]
    kept = keys.chain[min(used, default=len(keys.chain) - 2) :]
    seeds = [key.private.private_bytes_raw() for key in kept] + [secrets.token_bytes(32)]
    path = data_dir / FILE_NAME
    fresh = _write_beside(path, _sealed(keyring, keys.instance_id, seeds))
    fresh.replace(path)
    _sync_folder(data_dir)
    return load(data_dir, keyring)


def _create(path: Path, keyring: Keyring) -> None:
    seeds = [secrets.token_bytes(32), secrets.token_bytes(32)]
    fresh = _write_beside(path, _sealed(keyring, f"urn:uuid:{uuid4()}", seeds))
    try:
        os.link(fresh, path)  # fails when another process was first: then theirs is the key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    _sync_folder(path.parent)


def _sealed(keyring: Keyring, instance_id: str, seeds: list[bytes]) -> str:
    return keyring.seal_text(PURPOSE, json.dumps({"id": instance_id, "seeds": [seed.hex() for seed in seeds]}))


def _write_beside(path: Path, text: str) -> Path:
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    return fresh


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path, keyring: Keyring) -> OwnKeys:
    try:
        stored = json.loads(keyring.open_text(PURPOSE, path.read_text().strip()))
    except (InvalidTag, ValueError):
        raise KeyFileBroken(
            f"{path} does not open with this instance's secret; put the right secret.key or {FILE_NAME} back"
        ) from None
    return OwnKeys(stored["id"], tuple(OwnKey.from_seed(bytes.fromhex(seed)) for seed in stored["seeds"]))
