"""The sender's receipt: sixteen random digits, shown once. It looks like the number of a phone card.

Kept is HMAC-SHA256 of it under a key of the instance, and no slow hash as for numbers of papers. Those have few
possible values; this one has 53 random bits. Without the secret file nobody can try even one. With it one can read
the tip itself, which is sealed under the same secret, and a slow hash would keep nothing from them. Guessing on the
page is limited to ten tries in a quarter of an hour. Source: RFC 2104 (HMAC).
"""

from __future__ import annotations

import secrets
import unicodedata

from core.instance import instance

DIGITS = 16
PURPOSE = "anonymity.tip_receipt"
_LONGEST_READ = 200


def new() -> str:
    """Return a receipt: four groups of four digits."""
    return shown(f"{secrets.randbelow(10**DIGITS):0{DIGITS}}")


def shown(digits: str) -> str:
    """Return digits in groups of four."""
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def normal(typed: str) -> str:
    """Return what was typed as it is compared: its digits, of any script, whatever stood between them."""
    plain = unicodedata.normalize("NFKC", typed[:_LONGEST_READ])
    return "".join(str(unicodedata.digit(sign)) for sign in plain if sign.isdecimal())


def hash_of(typed: str) -> str:
    """Return what a receipt is found by. Whatever was typed is hashed, so that no wrong one is answered sooner."""
    return instance().keys.keyed_hash(PURPOSE, normal(typed))
