"""The pictures of a post that its writer took back while a case was open: sealed beside the case until it closes.

They are sealed anew and carry no member, so that an erasure finds nothing to join and the case can still be decided.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import storage
from core.database import new_id
from plugins.ward_boards.moderation.models import Case, KeptPicture
from plugins.ward_boards.writing import pieces
from plugins.ward_boards.writing.attachments import Picture
from plugins.ward_boards.writing.models import Attachment


def keep(db: Session, post_id: str) -> None:
    """Lay copies of a post's pictures beside its open case, if it has one. Call before the pictures go."""
    case_id = db.scalar(sa.select(Case.id).where(Case.post_id == post_id, Case.is_open))
    if case_id is None:
        return
    for row in db.scalars(sa.select(Attachment).where(Attachment.post_id == post_id).order_by(Attachment.number)):
        try:
            content = pieces.get(db, row.blob_id)
        except storage.BlobGone:
            continue
        blob_id = pieces.put(db, content, None)
        size = {"width": row.width, "height": row.height}
        db.add(KeptPicture(id=new_id(), case_id=case_id, number=row.number, blob_id=blob_id, alt=row.alt, **size))
    db.flush()


def forget(db: Session, case_id: str) -> None:
    """Delete the copies of a case that closes: the rows now, the files after commit."""
    blobs = db.scalars(sa.select(KeptPicture.blob_id).where(KeptPicture.case_id == case_id)).all()
    if blobs:
        db.execute(sa.delete(KeptPicture).where(KeptPicture.case_id == case_id))
        for blob_id in blobs:
            storage.delete(db, blob_id)


def listed(db: Session, case: Case) -> list[Picture]:
    """Return the pictures a case is about: those of its post, or the copies once its writer took it back."""
    for table, here in _places(case):
        columns = (table.number, table.id, table.width, table.height, table.alt)
        rows = db.execute(sa.select(*columns).where(here).order_by(table.number)).all()
        if rows:
            return [Picture(*row) for row in rows]
    return []


def content_of(db: Session, case: Case, picture_id: str) -> bytes | None:
    """Return the bytes of one of those pictures, or None when it is not the case's or is gone."""
    for table, here in _places(case):
        blob_id = db.scalar(sa.select(table.blob_id).where(here, table.id == picture_id))
        if blob_id is not None:
            try:
                return pieces.get(db, blob_id)
            except storage.BlobGone:
                return None
    return None


def _places(case: Case) -> list[tuple[type[Attachment] | type[KeptPicture], sa.ColumnElement[bool]]]:
    return [(Attachment, Attachment.post_id == case.post_id), (KeptPicture, KeptPicture.case_id == case.id)]
