"""RSA's private operation without padding, by GMP, where Python's OpenSSL cannot be reached.

`powmod_sec` takes a time that does not depend on its numbers; the base is blinded besides, so that whoever sends
numbers cannot choose what the secret exponents work on. Source: RFC 8017, 5.1.2 (with the Chinese remainder theorem);
RFC 9474, 8.1 (timing).
"""

from __future__ import annotations

import secrets
from functools import lru_cache
from math import gcd
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


@lru_cache(maxsize=1)
def library() -> Any | None:
    """Return gmpy2, or None when it is not installed (`pip install boroughwatch[gmp]`)."""
    try:
        import gmpy2
    except ImportError:
        return None
    return gmpy2


def private_operation(private: RSAPrivateKey, content: bytes) -> bytes:
    """Return content^d mod n, as long as the modulus. Only to be called where `library()` is not None."""
    gmp: Any = library()
    numbers = private.private_numbers()
    modulus = numbers.public_numbers.n
    hiding = _unit(modulus)
    base = int.from_bytes(content, "big") * pow(hiding, numbers.public_numbers.e, modulus) % modulus
    at_p = int(gmp.powmod_sec(base % numbers.p, numbers.dmp1, numbers.p))
    at_q = int(gmp.powmod_sec(base % numbers.q, numbers.dmq1, numbers.q))
    root = at_q + (at_p - at_q) * numbers.iqmp % numbers.p * numbers.q
    answer = root * int(gmp.invert(hiding, modulus)) % modulus
    return answer.to_bytes(len(content), "big")


def _unit(modulus: int) -> int:
    """Return a random number below the modulus that can be divided by."""
    while True:
        found = 2 + secrets.randbelow(modulus - 2)
        if gcd(found, modulus) == 1:
            return found
