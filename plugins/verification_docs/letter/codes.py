"""Codes that come by letter: eight figures in two groups, kept as a keyed hash that counts for one letter only."""

from __future__ import annotations

import secrets

from core.instance import instance

LENGTH = 8
_PURPOSE = "verification_docs.letter_code"


def new() -> str:
    """Return a code as it is printed: 1234 5678. With five tries, one guess in twenty million is right."""
    figures = "".join(secrets.choice("0123456789") for _place in range(LENGTH))
    return f"{figures[:4]} {figures[4:]}"


def hash_of(letter_id: str, typed: str) -> str | None:
    """Return what is stored of a code, whatever its spaces and hyphens; None when it cannot be one."""
    plain = "".join(typed.replace("-", " ").split())
    if len(plain) != LENGTH or not (plain.isascii() and plain.isdigit()):
        return None
    return instance().keys.keyed_hash(_PURPOSE, letter_id, plain)
