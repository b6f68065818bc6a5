"""What the pages of this room show: frozen rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import wards
from core.events import AlertSnapshot
from federation import audience
from federation.models import Peer, RemoteAlert
from federation.trust.models import REFUSED, SHOWN, WAITING, Standing

HELD = ("verified", "suspended")
MOST_ROWS = 100


@dataclass(frozen=True)
class StandingRow:
    """A neighbour's alert and how it stands here."""

    id: str
    peer_id: str
    origin: str
    alert: AlertSnapshot
    received_at: datetime
    state: str
    reason: str
    tlp: str
    level: str
    is_looked_at: bool
    was_shown: bool
    shows_at: datetime | None

    @property
    def is_waiting(self) -> bool:
        """Whether somebody must decide before it is shown, or its time runs out."""
        return self.state == WAITING

    @property
    def is_unseen(self) -> bool:
        """Whether it is shown because it was urgent, and nobody has looked."""
        return self.state == SHOWN and not self.is_looked_at

    @property
    def is_refused(self) -> bool:
        """Whether somebody refused it."""
        return self.state == REFUSED


_ROWS = (
    sa.select(
        RemoteAlert.id,
        RemoteAlert.peer_id,
        Peer.area,
        RemoteAlert.snapshot,
        RemoteAlert.received_at,
        Standing.state,
        Standing.reason,
        Standing.tlp,
        Standing.level,
        Standing.is_looked_at,
        Standing.was_shown,
        Standing.shows_at,
    )
    .join(Standing, Standing.alert_row == RemoteAlert.id)
    .join(Peer, Peer.id == RemoteAlert.peer_id)
    .where(RemoteAlert.state == "active", Peer.state.in_(HELD))
)


def to_look_at(db: Session, at: datetime) -> list[StandingRow]:
    """Return what waits or was shown unseen, and still holds: what shows itself soonest first, then the oldest."""
    unseen = sa.and_(Standing.state == SHOWN, Standing.is_looked_at.is_(False))
    wanted = _ROWS.where(RemoteAlert.expires_at > at, sa.or_(Standing.state == WAITING, unseen))
    rows = [_row(row) for row in db.execute(wanted.order_by(RemoteAlert.received_at).limit(MOST_ROWS))]
    return sorted(rows, key=lambda row: (row.shows_at is None, row.shows_at or row.received_at))


def count_to_look_at(db: Session, at: datetime) -> int:
    """Return how many wait."""
    return len(to_look_at(db, at))


def unseen(db: Session) -> set[tuple[str, str]]:
    """Return (neighbour, alert's id there) of what is shown though nobody has looked at it."""
    wanted = sa.select(RemoteAlert.peer_id, RemoteAlert.alert_id).join(Standing, Standing.alert_row == RemoteAlert.id)
    rows = db.execute(wanted.where(Standing.state == SHOWN, Standing.is_looked_at.is_(False)))
    return {(row.peer_id, row.alert_id) for row in rows}


def one(db: Session, alert_row: str, at: datetime) -> StandingRow | None:
    """Return one alert that still holds, however it stands, or None."""
    found = db.execute(_ROWS.where(RemoteAlert.id == alert_row, RemoteAlert.expires_at > at)).one_or_none()
    return None if found is None else _row(found)


def of_alert(db: Session, alert_id: str) -> StandingRow | None:
    """Return the one active alert with this id of its origin; None when there is none, or more than one."""
    found = db.execute(_ROWS.where(RemoteAlert.alert_id == alert_id).limit(2)).all()
    return _row(found[0]) if len(found) == 1 else None


def _row(found: sa.Row[*tuple[Any, ...]]) -> StandingRow:
    values = dict(found._mapping)
    area, snapshot = values.pop("area"), values.pop("snapshot")
    return StandingRow(origin=wards.name_of(area), alert=audience.unpacked(snapshot), **values)
