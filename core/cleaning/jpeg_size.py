"""Width and height of a JPEG, read from its header alone, so that no decoder runs in the server."""

from __future__ import annotations

# Start of frame: baseline to lossless arithmetic; C4, C8 and CC share the row but are tables.
# Source: ITU-T T.81, table B.1.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Return (width, height), or None when the bytes have no JPEG header that says so."""
    if not content.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(content):
        if content[at] != 0xFF:
            return None
        mark = content[at + 1]
        if mark in _FRAMES:
            height, width = (int.from_bytes(content[at + 5 + i : at + 7 + i], "big") for i in (0, 2))
            return (width, height) if width and height else None
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2:
            return None
        at += 2 + length
    return None
