"""The keys of the public actor, kept outside the database in `federation-public.key`, and worthless to neighbours.

RSA-2048 signs requests, because most of the servers that follow know nothing else; Ed25519 proves each
message by itself. The file is sealed under the instance's secret, as `federation.keys` does with its own.
"""

from __future__ import annotations

import json
import stat
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from core.crypto import Keyring, create_once
from core.instance import instance
from federation.keys import KeyFileBroken
from federation.proofs import base58, unbase58

FILE_NAME = "federation-public.key"
PURPOSE = "federation-public-keys"
RSA_BITS = 2048
ED25519_PREFIX = b"\xed\x01"


@dataclass(frozen=True)
class ActorKeys:
    """Both key pairs of the public actor."""

    rsa: rsa.RSAPrivateKey
    ed25519: Ed25519PrivateKey

    @property
    def pem(self) -> str:
        """The public RSA key as other servers read it."""
        return self.rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @property
    def multibase(self) -> str:
        """The public Ed25519 key as a Multikey (FEP-521a)."""
        return multibase_of(self.ed25519.public_key())


def multibase_of(key: Ed25519PublicKey) -> str:
    """Return an Ed25519 key as Multikey has it: base58 of the prefix ed01 and 32 bytes."""
    return "z" + base58(ED25519_PREFIX + key.public_bytes_raw())


def from_multibase(text: str) -> Ed25519PublicKey:
    """Return the Ed25519 key of a Multikey.

    Raises:
        ValueError: another kind of key, or none.
    """
    if not text.startswith("z") or len(text) > 60:
        raise ValueError("a Multikey in base58 is expected")
    content = unbase58(text[1:])
    if len(content) != 34 or not content.startswith(ED25519_PREFIX):
        raise ValueError("an Ed25519 Multikey is expected")
    return Ed25519PublicKey.from_public_bytes(content[2:])


_cache: dict[tuple[str, int, int], ActorKeys] = {}


def own() -> ActorKeys:
    """Return the public actor's keys; they are made at the first call.

    Raises:
        KeyFileBroken: the file belongs to another secret or was changed.
    """
    here = instance()
    path = here.config.data_dir / FILE_NAME
    if not path.exists():
        create_once(path, _fresh(here.keys))
    found = path.stat()
    mark = (str(path), found.st_ino, found.st_mtime_ns)
    if mark not in _cache:
        for old in [known for known in _cache if known[0] == mark[0]]:
            _cache.pop(old, None)
        _cache[mark] = _read(path, here.keys)
    return _cache[mark]


def is_private() -> bool:
    """Whether nobody but its owner can read the file; true while there is none."""
    path = instance().config.data_dir / FILE_NAME
    return not path.exists() or not stat.S_IMODE(path.stat().st_mode) & 0o077


def _fresh(keyring: Keyring) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
    # Sealed as a whole below, so the PEM has no password of its own.
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    seed = Ed25519PrivateKey.generate().private_bytes_raw().hex()
    return keyring.seal_text(PURPOSE, json.dumps({"rsa": pem, "ed25519": seed}))


def _read(path: Path, keyring: Keyring) -> ActorKeys:
    try:
        stored = json.loads(keyring.open_text(PURPOSE, path.read_text().strip()))
    except (InvalidTag, ValueError):
        raise KeyFileBroken(
            f"{path} does not open with this instance's secret; put the right secret.key or {FILE_NAME} back"
        ) from None
    key = load_pem_private_key(stored["rsa"].encode(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise KeyFileBroken(f"{path} holds another kind of key than expected")
    return ActorKeys(key, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(stored["ed25519"])))
