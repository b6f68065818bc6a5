"""The postcode of an open case, sealed for its column. Papers are sealed to reviewers' keys (`keys.services`).

The server itself must read the postcode once more, to find the ward on the day of the decision.
"""

from __future__ import annotations

from core.instance import instance

POSTCODE = "verification_docs.postcode"


def seal_postcode(postcode: str) -> str:
    """Encrypt a postcode for its column."""
    return instance().keys.seal_text(POSTCODE, postcode)


def open_postcode(sealed: str) -> str:
    """Decrypt a postcode from its column."""
    return instance().keys.open_text(POSTCODE, sealed)
