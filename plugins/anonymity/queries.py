"""Reads: how large the crowd is that a name hides in, and the state of the keys."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.models import Membership
from plugins.anonymity.models import ThreadKey, WeekNameKey


def verified_in(db: Session, ward_code: str, today: date) -> int:
    """Return how many members are verified for a ward today; those who only read are no crowd to hide in."""
    return db.scalar(_verified_statement(), {"ward_code": ward_code, "today": today}) or 0


@lru_cache(maxsize=1)
def _verified_statement() -> sa.Select[Any]:
    """Build it once: each thread with a form for replies asks."""
    held = Membership.__table__.c
    here = (
        held.ward_code == sa.bindparam("ward_code"),
        held.level == "verified",
        held.until_on >= sa.bindparam("today"),
    )
    return sa.select(sa.func.count()).select_from(Membership.__table__).where(*here)


@lru_cache(maxsize=1)
def sealed_key_statement() -> sa.Select[Any]:
    """Return the question for the sealed key of `thread_id`, which every thread asks."""
    key = ThreadKey.__table__.c
    return sa.select(key.sealed_key).where(key.thread_id == sa.bindparam("thread_id"))


@lru_cache(maxsize=1)
def sealed_week_key_statement() -> sa.Select[Any]:
    """Return the question for the sealed key of `week`, which every thread asks too."""
    key = WeekNameKey.__table__.c
    return sa.select(key.sealed_key).where(key.week == sa.bindparam("week"))


def keys_held(
    db: Session, today: date, table: type[ThreadKey | WeekNameKey] = ThreadKey
) -> tuple[int, int, date | None]:
    """Return how many keys of threads (or weeks) there are, how many are overdue, and the first day one goes."""
    held, first = db.execute(sa.select(sa.func.count(), sa.func.min(table.delete_from_on))).one()
    overdue = db.scalar(sa.select(sa.func.count()).where(table.delete_from_on < today)) or 0
    return held, overdue, first
