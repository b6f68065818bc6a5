"""Slow keyed hashes of a document's number and of a person: equal for equal documents, and leading back to none.

A number has so few possible values that a plain keyed hash can be turned back by trying all of them as soon as its
key is known; each try here costs 256 MiB and about a second.
Source: RFC 9106 (Argon2id), RFC 2104 (HMAC); ../shared/PRIVACY.md, section 3.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from argon2.low_level import Type, hash_secret_raw

from plugins.verification_docs.duplicates import pepper
from plugins.verification_docs.duplicates.models import DOCUMENT, PERSON

HOME_COUNTRY = "GB"
SHORTEST_NUMBER = 4
LONGEST_NUMBER = 40
LONGEST_NAMES = 300
WAIT_FOR_A_PLACE_SECONDS = 10

# One at a time in each server process: several at once would push out the pages that others read.
_place = threading.BoundedSemaphore(1)

# People read the letter for the figure and the figure for the letter. Whoever takes them for the same loses a
# few of the possible numbers, and saves somebody from being told that they typed it wrong.
_LOOKALIKES = str.maketrans({"O": "0", "I": "1"})
# Letters that are not a plain letter with a mark. Source: ICAO Doc 9303, part 3, section 6.
_LETTERS = str.maketrans(
    {"Æ": "AE", "Œ": "OE", "Ø": "OE", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "Ħ": "H", "ẞ": "SS"}
)


@dataclass(frozen=True)
class Cost:
    """What one hash costs. Changing it makes every earlier tag unfindable."""

    memory_kib: int
    passes: int


COST = Cost(memory_kib=256 * 1024, passes=3)


class Busy(Exception):
    """Others are being compared just now and the wait was too long; the same again in a minute works."""


class Unreadable(ValueError):
    """What was typed has nothing in it to compare; `field` is number, country or names."""

    def __init__(self, field: str) -> None:
        """Keep which field it was; the page words it."""
        super().__init__(field)
        self.field = field


def document_tag(country: str, number: str) -> str:
    """Return 64 hex digits for a document; case, spaces, hyphens and look-alike letters make no difference.

    Slow on purpose: call it outside of any transaction. `country` is who issued it (ISO 3166 alpha-2).

    Raises:
        Unreadable: there is no number or no country in what was typed.
        Busy: the wait for a place was too long.
    """
    plain = normal_number(number)
    if not SHORTEST_NUMBER <= len(plain) <= LONGEST_NUMBER:
        raise Unreadable("number")
    return _hash(DOCUMENT, normal_country(country), plain)


def person_tag(names: str, born_on: date) -> str:
    """Return 64 hex digits for a person; case, marks, hyphens and the order of the names make no difference.

    Raises:
        Unreadable: there is no letter in the names.
        Busy: the wait for a place was too long.
    """
    plain = normal_names(names)
    if not plain or len(plain) > LONGEST_NAMES:
        raise Unreadable("names")
    return _hash(PERSON, born_on.isoformat(), plain)


def normal_number(typed: str) -> str:
    """Return a number as it is compared: A-Z and 0-9 only, with the letters O and I as the figures 0 and 1."""
    upper = unicodedata.normalize("NFKC", typed).upper()
    return "".join(sign for sign in upper if sign.isascii() and sign.isalnum()).translate(_LOOKALIKES)


def normal_country(typed: str) -> str:
    """Return a country's code in capitals.

    Raises:
        Unreadable: it is not two letters.
    """
    code = typed.strip().upper()
    if len(code) != 2 or not (code.isascii() and code.isalpha()):
        raise Unreadable("country")
    return code


def normal_names(typed: str) -> str:
    """Return names as they are compared: capitals without marks, words in order of the alphabet.

    An apostrophe is left out and a hyphen parts two words, as on the lines of a passport that machines read.
    Source: ICAO Doc 9303, part 3, section 4.6.
    """
    upper = unicodedata.normalize("NFKD", typed.upper().translate(_LETTERS)).upper()
    kept = "".join(sign if sign.isalpha() else " " for sign in upper if not _is_left_out(sign))
    return " ".join(sorted(kept.split()))


def same(one: str, other: str) -> bool:
    """Whether two tags are the same, in a time that does not tell how much of them is."""
    return hmac.compare_digest(one.encode(), other.encode())


def _is_left_out(sign: str) -> bool:
    return sign in "'’‘ʼʹ`´.·" or bool(unicodedata.combining(sign))


def _hash(kind: str, *parts: str) -> str:
    key = pepper.read()
    fast = hmac.new(key, "|".join((kind, *parts)).encode(), hashlib.sha256).digest()
    with _a_place():
        slow = hash_secret_raw(
            fast,
            salt=hmac.new(key, b"salt", hashlib.sha256).digest()[:16],
            time_cost=COST.passes,
            memory_cost=COST.memory_kib,
            parallelism=1,
            hash_len=32,
            type=Type.ID,
        )
    return slow.hex()


@contextmanager
def _a_place() -> Iterator[None]:
    if not _place.acquire(timeout=WAIT_FOR_A_PLACE_SECONDS):
        raise Busy
    try:
        yield
    finally:
        _place.release()
