"""The key that papers are sealed to, and the two things done with it.

One age identity per instance, in a file of its own beside the database: a stolen database, or a stolen store
of sealed files, opens nothing. It is not derived from the instance's secret, so that it can be kept apart.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from core import crypto
from core.instance import instance

KEY_FILE = "evidence.key"
POSTCODE = "verification_docs.postcode"


def key_path() -> Path:
    """Return where the key file is, or will be."""
    return instance().config.data_dir / KEY_FILE


def seal_page(page: bytes) -> bytes:
    """Encrypt a clean page to the instance's key; makes the key when there is none yet."""
    return crypto.seal(page, [crypto.age_recipient(_identity())])


def open_page(sealed: bytes) -> bytes:
    """Decrypt a page in memory."""
    return crypto.unseal(sealed, _identity())


def seal_postcode(postcode: str) -> str:
    """Encrypt a postcode for its column."""
    return instance().keys.seal_text(POSTCODE, postcode)


def open_postcode(sealed: str) -> str:
    """Decrypt a postcode from its column."""
    return instance().keys.open_text(POSTCODE, sealed)


def _identity() -> str:
    path = key_path()
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        _create(path)
        return path.read_text(encoding="ascii").strip()


def _create(path: Path) -> None:
    """Write a new key under a name of its own first: two processes must end up with one and the same key."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(crypto.new_age_identity() + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
