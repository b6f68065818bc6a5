"""Reads for pages, API and commands: frozen rows, columns only."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import wards
from core.events import AlertSnapshot
from federation import audience
from federation.activities import tlp_of
from federation.models import Delivery, Outgoing, Peer, RemoteAlert
from federation.trust.models import SHOWN, Standing

MOST_ROWS = 100


@dataclass(frozen=True)
class PeerRow:
    """A neighbour as lists show it; `name` is its borough's."""

    id: str
    name: str
    site_name: str
    area: str
    base_url: str
    state: str
    message: str
    problem_text: str
    we_confirmed: bool
    they_confirmed: bool
    stopped_by_them: bool
    verified_at: datetime | None
    proposal_ends_at: datetime
    heard_at: datetime | None
    sent_at: datetime | None
    problem: str | None
    down_since: datetime | None
    next_at: datetime
    thumbprint: str
    waiting: int = 0
    dead: int = 0
    oldest_at: datetime | None = None


_COLUMNS = [
    field.name for field in fields(PeerRow) if field.name not in ("name", "site_name", "waiting", "dead", "oldest_at")
]


def _peer_columns() -> list[sa.ColumnElement[object]]:
    mine = Delivery.peer_id == Peer.id
    pending = sa.select(sa.func.count()).where(mine, Delivery.state == "pending").scalar_subquery()
    dead = sa.select(sa.func.count()).where(mine, Delivery.state == "dead").scalar_subquery()
    oldest = sa.select(sa.func.min(Delivery.created_at)).where(mine, Delivery.state == "pending").scalar_subquery()
    columns = [getattr(Peer, name) for name in _COLUMNS]
    counted = [pending.label("waiting"), dead.label("dead"), oldest.label("oldest_at")]
    return [*columns, Peer.name.label("site_name"), *counted]


def _peer_row(row: sa.Row[*tuple[Any, ...]]) -> PeerRow:
    values = dict(row._mapping)
    return PeerRow(name=wards.name_of(values["area"]), **values)


def peer_rows(
    db: Session, states: tuple[str, ...] = (), *, after: str | None = None, limit: int = MOST_ROWS
) -> list[PeerRow]:
    """Return neighbours by id, those in some states only when any are named."""
    wanted = sa.select(*_peer_columns()).order_by(Peer.id).limit(limit)
    if states:
        wanted = wanted.where(Peer.state.in_(states))
    if after:
        wanted = wanted.where(Peer.id > after)
    return [_peer_row(row) for row in db.execute(wanted)]


def peer_row(db: Session, peer_id: str) -> PeerRow | None:
    """Return one neighbour, or None."""
    row = db.execute(sa.select(*_peer_columns()).where(Peer.id == peer_id)).one_or_none()
    return None if row is None else _peer_row(row)


class DeliveryRow(NamedTuple):
    """One revision on its way to one neighbour."""

    id: str
    peer_id: str
    peer: str
    alert_id: str
    revision: int
    kind: str
    state: str
    outcome: str | None
    attempts: int
    created_at: datetime
    acknowledged_at: datetime | None
    heard_at: datetime | None = None  # from the neighbour, whatever it was about


def delivery_rows(
    db: Session, *, state: str | None = None, alert_id: str | None = None, before: int | None = None, limit: int = 50
) -> list[tuple[int, DeliveryRow]]:
    """Return (sequence, delivery), the newest first."""
    wanted = (
        sa.select(
            Delivery.sequence,
            Delivery.id,
            Delivery.peer_id,
            Peer.area,
            Delivery.alert_id,
            Delivery.revision,
            Delivery.kind,
            Delivery.state,
            Delivery.outcome,
            Delivery.attempts,
            Delivery.created_at,
            Delivery.acknowledged_at,
            Peer.heard_at,
        )
        .join(Peer, Peer.id == Delivery.peer_id)
        .order_by(Delivery.sequence.desc())
        .limit(limit)
    )
    if state:
        wanted = wanted.where(Delivery.state == state)
    if alert_id:
        wanted = wanted.where(Delivery.alert_id == alert_id)
    if before is not None:
        wanted = wanted.where(Delivery.sequence < before)
    found = []
    for row in db.execute(wanted):
        sequence, delivery_id, peer_id, area, *rest = row
        found.append((sequence, DeliveryRow._make((delivery_id, peer_id, wards.name_of(area), *rest))))
    return found


