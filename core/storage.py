"""Sealed files: one store, local folder or S3 through obstore, rows that say whose they are.

The content must be sealed before it comes here. A file is written before its row and deleted after
its row is gone, so a crash leaves an orphan file, which the sweep removes, and never a row without one.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import after_commit, new_id, now, reading
from core.instance import instance
from core.models import Blob

log = logging.getLogger(__name__)
ORPHAN_AFTER = timedelta(hours=1)


class BlobGone(LookupError):
    """The file was deleted; a link to it must answer 404."""


def _store() -> Any:
    import obstore.store

    url = instance().config.storage_url
    if "://" in url:
        return obstore.store.from_url(url)
    Path(url).mkdir(parents=True, exist_ok=True)
    return obstore.store.LocalStore(url)


def _path(owner: str, blob_id: str) -> str:
    return f"{owner}/{blob_id}.age"


def put(db: Session, owner: str, content: bytes, member_id: str | None = None) -> str:
    """Store sealed bytes for a plugin and return the new blob's id; flushes the row."""
    import obstore

    blob_id = new_id()
    obstore.put(_store(), _path(owner, blob_id), content)
    db.add(Blob(id=blob_id, owner=owner, member_id=member_id, size_bytes=len(content)))
    db.flush()
    return blob_id


def get(db: Session, blob_id: str) -> bytes:
    """Return the sealed bytes.

    Raises:
        BlobGone: the row or the file is not there.
    """
    import obstore

    owner = db.scalar(sa.select(Blob.owner).where(Blob.id == blob_id))
    if owner is None:
        raise BlobGone(blob_id)
    try:
        return bytes(obstore.get(_store(), _path(owner, blob_id)).bytes())
    except FileNotFoundError:
        raise BlobGone(blob_id) from None


def delete(db: Session, blob_id: str) -> None:
    """Delete the row now and the file after commit; a blob that is gone already is fine."""
    owner = db.scalar(sa.select(Blob.owner).where(Blob.id == blob_id))
    if owner is None:
        return
    db.execute(sa.delete(Blob).where(Blob.id == blob_id))
    after_commit(db, lambda: _delete_file(_path(owner, blob_id)))


def _delete_file(path: str) -> None:
    import obstore

    try:
        obstore.delete(_store(), path)
    except FileNotFoundError:
        log.info("a stored file was gone already")


def sweep() -> int:
    """Delete files that have no row (a crash, or a member erased by the database); return how many."""
    import obstore

    cutoff = now() - ORPHAN_AFTER
    with reading() as db:
        kept = {_path(row.owner, row.id) for row in db.execute(sa.select(Blob.owner, Blob.id))}
    orphans = [
        item["path"]
        for page in obstore.list(_store())
        for item in page
        if item["path"] not in kept and item["last_modified"] < cutoff
    ]
    for path in orphans:
        _delete_file(path)
    return len(orphans)


def sweep_member(db: Session, member_id: str) -> int:
    """Delete every blob of a member, whichever plugin put it there, loaded or not; return how many."""
    ids = db.scalars(sa.select(Blob.id).where(Blob.member_id == member_id)).all()
    for blob_id in ids:
        delete(db, blob_id)
    return len(ids)


def check() -> None:
    """Raise when the store does not answer."""
    import obstore

    next(iter(obstore.list(_store(), chunk_size=1)), None)
