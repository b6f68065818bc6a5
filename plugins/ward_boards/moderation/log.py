"""The log that members read: what moderators did, on which day, why, and as whom by role and ward."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import new_id
from plugins.ward_boards.models import Thread, ThreadWard
from plugins.ward_boards.moderation.models import LogEntry, LogWard
from plugins.ward_boards.moderation.rights import Standing


def boards_of(db: Session, thread_id: str) -> frozenset[str]:
    """Return the boards a thread is on."""
    return frozenset(db.scalars(sa.select(ThreadWard.ward_code).where(ThreadWard.thread_id == thread_id)))


def write(db: Session, as_whom: Standing, verb: str, thread_id: str, *, reason: str = "", now: datetime) -> None:
    """Add an entry about a thread, on the log of each of its boards and of the moderator's own.

    It holds no name, no text and no post; and no words of a moderator's own, for those may name somebody.
    """
    entry = LogEntry(
        id=new_id(),
        day=now.date(),
        verb=verb,
        reason=reason,
        role=as_whom.role,
        ward_code=as_whom.ward_code,
        tier=db.scalar(sa.select(Thread.tier).where(Thread.id == thread_id)),
        thread_id=thread_id,
    )
    db.add(entry)
    db.flush()
    codes = boards_of(db, thread_id) | {as_whom.ward_code}
    db.add_all(LogWard(entry_id=entry.id, ward_code=code) for code in sorted(codes))
    db.flush()
