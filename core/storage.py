"""Sealed files: one store, local folder or S3 through obstore, rows that say whose they are.

The content must be sealed before it comes here. A file is written before its row and deleted after
its row is gone, so a crash leaves an orphan file, which the sweep removes, and never a row without one.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import after_commit, new_id, now, reading
from core.instance import instance
from core.models import Blob

log = logging.getLogger(__name__)
ORPHAN_AFTER = timedelta(hours=1)


class BlobGone(LookupError):
    """The file was deleted; a link to it must answer 404."""


class StoreUnavailable(Exception):
    """The store did not answer; what was to be stored was not, so the transaction must not commit."""


def _store() -> Any:
    import obstore.store

    url = instance().config.storage_url
    if url.startswith("s3://"):
        return _bucket(url)
    folder = url.removeprefix("file://")
    Path(folder).mkdir(parents=True, exist_ok=True)
    return obstore.store.LocalStore(folder)


@lru_cache(maxsize=8)
def _bucket(url: str) -> Any:
    """Return the S3 client of an address; credentials come from the environment (AWS_ACCESS_KEY_ID and so on)."""
    import obstore.store

    address, _, options = url.partition("?")
    more: Any = dict(parse_qsl(options))
    # Short: a page waits, and other writers wait for it. The library's own patience is three minutes.
    patience: Any = {"timeout": "10s", "connect_timeout": "3s"}
    patience["allow_http"] = str(more.get("endpoint", "")).startswith("http://")
    return obstore.store.S3Store.from_url(
        address,
        config=more,
        client_options=patience,
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=10)},
    )


def _path(owner: str, blob_id: str) -> str:
    return f"{owner}/{blob_id}.age"


def put(db: Session, owner: str, content: bytes, member_id: str | None = None) -> str:
    """Store sealed bytes for a plugin and return the new blob's id; flushes the row.

    Raises:
        StoreUnavailable: nothing was stored.
    """
    import obstore
    from obstore.exceptions import BaseError

    blob_id = new_id()
    try:
        obstore.put(_store(), _path(owner, blob_id), content)
    except BaseError as problem:
        raise StoreUnavailable(type(problem).__name__) from problem
    db.add(Blob(id=blob_id, owner=owner, member_id=member_id, size_bytes=len(content)))
    db.flush()
    return blob_id


def get(db: Session, blob_id: str) -> bytes:
    """Return the sealed bytes.

    Raises:
        BlobGone: the row or the file is not there.
        StoreUnavailable: the store did not answer.
    """
    import obstore
    from obstore.exceptions import BaseError

    owner = db.scalar(sa.select(Blob.owner).where(Blob.id == blob_id))
    if owner is None:
        raise BlobGone(blob_id)
    try:
        return bytes(obstore.get(_store(), _path(owner, blob_id)).bytes())
    except FileNotFoundError:
        raise BlobGone(blob_id) from None
    except BaseError as problem:
        raise StoreUnavailable(type(problem).__name__) from problem


def delete(db: Session, blob_id: str) -> None:
    """Delete the row now and the file after commit; a blob that is gone already is fine."""
    owner = db.scalar(sa.select(Blob.owner).where(Blob.id == blob_id))
    if owner is None:
        return
    db.execute(sa.delete(Blob).where(Blob.id == blob_id))
    after_commit(db, lambda: _delete_file(_path(owner, blob_id)))


def _delete_file(path: str) -> None:
    import obstore
    from obstore.exceptions import BaseError

    try:
        obstore.delete(_store(), path)
    except FileNotFoundError:
        log.info("a stored file was gone already")
    except BaseError as problem:
        log.error("a stored file could not be deleted (%s); the sweep will do it", type(problem).__name__)


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
