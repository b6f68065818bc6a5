"""Codes that a member carries to the counter: short enough to say aloud, too many to guess, kept as a keyed hash."""

from __future__ import annotations

import secrets

from core.instance import instance

# Nothing that is taken for something else by eye or ear on a bad line: no 0 O, 1 I L, 2 Z, 5 S, 8 B, U V.
ALPHABET = "34679ACDEFGHJKMNPQRTWXY"
LENGTH = 8
_PURPOSE = "verification_docs.counter_code"


def new() -> str:
    """Return a code as it is shown: XXXX-XXXX, 36 bits of chance."""
    signs = "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))
    return f"{signs[:4]}-{signs[4:]}"


def hash_of(typed: str) -> str | None:
    """Return what is stored of a code, whatever its case and spaces; None when it cannot be one."""
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    if len(plain) != LENGTH or not set(plain) <= set(ALPHABET):
        return None
    return instance().keys.keyed_hash(_PURPOSE, plain)
