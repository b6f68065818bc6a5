"""The scripts that hold voices, each named with its hash, so that a changed one is not run. Source: w3.org/TR/SRI."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import lru_cache
from importlib.resources import files

BUNDLE = "voice.js"
ENTRY = "write.js"
MODULES = ("write_card.js", "write_posts.js", "write_threads.js", "write_words.js")
"""What the entry imports, by the addresses it imports them by."""


@lru_cache(maxsize=16)
def integrity(name: str) -> str:
    """Return the hash of one of this plugin's static files, as the attribute wants it."""
    return hash_of((files("plugins.anonymity") / "static" / "anonymity" / name).read_bytes())


def hash_of(content: bytes) -> str:
    """Return the hash of a file's content, as the attribute wants it."""
    return f"sha384-{b64encode(hashlib.sha384(content).digest()).decode()}"
