"""The key of all tags: a file of its own beside the database, or a systemd credential. In no backup.

Without it a stolen database says of no number whether it is in there. When it is lost, what was kept before is
never found again: somebody could then be verified twice, and nothing else breaks.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from core import crypto
from core.instance import instance

KEY_FILE = "pepper.key"
CREDENTIAL = "boroughwatch-pepper"
FEWEST_BYTES = 32


class PepperRefused(Exception):
    """The key is too short to be one; the text says what to do."""


def key_path() -> Path:
    """Return where the key is, or will be: the systemd credential when there is one, else the data folder."""
    given = os.environ.get("CREDENTIALS_DIRECTORY")
    credential = Path(given) / CREDENTIAL if given else None
    if credential is not None and credential.exists():
        return credential
    return instance().config.data_dir / KEY_FILE


def read() -> bytes:
    """Return the key; makes the file at first use.

    Raises:
        PepperRefused: it is shorter than 32 characters.
    """
    path = key_path()
    try:
        key = path.read_bytes().strip()
    except FileNotFoundError:
        crypto.create_once(path, secrets.token_hex(32))
        key = path.read_bytes().strip()
    if len(key) < FEWEST_BYTES:
        raise PepperRefused(f"{path} is shorter than {FEWEST_BYTES} characters; put the right key back.")
    return key
