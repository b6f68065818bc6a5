"""The pictures of posts: put beside a post, found for its readers, taken away with its text. Nothing here commits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import storage
from core.database import new_id
from plugins.ward_boards.models import Post
from plugins.ward_boards.writing import pieces
from plugins.ward_boards.writing.models import Attachment
from plugins.ward_boards.writing.pieces import MOST_PICTURES, Piece, TooManyPictures

_FIELD, _ROW = "\x1f", "\x1e"
"""Separators of ASCII; words for pictures are cleaned of control characters, so none is ever inside a field."""


class Picture(NamedTuple):
    """A picture as a reader of its post sees it."""

    number: int
    id: str
    width: int
    height: int
    alt: str


def add(db: Session, post_id: str, new: Sequence[Piece]) -> None:
    """Put pictures beside a post, after those it has. A hidden author's carry no member, as the post does not.

    They are sealed anew under new names, so that nothing ties them to the draft they may have lain in.

    Raises:
        TooManyPictures: it would have more than a post may.
    """
    if not new:
        return
    member_id = db.scalar(sa.select(Post.member_id).where(Post.id == post_id))
    count = db.scalar(sa.select(sa.func.count()).where(Attachment.post_id == post_id)) or 0
    if count + len(new) > MOST_PICTURES:
        raise TooManyPictures(post_id)
    for number, piece in enumerate(new, start=count + 1):
        blob_id = pieces.put(db, piece.content, member_id)
        size = {"width": piece.width, "height": piece.height}
        db.add(Attachment(id=new_id(), post_id=post_id, number=number, blob_id=blob_id, alt=piece.alt, **size))
    db.flush()


def remove(db: Session, post_id: str) -> None:
    """Delete the pictures of a post that is withdrawn or erased: the rows now, the files after commit."""
    blobs = db.scalars(sa.select(Attachment.blob_id).where(Attachment.post_id == post_id)).all()
    if blobs:
        db.execute(sa.delete(Attachment).where(Attachment.post_id == post_id))
        for blob_id in blobs:
            storage.delete(db, blob_id)


def listed(post: sa.FromClause) -> sa.ScalarSelect[str]:
    """Return a column with all that a page needs of a post's pictures, to stand beside the post's other columns.

    One text per post and no further query: `pictures` takes it apart.
    """
    row = Attachment.__table__.c
    one = (
        sa.cast(row.number, sa.String)
        .concat(_FIELD)
        .concat(row.id)
        .concat(_FIELD)
        .concat(sa.cast(row.width, sa.String))
        .concat(_FIELD)
        .concat(sa.cast(row.height, sa.String))
        .concat(_FIELD)
        .concat(row.alt)
    )
    return (
        sa.select(sa.func.aggregate_strings(one, _ROW))
        .where(row.post_id == post.c.id)
        .correlate(post)
        .scalar_subquery()
    )


def pictures(text: str | None) -> tuple[Picture, ...]:
    """Return the pictures of a column made by `listed`, by number."""
    if not text:
        return ()
    rows = (row.split(_FIELD) for row in text.split(_ROW))
    return tuple(sorted(Picture(int(n), key, int(w), int(h), alt) for n, key, w, h, alt in rows))


def content_of(db: Session, picture_id: str) -> bytes | None:
    """Return the picture's bytes, or None when it is gone. The caller has seen that it belongs to a readable post."""
    blob_id = db.scalar(sa.select(Attachment.blob_id).where(Attachment.id == picture_id))
    if blob_id is None:
        return None
    try:
        return pieces.get(db, blob_id)
    except storage.BlobGone:
        return None
