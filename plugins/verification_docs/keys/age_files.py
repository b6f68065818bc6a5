"""The head of an age file: to whom it is sealed, in numbers, and how long what is inside is.

The server opens nothing; this is all it can see. Source: age v1 (C2SP), "Encrypted file format".
"""

from __future__ import annotations

from dataclasses import dataclass

_FIRST_LINE = b"age-encryption.org/v1"
_LONGEST_HEAD = 64 << 10


class NotAge(ValueError):
    """The content is no age file that is sealed to X25519 keys alone."""


@dataclass(frozen=True)
class Head:
    """How many keys a file is sealed to, and the length of the sealed content behind the head."""

    recipients: int
    payload_bytes: int


def head_of(content: bytes) -> Head:
    """Read the head of an age file in its binary form.

    Raises:
        NotAge: it is none, or a passphrase or another kind of key opens it too.
    """
    end = content.find(b"\n--- ", 0, _LONGEST_HEAD)
    last = content.find(b"\n", end + 1) if end >= 0 else -1
    if last < 0:
        raise NotAge
    lines = content[:end].split(b"\n")
    kinds = [line.split(b" ")[1] for line in lines[1:] if line.startswith(b"-> ")]
    # Some programs add a stanza of noise, so that none relies on there being none: it opens nothing.
    keys = [kind for kind in kinds if not kind.endswith(b"-grease")]
    if lines[0] != _FIRST_LINE or set(keys) != {b"X25519"}:
        raise NotAge
    return Head(len(keys), len(content) - last - 1)
