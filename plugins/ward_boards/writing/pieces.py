"""A clean picture on its way to a post: made from what was sent, sealed for the store, opened for its reader."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import storage
from core.cleaning import intake
from core.cleaning.jpeg_size import jpeg_size
from core.instance import instance
from plugins.ward_boards import markup

OWNER = "ward_boards"
PURPOSE = "ward_boards.picture"
MOST_FILES = 4
"""Of one post; a PDF counts once."""
MOST_PICTURES = 10
LONGEST_SIDE = 1800
LONGEST_ALT = 300


class TooManyPictures(ValueError):
    """A post would have more pictures than it may."""


@dataclass(frozen=True)
class Piece:
    """A clean picture. `id` is that of the draft's row, or empty while it lies in no draft."""

    content: bytes
    alt: str
    width: int
    height: int
    id: str = ""
    digest: str = ""
    """Of the clean bytes, so that the same file sent twice is one picture."""


def clean_alt(text: str | None) -> str:
    """Return the words for a picture on one line, no longer than is kept."""
    return markup.one_line(text or "")[:LONGEST_ALT]


def made_from(content: bytes, alt: str, *, until: float | None = None) -> list[Piece]:
    """Return the clean pictures of one file: one of a photo, one for each page of a PDF.

    Raises:
        core.cleaning.intake.FileRefused: with a sentence that says why.
    """
    pages = intake.clean_pages([content], longest_side=LONGEST_SIDE, until=until)
    words = clean_alt(alt)
    found = []
    for number, page in enumerate(pages, start=1):
        size = jpeg_size(page)
        if size is None:
            raise intake.FileRefused("broken")
        more = _("page %(number)s of %(total)s", number=number, total=len(pages)) if len(pages) > 1 else ""
        room = LONGEST_ALT - len(more) - 2
        text = f"{words[:room]}, {more}" if words and more else words
        found.append(Piece(page, text, *size, digest=hashlib.sha256(page).hexdigest()))
    return found


def put(db: Session, content: bytes, member_id: str | None) -> str:
    """Seal a picture and store it; return the blob's id. Without a member nothing says whose it is, nor the hour."""
    return storage.put(db, OWNER, instance().keys.seal_bytes(PURPOSE, content), member_id, blunt_time=True)


def get(db: Session, blob_id: str) -> bytes:
    """Return the picture.

    Raises:
        core.storage.BlobGone: it was deleted.
        core.storage.StoreUnavailable: the store did not answer.
    """
    return instance().keys.open_bytes(PURPOSE, storage.get(db, blob_id))
