"""The notes on a member's own page: newest day first, gone after thirty days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.models import Notice
from core.notifications.notes import Note, unseal

KEPT_DAYS = 30
MOST_SHOWN = 100


@dataclass(frozen=True)
class Shown:
    """A note as its member sees it."""

    note: Note
    noticed_on: date
    is_read: bool


def notices(db: Session, member_id: str, limit: int = MOST_SHOWN) -> list[Shown]:
    """Return a member's notes, unread ones first on each day, the newest day first."""
    chosen = (
        sa.select(Notice.sealed, Notice.noticed_on, Notice.is_read)
        .where(Notice.member_id == member_id)
        .order_by(Notice.noticed_on.desc(), Notice.is_read, Notice.id)
        .limit(limit)
    )
    opened = [(unseal(row.sealed), row) for row in db.execute(chosen)]
    return [Shown(note, row.noticed_on, row.is_read) for note, row in opened if note is not None]


def unread(db: Session, member_id: str) -> int:
    """Return how many notes a member has not marked as read, at most a hundred."""
    few = sa.select(Notice.id).where(Notice.member_id == member_id, Notice.is_read.is_(False)).limit(MOST_SHOWN)
    return db.scalar(sa.select(sa.func.count()).select_from(few.subquery())) or 0


def mark_read(db: Session, member_id: str) -> None:
    """Mark all of a member's notes as read."""
    db.execute(sa.update(Notice).where(Notice.member_id == member_id).values(is_read=True))


def forget(db: Session, today: date) -> int:
    """Delete notes older than thirty days; return how many."""
    old = sa.delete(Notice).where(Notice.noticed_on < today - timedelta(days=KEPT_DAYS))
    return int(db.execute(old).rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE
