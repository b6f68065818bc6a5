"""The key that signs the chain of deletions: a file of its own in the data folder.

Whoever can write into the database, but not read this file, cannot forge an entry. It is no proof against whoever
runs the machine: they hold the file. Against them helps only that others noted the head of the chain before.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from core import crypto
from core.instance import instance

log = logging.getLogger(__name__)
FILE = "purge.key"


def path() -> Path:
    """Return where the key lies; machines that share a database must share it too."""
    return instance().config.data_dir / FILE


def sign(content: bytes) -> str:
    """Return the signature (Ed25519, RFC 8032) as hex digits, or nothing when there is no key to be had.

    Papers must go on their day. A key that cannot be read or written is told by `doctor`, and stops no deletion.
    """
    try:
        return str(_key(make=True).sign(content).hex())
    except (OSError, ValueError) as problem:
        log.error("a deletion could not be signed (%s)", type(problem).__name__)
        return ""


def is_signed(content: bytes, signature: str) -> bool:
    """Whether this key signed the content."""
    from cryptography.exceptions import InvalidSignature

    try:
        _key().public_key().verify(bytes.fromhex(signature), content)
    except (OSError, ValueError, InvalidSignature):
        return False
    return True


def public_key() -> str | None:
    """Return the public half as hex digits; None when there is no key yet, or the file cannot be read."""
    try:
        return str(_key().public_key().public_bytes_raw().hex())
    except (OSError, ValueError):
        return None


def _key(*, make: bool = False) -> Any:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    if make and not path().exists():
        crypto.create_once(path(), Ed25519PrivateKey.generate().private_bytes_raw().hex())
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path().read_text().strip()))