class Travelled(NamedTuple):
    """How the newest revision sent to one neighbour stands."""

    peer: str
    kind: str
    state: str
    outcome: str | None
    heard_at: datetime | None = None

    @property
    def is_removal(self) -> bool:
        """Whether the neighbour was told to take the alert down."""
        return self.kind in ("Cancel", "Delete")


def travelled(db: Session, alert_id: str) -> list[Travelled]:
    """Return for each neighbour that was sent an own alert how its newest revision stands, by name."""
    newest: dict[str, Travelled] = {}
    for _sequence, row in delivery_rows(db, alert_id=alert_id, limit=MOST_ROWS * 10):
        newest.setdefault(row.peer_id, Travelled(row.peer, row.kind, row.state, row.outcome, row.heard_at))
    return sorted(newest.values(), key=lambda row: row.peer)


@dataclass(frozen=True)
class NeighbourAlert:
    """A neighbour's alert that holds now, with who sent it."""

    id: str
    origin: str
    since: datetime
    alert: AlertSnapshot
    tlp: str = "AMBER"
    level: str = "none"
    is_looked_at: bool = True


_HOW = (Standing.tlp, Standing.level, Standing.is_looked_at)


def neighbour_alerts(db: Session, at: datetime, *, everyone: bool, limit: int = 50) -> list[NeighbourAlert]:
    """Return neighbours' alerts that hold now and are shown, newest first; with `everyone` only public ones."""
    wanted = (
        sa.select(RemoteAlert.id, Peer.area, RemoteAlert.received_at, RemoteAlert.snapshot, *_HOW)
        .join(Peer, Peer.id == RemoteAlert.peer_id)
        .join(Standing, Standing.alert_row == RemoteAlert.id)
        .where(Standing.state == SHOWN)
        .where(RemoteAlert.state == "active", RemoteAlert.expires_at > at, Peer.state.in_(("verified", "suspended")))
        .order_by(RemoteAlert.received_at.desc(), RemoteAlert.id)
        .limit(limit)
    )
    if everyone:
        wanted = wanted.where(RemoteAlert.scope == "public")
    return [
        NeighbourAlert(row.id, wards.name_of(row.area), row.received_at, audience.unpacked(row.snapshot), *row[4:])
        for row in db.execute(wanted)
    ]


def origin_of(db: Session, alert_id: str) -> tuple[str, datetime] | None:
    """Return (neighbour's name, verified since) of a neighbour's alert; None when it is not one or not unique."""
    rows = db.execute(
        sa.select(Peer.area, Peer.verified_at)
        .join(RemoteAlert, RemoteAlert.peer_id == Peer.id)
        .where(RemoteAlert.alert_id == alert_id, Peer.verified_at.is_not(None))
        .limit(2)
    ).all()
    return (wards.name_of(rows[0].area), rows[0].verified_at) if len(rows) == 1 else None


def label_of(db: Session, alert_id: str) -> str:
    """Return the label of the Traffic Light Protocol that the newest revision of an own alert goes out with."""
    wanted = sa.select(Outgoing.audience).where(Outgoing.alert_id == alert_id).order_by(Outgoing.revision.desc())
    return tlp_of(db.scalar(wanted.limit(1)) or "")


def headlines(db: Session, alert_ids: set[str]) -> dict[str, str]:
    """Return the newest headline of own alerts by id."""
    wanted = sa.select(Outgoing.alert_id, Outgoing.snapshot).where(Outgoing.alert_id.in_(alert_ids))
    rows = db.execute(wanted.order_by(Outgoing.revision))
    return {row.alert_id: audience.unpacked(row.snapshot).headline for row in rows}
