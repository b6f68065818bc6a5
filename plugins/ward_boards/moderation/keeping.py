"""How long moderation remembers: a year after a case closed, and not for ever when nobody closes it."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import RetentionPart
from core.database import now as clock
from core.database import transaction
from plugins.ward_boards.models import WITHDRAWN, Flag, Post
from plugins.ward_boards.moderation import cases
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.models import Case, LogEntry

KEPT_DAYS = 365
WITHDRAWN_KEPT_DAYS = 30
"""A copy of what its writer has withdrawn waits no longer than this for somebody to look."""


def forget(db: Session, now: datetime) -> list[RetentionPart]:
    """Delete closed cases, answered reports and log entries of a year ago; close what was withdrawn a month ago."""
    long_ago = now.date() - timedelta(days=KEPT_DAYS)
    gone = [
        ("closed cases of moderation", sa.delete(Case).where(~Case.is_open, Case.closed_on < long_ago)),
        ("entries of the moderation log", sa.delete(LogEntry).where(LogEntry.day < long_ago)),
        ("answered reports", sa.delete(Flag).where(~Flag.is_open, Flag.flagged_on < long_ago)),
    ]
    parts = [RetentionPart("copies of withdrawn posts", _close_withdrawn(db, now))]
    for name, statement in gone:
        parts.append(RetentionPart(name, int(db.execute(statement).rowcount)))  # type: ignore[attr-defined]  # DELETE
    return parts


def _close_withdrawn(db: Session, now: datetime) -> int:
    since = now.date() - timedelta(days=WITHDRAWN_KEPT_DAYS)
    old = db.scalars(
        sa.select(Case)
        .join(Post, Post.id == Case.post_id)
        .where(Case.is_open, Post.state == WITHDRAWN, Case.opened_on < since)
    ).all()
    for case in old:
        cases.close(db, case, "gone", Ruling(), now=now)
    return len(old)


def forget_daily(now: datetime | None = None) -> None:
    """Do that once a day. A job."""
    with transaction() as db:
        forget(db, now or clock())
