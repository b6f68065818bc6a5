"""Reads: which requests a custodian may see."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Viewer
from core.database import now
from plugins.anonymity.openings import services
from plugins.anonymity.openings.models import WAITING, Opening


def of_viewer(db: Session, viewer: Viewer) -> list[Opening]:
    """Return what this custodian asked, decided, or may decide; the day it ends decides the order.

    A request about a post of theirs is not among them, and neither is one of their own ward.
    """
    rows = db.scalars(sa.select(Opening).where(Opening.until_on >= now().date()).order_by(Opening.until_on, Opening.id))
    return [row for row in rows if is_seen(db, viewer, row)]


def one(db: Session, viewer: Viewer, opening_id: str) -> Opening | None:
    """Return a request that this custodian may see, or None."""
    row = db.get(Opening, opening_id)
    return row if row is not None and row.until_on >= now().date() and is_seen(db, viewer, row) else None


def is_seen(db: Session, viewer: Viewer, row: Opening) -> bool:
    """Whether this custodian asked or decided it, or may decide it now."""
    if viewer.member_id in (row.asked_by, row.decided_by):
        return True
    return row.state == WAITING and services.may_decide(db, viewer, row)
