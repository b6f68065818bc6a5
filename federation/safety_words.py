"""The safety number two admins compare by telephone, as 12 groups of 5 digits and as six plain words.

Both come from one digest over both addresses and both keys, so that neither side can be swapped. The
words carry 60 bits; a slow function (scrypt) stands before them, so that trying out keys until two
lots of words agree costs years of computing. The digits carry more than 190 bits.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

LABEL = b"boroughwatch-fed-1"
WORDS_FILE = Path(__file__).parent / "data" / "words.txt"
WORD_COUNT = 6
GROUP_COUNT = 12


@dataclass(frozen=True)
class SafetyNumber:
    """What both admins see: twelve groups of digits, and six words."""

    groups: tuple[str, ...]
    words: tuple[str, ...]

    @property
    def digits(self) -> str:
        """The groups in one line."""
        return " ".join(self.groups)

    @property
    def phrase(self) -> str:
        """The words in one line."""
        return " ".join(self.words)

    def says(self, heard: str) -> bool:
        """Whether the words (or the digits) that were typed are these; case and spaces do not matter."""
        plain = " ".join(heard.lower().replace(",", " ").replace("-", " ").split())
        digits = "".join(plain.split())
        right_words = hmac.compare_digest(plain.encode(), self.phrase.encode())
        right_digits = hmac.compare_digest(digits.encode(), "".join(self.groups).encode())
        return right_words or right_digits


def safety_number(ours: tuple[str, str], theirs: tuple[str, str]) -> SafetyNumber:
    """Return the number for two (base URL, key thumbprint) pairs; the order of the pairs does not matter."""
    pairs = sorted(f"{base_url}\0{thumbprint}".encode() for base_url, thumbprint in (ours, theirs))
    return _from_digest(hashlib.sha256(LABEL + b"".join(len(p).to_bytes(4, "big") + p for p in pairs)).digest())


@lru_cache(maxsize=256)
def _from_digest(digest: bytes) -> SafetyNumber:
    wide = hashlib.shake_256(LABEL + b" digits" + digest).digest(GROUP_COUNT * 8)
    groups = tuple(f"{int.from_bytes(wide[i : i + 8], 'big') % 100_000:05d}" for i in range(0, len(wide), 8))
    slow = hashlib.scrypt(digest, salt=LABEL + b" words", n=2**15, r=8, p=1, maxmem=64 * 1024 * 1024, dklen=32)
    number, chosen = int.from_bytes(slow, "big"), []
    for _place in range(WORD_COUNT):
        number, place = divmod(number, len(words()))
        chosen.append(words()[place])
    return SafetyNumber(groups, tuple(chosen))


@lru_cache(maxsize=1)
def words() -> tuple[str, ...]:
    """Return the 1,024 words; no two differ in one letter only."""
    return tuple(WORDS_FILE.read_text(encoding="utf-8").split())
