"""Names made of two plain words and a number, so that nobody has to think of one and uses their own."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from functools import lru_cache
from importlib.resources import files

TRIES = 50


@lru_cache(maxsize=1)
def _words() -> tuple[tuple[str, ...], tuple[str, ...]]:
    lists = json.loads((files("core") / "data" / "alias_words.json").read_text(encoding="utf-8"))
    return tuple(lists["first"]), tuple(lists["second"])


def suggest(is_taken: Callable[[str], bool]) -> str:
    """Return a free alias like `Quiet Heron 42`; `is_taken` is asked for each one tried."""
    for _try in range(TRIES):
        alias = from_bytes(secrets.token_bytes(32), digits=2)
        if not is_taken(alias):
            return alias
    return from_bytes(secrets.token_bytes(32), digits=6)


def from_bytes(secret: bytes, *, digits: int) -> str:
    """Return the name that belongs to some bytes: equal for equal bytes, and no way back to them.

    The number has exactly `digits` digits and does not begin with 0.
    """
    firsts, seconds = _words()
    number = int.from_bytes(hashlib.sha256(secret).digest(), "big")
    number, first = divmod(number, len(firsts))
    number, second = divmod(number, len(seconds))
    tail = 10 ** (digits - 1) + number % (9 * 10 ** (digits - 1))
    return f"{firsts[first].capitalize()} {seconds[second].capitalize()} {tail}"
