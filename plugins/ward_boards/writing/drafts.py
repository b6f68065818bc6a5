"""Drafts that wait on the server: sealed, one per member and place, and gone after seven days. Nothing here commits.

They lie here and not in the browser, for phones are shared. A row's key is a keyed hash of the member and the place,
its owner a keyed hash of the member: without the instance's secret neither tells anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from sqlalchemy.orm import Session

from core import storage
from core.database import new_id
from core.instance import instance
from plugins.ward_boards.writing import pieces
from plugins.ward_boards.writing.models import DraftFile, KeptDraft
from plugins.ward_boards.writing.pieces import Piece

KEPT_DAYS = 7
MOST_DRAFTS = 40
"""Of one member; the oldest makes room."""
LONGEST_TEXT = 20_000
_PURPOSE = "ward_boards.draft"
_FILE = ("alt", "width", "height", "id", "digest")


@dataclass(frozen=True)
class Kept:
    """A draft as its writer left it. `values` are what the form held, `files` the pictures without their bytes."""

    values: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Piece, ...] = ()
    saved_on: date | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it that would be missed."""
        return not self.files and not any(str(self.values.get(name) or "").strip() for name in ("title", "text"))


def key_of(member_id: str, place: str) -> str:
    """Return the key of a member's draft for a board (`board:CODE`) or a thread (`thread:ID`)."""
    return instance().keys.keyed_hash(f"{_PURPOSE}.key", member_id, place)


def owner_of(member_id: str) -> str:
    """Return what marks a member's drafts as theirs."""
    return instance().keys.keyed_hash(f"{_PURPOSE}.owner", member_id)


def find(db: Session, member_id: str, place: str) -> Kept | None:
    """Return a member's draft for a place, or None. One query."""
    key = key_of(member_id, place)
    row = db.execute(sa.select(KeptDraft.sealed, KeptDraft.saved_on).where(KeptDraft.id == key)).one_or_none()
    return None if row is None else _opened(key, row.sealed, row.saved_on)


def _opened(key: str, sealed: str, saved_on: date) -> Kept | None:
    try:
        whole = json.loads(instance().keys.open_text(f"{_PURPOSE}:{key}", sealed))
    except InvalidTag:
        return None  # sealed under another secret, or moved to another row
    files = tuple(Piece(b"", *(file[name] for name in _FILE)) for file in whole["files"])
    return Kept(whole["values"], files, saved_on)


def save(db: Session, member_id: str, place: str, kept: Kept, *, today: date) -> Kept:
    """Keep a draft in place of the one before; pictures that are no longer in it are deleted.

    A picture with bytes is new and is stored; one without is in the draft already. An empty draft is deleted.
    """
    key = key_of(member_id, place)
    if kept.is_empty:
        delete(db, member_id, place)
        return kept
    row = db.get(KeptDraft, key)
    if row is None:
        _make_room(db, member_id)
        row = KeptDraft(id=key, owner=owner_of(member_id), sealed="", saved_on=today)
        db.add(row)
        db.flush()
    files = tuple(piece if not piece.content else _stored(db, key, piece) for piece in kept.files)
    _drop_files(db, DraftFile.draft_id == key, DraftFile.id.not_in([piece.id for piece in files]))
    listed = [{name: getattr(file, name) for name in _FILE} for file in files]
    text = json.dumps({"values": _bounded(kept.values), "files": listed})
    row.sealed, row.saved_on = instance().keys.seal_text(f"{_PURPOSE}:{key}", text), today
    db.flush()
    return Kept(kept.values, files, today)


def _bounded(values: Mapping[str, Any]) -> dict[str, Any]:
    short = {name: value[:300] if isinstance(value, str) else value for name, value in values.items()}
    return short | {"text": str(values.get("text") or "")[:LONGEST_TEXT]}


def _stored(db: Session, key: str, piece: Piece) -> Piece:
    row = DraftFile(id=new_id(), draft_id=key, blob_id=pieces.put(db, piece.content, None))
    db.add(row)
    db.flush()
    return replace(piece, content=b"", id=row.id)


def _make_room(db: Session, member_id: str) -> None:
    owned = sa.select(KeptDraft.id).where(KeptDraft.owner == owner_of(member_id))
    oldest = db.scalars(owned.order_by(KeptDraft.saved_on.desc()).offset(MOST_DRAFTS - 1)).all()
    _delete(db, oldest)


def with_content(db: Session, member_id: str, files: Sequence[Piece]) -> list[Piece]:
    """Return pictures of a member's drafts with their bytes; those that are gone, or not theirs, are left out."""
    found = []
    for piece in files:
        content = content_of(db, member_id, piece.id)
        if content is not None:
            found.append(replace(piece, content=content))
    return found


def content_of(db: Session, member_id: str, file_id: str) -> bytes | None:
    """Return a picture of one of this member's own drafts, or None."""
    owned = sa.select(DraftFile.blob_id).join(KeptDraft, KeptDraft.id == DraftFile.draft_id)
    blob_id = db.scalar(owned.where(DraftFile.id == file_id, KeptDraft.owner == owner_of(member_id)))
    try:
        return None if blob_id is None else pieces.get(db, blob_id)
    except storage.BlobGone:
        return None


def delete(db: Session, member_id: str, place: str) -> None:
    """Throw a draft away with its pictures; there may be none."""
    _delete(db, [key_of(member_id, place)])


def delete_of_member(db: Session, member_id: str) -> int:
    """Throw all drafts of a member away; return how many there were."""
    return _delete(db, db.scalars(sa.select(KeptDraft.id).where(KeptDraft.owner == owner_of(member_id))).all())


def delete_old(db: Session, today: date) -> int:
    """Throw away the drafts that nobody touched for seven days; return how many there were."""
    last_day = today - timedelta(days=KEPT_DAYS)
    return _delete(db, db.scalars(sa.select(KeptDraft.id).where(KeptDraft.saved_on < last_day)).all())


def _delete(db: Session, keys: Sequence[str]) -> int:
    if not keys:
        return 0
    _drop_files(db, DraftFile.draft_id.in_(keys))
    gone = db.execute(sa.delete(KeptDraft).where(KeptDraft.id.in_(keys)).returning(KeptDraft.id)).all()
    return len(gone)


def _drop_files(db: Session, *which: sa.ColumnElement[bool]) -> None:
    for file_id, blob_id in db.execute(sa.select(DraftFile.id, DraftFile.blob_id).where(*which)).all():
        db.execute(sa.delete(DraftFile).where(DraftFile.id == file_id))
        storage.delete(db, blob_id)


def of_member(db: Session, member_id: str) -> Iterator[Kept]:
    """Yield all drafts of a member, for their export."""
    owned = sa.select(KeptDraft.id, KeptDraft.sealed, KeptDraft.saved_on)
    for key, sealed, saved_on in db.execute(owned.where(KeptDraft.owner == owner_of(member_id))).all():
        kept = _opened(key, sealed, saved_on)
        if kept is not None:
            yield kept
