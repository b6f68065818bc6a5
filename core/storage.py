"""Sealed files: a local folder or S3 through obstore, and rows that say whose they are.

There are two areas: the files, and the vault for what no backup may hold. The content must be sealed before it comes
here. A file is written before its row and deleted after its row is gone, so a crash leaves an orphan file, which the
sweep removes, and never a row without one.
"""

from __future__ import annotations

import logging
import os
from datetime import datetime, timedelta
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
FILES, VAULT = AREAS = ("files", "vault")


class BlobGone(LookupError):
    """The file was deleted; a link to it must answer 404."""


class StoreUnavailable(Exception):
    """The store did not answer; what was to be stored was not, so the transaction must not commit."""


def _url(area: str) -> str:
    config = instance().config
    return config.vault_url if area == VAULT else config.storage_url


def _folder(area: str) -> Path | None:
    """Return the local folder of an area; None when it lies in a bucket."""
    url = _url(area)
    return None if url.startswith("s3://") else Path(url.removeprefix("file://"))


def _store(area: str) -> Any:
    import obstore.store

    folder = _folder(area)
    if folder is None:
        return _bucket(_url(area))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return obstore.store.LocalStore(str(folder))


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


def put(
    db: Session,
    owner: str,
    content: bytes,
    member_id: str | None = None,
    *,
    vault: bool = False,
    blunt_time: bool = False,
) -> str:
    """Store sealed bytes for a plugin, in the vault or with the files; return the new blob's id. Flushes the row.

    With `blunt_time` a local file says only the day on which it was written, once its row is committed (before, the
    sweep needs its hour). A bucket keeps times of its own.

    Raises:
        StoreUnavailable: nothing was stored.
    """
    import obstore
    from obstore.exceptions import BaseError

    blob_id, area = new_id(), VAULT if vault else FILES
    folder = _folder(area)
    try:
        if folder is None:
            obstore.put(_store(area), _path(owner, blob_id), content)
        else:
            _write(folder / _path(owner, blob_id), content)
    except (BaseError, OSError) as problem:
        raise StoreUnavailable(type(problem).__name__) from problem
    db.add(Blob(id=blob_id, owner=owner, member_id=member_id, size_bytes=len(content), area=area))
    db.flush()
    if blunt_time and folder is not None:
        path = folder / _path(owner, blob_id)
        after_commit(db, lambda: _blunt(path))
    return blob_id


def _blunt(path: Path) -> None:
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    try:
        os.utime(path, (midnight, midnight))
    except OSError as problem:  # deleted meanwhile, or a file system without times
        log.info("the time of a stored file stays as it is (%s)", type(problem).__name__)


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is whole or not there, whatever moment the power fails; obstore does not sync."""
    is_new = not path.parent.exists()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Only after its content is on the disk does it get its name, and the name is on the disk once the folder is.
    part = path.with_suffix(".part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        part.rename(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    for folder in (path.parent, *([path.parent.parent] if is_new else [])):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def get(db: Session, blob_id: str) -> bytes:
    """Return the sealed bytes.

    Raises:
        BlobGone: the row or the file is not there.
        StoreUnavailable: the store did not answer.
    """
    import obstore
    from obstore.exceptions import BaseError

    row = _row(db, blob_id)
    if row is None:
        raise BlobGone(blob_id)
    try:
        return bytes(obstore.get(_store(row.area), _path(row.owner, blob_id)).bytes())
    except FileNotFoundError:
        raise BlobGone(blob_id) from None
    except BaseError as problem:
        raise StoreUnavailable(type(problem).__name__) from problem


def delete(db: Session, blob_id: str) -> None:
    """Delete the row now and the file after commit; a blob that is gone already is fine."""
    row = _row(db, blob_id)
    if row is None:
        return
    db.execute(sa.delete(Blob).where(Blob.id == blob_id))
    after_commit(db, lambda: _delete_file(row.area, _path(row.owner, blob_id)))


def _row(db: Session, blob_id: str) -> sa.Row[str, str] | None:
    return db.execute(sa.select(Blob.owner, Blob.area).where(Blob.id == blob_id)).one_or_none()


def _delete_file(area: str, path: str) -> None:
    import obstore
    from obstore.exceptions import BaseError

    try:
        obstore.delete(_store(area), path)
    except FileNotFoundError:
        log.info("a stored file was gone already")
    except BaseError as problem:
        log.error("a stored file could not be deleted (%s); the sweep will do it", type(problem).__name__)


def sweep() -> int:
    """Delete files that have no row (a crash, or a member erased by the database); return how many."""
    paths = [(area, path) for area in AREAS for path in _orphans(area, now() - ORPHAN_AFTER)]
    for area, path in paths:
        _delete_file(area, path)
    return len(paths)


def orphans(owner: str | None = None) -> int:
    """Return how many files (of one owner) have no row; one that was just written may get its row yet."""
    cutoff = now() - ORPHAN_AFTER
    found = [path for area in AREAS for path in _orphans(area, cutoff)]
    return sum(owner is None or path.startswith(f"{owner}/") for path in found)


def _orphans(area: str, cutoff: datetime) -> list[str]:
    import obstore

    with reading() as db:
        rows = db.execute(sa.select(Blob.owner, Blob.id).where(Blob.area == area))
        kept = {_path(row.owner, row.id) for row in rows}
    return [
        item["path"]
        for page in obstore.list(_store(area))
        for item in page
        if item["path"] not in kept
        and item["last_modified"] < cutoff
        # In a bucket the vault lies below the files, and is swept by itself.
        and not (area == FILES and item["path"].startswith(f"{VAULT}/"))
    ]


def sweep_member(db: Session, member_id: str) -> int:
    """Delete every blob of a member, whichever plugin put it there, loaded or not; return how many."""
    ids = db.scalars(sa.select(Blob.id).where(Blob.member_id == member_id)).all()
    for blob_id in ids:
        delete(db, blob_id)
    return len(ids)


def check() -> None:
    """Raise when one of the areas does not answer, or is a folder that cannot be written."""
    import obstore

    for area in AREAS:
        next(iter(obstore.list(_store(area), chunk_size=1)), None)
        folder = _folder(area)
        if folder is not None and not os.access(folder, os.W_OK):
            raise PermissionError(folder)
