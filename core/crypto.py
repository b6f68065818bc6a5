"""Keys and what is done with them: derived keys, sealing, signed tokens, keyed hashes.

One secret file per instance; every use derives a key of its own from it, so that a key leaked from
one purpose opens nothing else. Source: RFC 5869 (HKDF), age (C2SP age v1) through pyrage.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer


class SecretMissing(Exception):
    """The secret file is not there or too short; without it nothing can be sealed or signed."""


def create_secret(path: Path) -> None:
    """Write a new secret of 32 random bytes, readable by the owner only; an existing one is kept."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    create_once(path, secrets.token_hex(32))


def create_once(path: Path, text: str) -> None:
    """Write a key file, readable by the owner only, unless it is there: of two processes both end up with one key."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class Keyring:
    """All keys of an instance, derived by purpose from one secret."""

    def __init__(self, secret: bytes) -> None:
        """Take at least 32 bytes of secret."""
        if len(secret) < 32:
            raise SecretMissing("the secret is shorter than 32 bytes; make a new one with 'boroughwatch init'")
        self._secret = secret

    @classmethod
    def from_file(cls, path: Path) -> Keyring:
        """Read the secret file.

        Raises:
            SecretMissing: there is none; starting with a fresh one would orphan all that is sealed.
        """
        try:
            return cls(path.read_text().strip().encode())
        except FileNotFoundError:
            raise SecretMissing(
                f"secret_key_file: there is no file {path}; make one with 'boroughwatch init'"
            ) from None

    def derive(self, purpose: str, size_bytes: int = 32) -> bytes:
        """Return the key for one purpose (HKDF-SHA256, RFC 5869)."""
        return _derive(self._secret, purpose, size_bytes)

    def keyed_hash(self, purpose: str, *parts: str) -> str:
        """Return 32 hex digits of HMAC-SHA256 over the parts; parts cannot run into one another."""
        message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
        return hmac.new(self.derive(purpose), message, hashlib.sha256).hexdigest()[:32]

    def token(self, purpose: str, value: Any) -> str:
        """Return a signed, dated text that only `read_token` with the same purpose accepts."""
        return URLSafeTimedSerializer(self.derive(purpose), salt=purpose).dumps(value)

    def read_token(self, purpose: str, token: str, max_age_seconds: int) -> Any | None:
        """Return what was signed, or None when the token is forged, of another purpose or too old."""
        try:
            return URLSafeTimedSerializer(self.derive(purpose), salt=purpose).loads(token, max_age=max_age_seconds)
        except BadData:
            return None

    def seal_text(self, purpose: str, text: str) -> str:
        """Encrypt a short text for storage in a column (AES-256-GCM, random nonce)."""
        return self.seal_bytes(purpose, text.encode()).hex()

    def open_text(self, purpose: str, sealed: str) -> str:
        """Decrypt what `seal_text` made.

        Raises:
            cryptography.exceptions.InvalidTag: the text was altered or sealed under another secret.
        """
        return self.open_bytes(purpose, bytes.fromhex(sealed)).decode()

    def seal_bytes(self, purpose: str, content: bytes) -> bytes:
        """Encrypt bytes that this instance itself must read again, a picture for example (AES-256-GCM)."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(12)
        return nonce + AESGCM(self.derive(purpose)).encrypt(nonce, content, purpose.encode())

    def open_bytes(self, purpose: str, sealed: bytes) -> bytes:
        """Decrypt what `seal_bytes` made.

        Raises:
            cryptography.exceptions.InvalidTag: it was altered or sealed under another secret or purpose.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return AESGCM(self.derive(purpose)).decrypt(sealed[:12], sealed[12:], purpose.encode())


@lru_cache(maxsize=256)
def _derive(secret: bytes, purpose: str, size_bytes: int) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=size_bytes, salt=b"boroughwatch-1", info=purpose.encode()).derive(secret)


def age_recipient(identity: str) -> str:
    """Return the public recipient of an age identity (both as text)."""
    from pyrage import x25519

    return str(x25519.Identity.from_str(identity).to_public())


def new_age_identity() -> str:
    """Return a new age identity (private key) as text."""
    from pyrage import x25519

    return str(x25519.Identity.generate())


def seal(content: bytes, recipients: list[str]) -> bytes:
    """Encrypt bytes to age recipients (public keys as text); any one of them can open it."""
    import pyrage

    return bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(text) for text in recipients]))


def unseal(sealed: bytes, identity: str) -> bytes:
    """Decrypt what was sealed to this age identity.

    Raises:
        pyrage.DecryptError: it was sealed to somebody else, or altered.
    """
    import pyrage

    return bytes(pyrage.decrypt(sealed, [pyrage.x25519.Identity.from_str(identity)]))
