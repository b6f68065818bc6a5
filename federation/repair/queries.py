"""What the page about sending shows of this room."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.instance import instance
from federation.repair import suspension
from federation.repair.models import Cursor


class Mended(NamedTuple):
    """How comparing goes with one neighbour, and how much it sends."""

    compared_at: datetime | None
    newer_there: int
    taken: int
    most: int

    @property
    def is_much(self) -> bool:
        """Whether it is more than half of what was agreed."""
        return self.taken > self.most * suspension.SOFT_ALARM


def mended(db: Session, at: datetime) -> dict[str, Mended]:
    """Return it by neighbour, for those that were compared with or sent something today."""
    most = int(instance().config.plugin["federation"]["alerts_per_day"])
    taken = suspension.taken_on(db, at)
    rows = {row.peer_id: row for row in db.execute(sa.select(Cursor.peer_id, Cursor.compared_at, Cursor.newer_there))}
    found = {}
    for peer_id in {*taken, *rows}:
        row = rows.get(peer_id)
        compared_at, newer = (row.compared_at, row.newer_there) if row else (None, 0)
        found[peer_id] = Mended(compared_at, newer, taken.get(peer_id, 0), most)
    return found
