"""Is this about somebody's own case? A plain list of words, so that anyone can read what is turned away and why.

A session is no place for one's own case: what is said there is heard by all, and the officers there cannot look
it up. 101 and the online route can.
"""

from __future__ import annotations

import re

WORDS = (
    "my case",
    "my own case",
    "our case",
    "my report",
    "our report",
    "my statement",
    "my crime number",
    "my incident",
    "cad",
    "crn",
    "crime reference",
    "crime ref",
    "crime number",
    "case number",
    "incident number",
    "log number",
    "report number",
    "reference number",
    "ref number",
    "ref no",
    "officer in charge",
    "oic",
    "investigating officer",
)
NOT_MEANT = ("in my case", "in our case")
"""Ways of speaking that have one of the words in them and mean something else."""

# 1234567/26, TAA-01234-26, or any long run of digits: a reference or somebody's telephone, and neither belongs here.
NUMBER = re.compile(r"\d{4,}\s*/\s*\d{2}|\b[a-z]{2,5}-\d{3,}|\d(?:[ -]?\d){6,}")
_FOUND = re.compile(r"\b(?:" + "|".join(map(re.escape, WORDS)) + r")\b")


def is_own_case(words: str) -> bool:
    """Whether a question looks like one about an own case, or holds a reference."""
    plain = words.casefold()
    if NUMBER.search(plain):
        return True
    spoken = " ".join(re.findall(r"[^\W\d_]+", plain))
    for harmless in NOT_MEANT:
        spoken = re.sub(rf"\b{harmless}\b", " ", spoken)
    return _FOUND.search(spoken) is not None
