"""Reading alerts, each with two queries however many there are, and only what the viewer may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import neighbours, permissions
from core.contributions import Viewer
from core.events import AlertSnapshot
from core.instance import instance
from plugins.ward_boards.alerts import snapshots
from plugins.ward_boards.alerts.models import LOCAL_ID, OWN, Alert, AlertArea, AlertRevision, BlockedOrigin
from plugins.ward_boards.alerts.rights import READ

PAST_SHOWN_FOR = timedelta(days=90)


@dataclass(frozen=True)
class AlertRow:
    """An alert as a reader sees it. `status` is active, cancelled or expired; `areas` are GSS codes, sorted."""

    id: str
    origin: str
    origin_name: str
    alert_id: str
    revision: int
    status: str
    headline: str
    description: str
    instruction: str
    category: str
    event: str
    severity: str
    severity_rank: int
    urgency: str
    certainty: str
    onset: datetime
    sent: datetime
    expires: datetime
    audience: str
    note: str
    issuer_role: str
    issuer_ward: str
    areas: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether it was issued here."""
        return self.origin == OWN

    @property
    def is_open(self) -> bool:
        """Whether it still holds."""
        return self.status == "active"


@dataclass(frozen=True)
class RevisionRow:
    """One message in an alert's history; `kind` is issued, updated or cancelled."""

    revision: int
    kind: str
    sent: datetime
    issuer_role: str
    issuer_ward: str
    alert: AlertSnapshot


def open_alerts(
    db: Session, viewer: Viewer, *, now: datetime, ward_code: str | None = None, limit: int = 100
) -> list[AlertRow]:
    """Return alerts that hold now, most severe first, then newest; empty when none.

    With `ward_code` only those about this ward or about the whole borough.
    """
    values: dict[str, Any] = {"now": now, "most": limit}
    if ward_code is not None:
        values |= {"ward": ward_code, "borough": instance().config.borough}
    return _rows(db, _open_statement(permissions.allowed(viewer, READ), ward_code is not None), now, values)


@lru_cache(maxsize=4)
def _open_statement(reads_all: bool, of_wards: bool) -> sa.Select[Any]:
    """Build the query of every front page and board once."""
    alert, area = Alert.__table__.c, AlertArea.__table__.c
    wanted = _visible(reads_all).where(alert.state == "active", alert.expires > sa.bindparam("now"))
    if of_wards:
        about = sa.or_(area.ward_code == sa.bindparam("ward"), area.ward_code == sa.bindparam("borough"))
        here = sa.select(area.alert_row).where(about)
        wanted = wanted.where(alert.id.in_(here))
    ordered = wanted.order_by(alert.severity_rank, alert.sent.desc(), alert.id)
    return ordered.limit(sa.bindparam("most", type_=sa.Integer))


def marks_of(db: Session, rows: Sequence[AlertRow]) -> dict[str, str]:
    """Return what others say must stand beside these alerts, by their id here; only neighbours' are asked about."""
    theirs = [(row.origin, row.alert_id) for row in rows if not row.is_own]
    marks = neighbours.alert_marks(db, theirs) if theirs else {}
    return {row.id: marks[row.origin, row.alert_id] for row in rows if (row.origin, row.alert_id) in marks}


def past_alerts(db: Session, viewer: Viewer, *, now: datetime, limit: int = 50) -> list[AlertRow]:
    """Return our own alerts of the last 90 days that no longer hold, newest first.

    Neighbours' are hidden once they are over: their origin may have had to take the words back.
    """
    wanted = (
        _readable(viewer)
        .where(Alert.origin == OWN, ~_is_open(now), Alert.sent > now - PAST_SHOWN_FOR)
        .order_by(Alert.sent.desc(), Alert.id)
        .limit(limit)
    )
    return _rows(db, wanted, now)


def alerts_page(
    db: Session, viewer: Viewer, *, now: datetime, after: tuple[datetime, str] | None = None, limit: int = 50
) -> list[AlertRow]:
    """Return all alerts the viewer may read, newest first; `after` is (sent, id) of the last one seen."""
    wanted = _readable(viewer).order_by(Alert.sent.desc(), Alert.id)
    if after is not None:
        sent, alert_id = after
        wanted = wanted.where((Alert.sent < sent) | ((Alert.sent == sent) & (Alert.id > alert_id)))
    return _rows(db, wanted.limit(limit), now)


def public_alerts(db: Session, *, now: datetime, limit: int = 50) -> list[AlertRow]:
    """Return our own alerts that anyone may read, newest first: for the feed."""
    wanted = (
        _readable(Viewer())
        .where(Alert.origin == OWN, Alert.sent > now - PAST_SHOWN_FOR)
        .order_by(Alert.sent.desc(), Alert.id)
        .limit(limit)
    )
    return _rows(db, wanted, now)


def one_alert(db: Session, viewer: Viewer, alert_id: str, *, now: datetime) -> AlertRow | None:
    """Return an alert by our id, or None when there is none that the viewer may read."""
    if not LOCAL_ID.fullmatch(alert_id):
        return None
    rows = _rows(db, _readable(viewer).where(Alert.id == alert_id), now)
    return rows[0] if rows else None


def history(db: Session, alert_id: str) -> list[RevisionRow]:
    """Return the messages of an alert, oldest first. The caller has checked that it may be read."""
    found = db.execute(
        sa.select(
            AlertRevision.revision,
            AlertRevision.kind,
            AlertRevision.sent,
            AlertRevision.issuer_role,
            AlertRevision.issuer_ward,
            AlertRevision.snapshot,
        )
        .where(AlertRevision.alert_row == alert_id)
        .order_by(AlertRevision.revision)
    )
    return [RevisionRow(*row[:5], alert=snapshots.read(row.snapshot)) for row in found]


def _is_open(now: datetime) -> sa.ColumnElement[bool]:
    return (Alert.state == "active") & (Alert.expires > now)


def _readable(viewer: Viewer) -> sa.Select[Any]:
    return _visible(permissions.allowed(viewer, READ))


def readable_where(reads_all: bool) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions under which an alert may be read; `reads_all` is whether also one that is not public."""
    alert, block = Alert.__table__.c, BlockedOrigin.__table__.c
    blocked = sa.exists().where(block.origin == alert.origin, block.blocked_at >= alert.received_at)
    return (~blocked,) if reads_all else (~blocked, alert.audience == "public")


@lru_cache(maxsize=2)
def _visible(reads_all: bool) -> sa.Select[Any]:
    alert = Alert.__table__.c
    columns = [alert[name] for name in AlertRow.__dataclass_fields__ if name not in ("status", "areas")]
    return sa.select(*columns, alert.state).where(*readable_where(reads_all))


def _rows(db: Session, wanted: sa.Select[Any], now: datetime, values: dict[str, Any] | None = None) -> list[AlertRow]:
    found: list[AlertRow] = []
    for row in db.execute(wanted, values).mappings():
        values = dict(row)
        state = values.pop("state")
        status = "cancelled" if state == "cancelled" else "active" if values["expires"] > now else "expired"
        found.append(AlertRow(**values, status=status))
    return _with_areas(db, found)


def _with_areas(db: Session, rows: Sequence[AlertRow]) -> list[AlertRow]:
    areas: dict[str, list[str]] = {row.id: [] for row in rows}
    if areas:
        pairs = db.execute(
            sa.select(AlertArea.alert_row, AlertArea.ward_code)
            .where(AlertArea.alert_row.in_(areas))
            .order_by(AlertArea.ward_code)
        )
        for alert_row, code in pairs:
            areas[alert_row].append(code)
    return [replace(row, areas=tuple(areas[row.id])) for row in rows]
