"""The client's half of blind signatures, for `doctor`, tests and clients other than the browser.

Nothing here runs on a member's behalf on the server: what is blinded must never be where it is signed.
Source: RFC 9474, sections 4.1 (Prepare), 4.2 (Blind) and 4.4 (Finalize); RFC 8017, 9.1.1 (EMSA-PSS-ENCODE).
"""

from __future__ import annotations

import hashlib
import secrets
from math import gcd

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from plugins.anonymity.credentials import blind_rsa

HASH_BYTES = 48


class NotSigned(Exception):
    """The answer is not a blind signature of what was sent."""


def prepare(content: bytes) -> bytes:
    """Return the message with 32 random bytes before it (PrepareRandomize)."""
    return secrets.token_bytes(blind_rsa.PREFIX_BYTES) + content


def blind(
    public: RSAPublicKey, prepared: bytes, *, salt: bytes | None = None, hiding: int | None = None
) -> tuple[bytes, int]:
    """Return the blinded message and the inverse that takes the blinding off.

    `salt` and `hiding` (the number r of the RFC) are random; only the RFC's own examples give them.
    """
    numbers = public.public_numbers()
    chosen = secrets.token_bytes(blind_rsa.SALT_BYTES) if salt is None else salt
    encoded = int.from_bytes(encode(prepared, public.key_size - 1, chosen), "big")
    if gcd(encoded, numbers.n) != 1:
        raise ValueError("the message has a factor of the key in it")  # never, unless the key is broken
    r = secrets.randbelow(numbers.n - 2) + 2 if hiding is None else hiding
    blinded = encoded * pow(r, numbers.e, numbers.n) % numbers.n
    return blinded.to_bytes((public.key_size + 7) // 8, "big"), pow(r, -1, numbers.n)


def finalize(
    public: RSAPublicKey, prepared: bytes, blind_signature: bytes, inverse: int, *, salt_bytes: int = 48
) -> bytes:
    """Return the signature, with the blinding taken off.

    Raises:
        NotSigned: it does not verify.
    """
    modulus = public.public_numbers().n
    found = int.from_bytes(blind_signature, "big") * inverse % modulus
    sig = found.to_bytes(len(blind_signature), "big")
    if not blind_rsa.is_signed(public, prepared, sig, salt_bytes=salt_bytes):
        raise NotSigned("the signature does not verify")
    return sig


def encode(content: bytes, bits: int, salt: bytes) -> bytes:
    """Return EMSA-PSS-ENCODE with SHA-384 and MGF1. Source: RFC 8017, 9.1.1."""
    size = (bits + 7) // 8
    digest = hashlib.sha384(bytes(8) + hashlib.sha384(content).digest() + salt).digest()
    data = bytes(size - len(salt) - HASH_BYTES - 2) + b"\x01" + salt
    mask = b"".join(hashlib.sha384(digest + number.to_bytes(4, "big")).digest() for number in range(size // 48 + 1))
    masked = bytearray(left ^ right for left, right in zip(data, mask, strict=False))
    masked[0] &= 0xFF >> (8 * size - bits)
    return bytes(masked) + digest + b"\xbc"
