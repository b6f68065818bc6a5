"""Blind signatures: the server signs what it cannot see, and everybody can check it later.

RSABSSA-SHA384-PSS-Randomized with RSA-2048. Here is the server's half; the client's is in `blinding`.
Source: RFC 9474, sections 4.3 (BlindSign), 4.4 (verification is RSASSA-PSS) and 5 (parameters).
"""

from __future__ import annotations

import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from plugins.anonymity.credentials import gmp_rsa, openssl_rsa

KEY_BITS = 2048
KEY_BYTES = KEY_BITS // 8
EXPONENT = 65537
SALT_BYTES = 48
PREFIX_BYTES = 32
PK_BYTES = 32
CONTEXT = b"ccw-anon/1"


class OutOfRange(Exception):
    """What came to be signed is not a number that a client blinded for this key."""


class NoBackend(Exception):
    """Neither Python's OpenSSL nor gmpy2 is there to sign with."""


class SigningFailed(Exception):
    """The signature did not verify: a fault of the machine. It was thrown away, for it would betray the key."""


def new_key() -> rsa.RSAPrivateKey:
    """Return a new key for one epoch and scope; it must sign nothing but blinded messages."""
    return rsa.generate_private_key(public_exponent=EXPONENT, key_size=KEY_BITS)


def private_der(private: rsa.RSAPrivateKey) -> bytes:
    """Return a private key as PKCS#8 in DER, to be sealed."""
    nothing = serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, nothing)


def private_from(der: bytes) -> rsa.RSAPrivateKey:
    """Return a private key of ours from what `private_der` made."""
    # Ours, and opened from an authenticated seal: checking its primes again would cost 60 ms for each signature.
    found = serialization.load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(found, rsa.RSAPrivateKey):
        raise TypeError("not an RSA key")
    return found


def spki(private: rsa.RSAPrivateKey) -> bytes:
    """Return the public key as SubjectPublicKeyInfo in DER, as browsers import it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(serialization.Encoding.DER, form)


def message(epoch: str, scope: str, pk: bytes) -> bytes:
    """Return what a voice's signature is about: the public key `pk` speaks in this epoch for this scope."""
    return b"\0".join((CONTEXT, epoch.encode(), scope.encode(), pk))


def verify(spki_der: bytes, prefix: bytes, *, epoch: str, scope: str, pk: bytes, sig: bytes) -> bool:
    """Whether `sig` is this key's signature for the voice; False for anything of a wrong shape.

    Source: RFC 9474, 4.4: RSASSA-PSS over the prepared message, SHA-384, MGF1 with SHA-384, salt of 48 bytes.
    """
    if len(prefix) != PREFIX_BYTES or len(pk) != PK_BYTES or "\0" in epoch + scope:
        return False
    public = _public(spki_der)
    return public is not None and is_signed(public, prefix + message(epoch, scope, pk), sig)


def is_signed(public: rsa.RSAPublicKey, prepared: bytes, sig: bytes, *, salt_bytes: int = SALT_BYTES) -> bool:
    """Whether `sig` is an RSASSA-PSS signature over a prepared message."""
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=salt_bytes)
    try:
        public.verify(sig, prepared, pss, hashes.SHA384())
    except InvalidSignature:
        return False
    return True


def blind_sign(private: rsa.RSAPrivateKey, blinded: bytes) -> bytes:
    """Return the blind signature of a blinded message.

    Raises:
        OutOfRange: not as long as the key, or not between 1 and n - 1, both left out.
        NoBackend: nothing is installed that signs safely.
        SigningFailed: the result is not right; it must not be handed out.
    """
    numbers = private.public_key().public_numbers()
    wanted = int.from_bytes(blinded, "big")
    if len(blinded) != (private.key_size + 7) // 8 or not 1 < wanted < numbers.n - 1:
        raise OutOfRange("the blinded value must be as long as the key and smaller than its modulus")
    signature = _private_operation(private, blinded)
    # RFC 9474, 4.3, steps 4 and 5: one wrong result, handed out, would give the primes away.
    again = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(len(blinded), "big")
    if not hmac.compare_digest(again, blinded):
        raise SigningFailed("a blind signature did not verify")
    return signature


def backend() -> str | None:
    """Return what signs here, `OpenSSL` or `gmpy2`; None when nothing does."""
    if openssl_rsa.library() is not None:
        return "OpenSSL"
    return "gmpy2" if gmp_rsa.library() is not None else None


def _private_operation(private: rsa.RSAPrivateKey, content: bytes) -> bytes:
    found = backend()
    if found == "OpenSSL":
        try:
            return openssl_rsa.private_operation(private_der(private), content)
        except openssl_rsa.Failed as problem:
            raise SigningFailed(str(problem)) from None
    if found == "gmpy2":
        return gmp_rsa.private_operation(private, content)
    raise NoBackend("install boroughwatch[gmp], or a Python whose ssl module shows its OpenSSL")


@lru_cache(maxsize=256)
def _public(spki_der: bytes) -> rsa.RSAPublicKey | None:
    try:
        found = serialization.load_der_public_key(spki_der)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return found if isinstance(found, rsa.RSAPublicKey) and found.key_size == KEY_BITS else None
