"""How binary values stand in JSON: base64url without padding. Source: RFC 4648, section 5."""

from __future__ import annotations

import base64
import binascii


class NotBase64(ValueError):
    """The text is not base64url without padding, or not the one way to write its bytes."""


def to_text(content: bytes) -> str:
    """Return bytes as text."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """Return the bytes of a text.

    Raises:
        NotBase64: it is none, or there is another way to write the same bytes.
    """
    try:
        content = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error, ValueError):
        raise NotBase64(text[:20]) from None
    if to_text(content) != text:
        raise NotBase64(text[:20])
    return content
