"""Words that say somebody may be in danger now. The writer is then shown 999 and 101 again, before the post goes out.

Source: police.uk and the Met, "999 when a crime is happening or someone is in danger, else 101" (2026).
"""

from __future__ import annotations

import re

_WORDS = (
    r"999",
    r"gun(?:s|shots?)?",
    r"knife|knives|machetes?|weapons?|acid attack",
    r"shooting|shot at|stabb(?:ed|ing)|stab",
    r"attack(?:ed|ing)?|assault(?:ed|ing)?|bleeding|unconscious|not breathing|overdose",
    r"on fire|fire|smell of gas|gas leak|explosion",
    r"break(?:ing)? in(?:to)?|kidnapp(?:ed|ing)|being followed|suicide|kill (?:me|him|her|them|myself)",
    r"help me|need help|help(?=\s*!)|call (?:the )?police",
    r"right now|happening now|as we speak|now(?=\s*!)",
)
_URGENT = re.compile(rf"\b(?:{'|'.join(_WORDS)})", re.IGNORECASE)
_WHOLE = re.compile(r"\w*")


def urgent_words(text: str) -> tuple[str, ...]:
    """Return the alarming words of a text as they were written, each once, in order; empty when it is calm."""
    found: dict[str, str] = {}
    for match in _URGENT.finditer(text):
        rest = _WHOLE.match(text, match.end())
        if rest is None or rest.group() == "":
            found.setdefault(match.group().lower(), match.group())
    return tuple(found.values())
