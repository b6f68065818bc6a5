"""Reads: how large the crowd is that a name hides in, and the state of the keys."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.models import Membership
from plugins.anonymity.models import ThreadKey


def verified_in(db: Session, ward_code: str, today: date) -> int:
    """Return how many members are verified for a ward today."""
    query = sa.select(sa.func.count()).where(Membership.ward_code == ward_code, Membership.until_on >= today)
    return db.scalar(query) or 0


def keys_held(db: Session, today: date) -> tuple[int, int, date | None]:
    """Return how many thread keys there are, how many of them are overdue, and the first day one goes."""
    held, first = db.execute(sa.select(sa.func.count(), sa.func.min(ThreadKey.delete_from_on))).one()
    overdue = db.scalar(sa.select(sa.func.count()).where(ThreadKey.delete_from_on < today)) or 0
    return held, overdue, first
