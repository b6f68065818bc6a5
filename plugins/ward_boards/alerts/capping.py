"""How many urgent alerts a ward gets before a second person must agree: two in seven days.

An alert is urgent when people must act at once or may be badly hurt: urgency `Immediate`, or severity `Severe` or
`Extreme` (CAP 1.2, section 3.2.2). What counts for a place is each message that made an alert urgent there: the
first one, a change that raised it, and a change that drew the place in. An alert for the whole borough counts for
the borough and for each ward.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import wards
from core.events import AlertSnapshot
from core.instance import instance
from plugins.ward_boards.alerts import snapshots
from plugins.ward_boards.alerts.models import OWN, Alert, AlertRevision

MOST_URGENT = 2
WITHIN = timedelta(days=7)
URGENT_URGENCIES = frozenset({"Immediate"})
URGENT_SEVERITIES = frozenset({"Extreme", "Severe"})


def is_urgent(alert: AlertSnapshot) -> bool:
    """Whether people must act at once or may be badly hurt."""
    return alert.urgency in URGENT_URGENCIES or alert.severity in URGENT_SEVERITIES


def made_urgent(alert: AlertSnapshot, before: AlertSnapshot | None) -> frozenset[str]:
    """Return the places in which this message makes an alert urgent that was not so there before it."""
    return _urgent_places(alert) - (_urgent_places(before) if before else frozenset())


def needs_second(db: Session, alert: AlertSnapshot, before: AlertSnapshot | None, *, now: datetime) -> bool:
    """Whether one of the places of this message has had its share of urgent alerts of late."""
    places = made_urgent(alert, before)
    if not places:
        return False
    counted = _counted(db, now)
    return any(counted[place] >= MOST_URGENT for place in places)


def _urgent_places(alert: AlertSnapshot) -> frozenset[str]:
    if alert.state != "active" or not is_urgent(alert):
        return frozenset()
    if instance().config.borough in alert.areas:
        return frozenset(row.code for row in wards.boards()) | frozenset(alert.areas)
    return frozenset(alert.areas)


def _counted(db: Session, now: datetime) -> Counter[str]:
    """Count for each place the messages of the last seven days that made one of our alerts urgent there."""
    lately = sa.select(AlertRevision.alert_row).where(AlertRevision.sent > now - WITHIN)
    rows = db.execute(
        sa.select(AlertRevision.alert_row, AlertRevision.sent, AlertRevision.snapshot)
        .join(Alert, Alert.id == AlertRevision.alert_row)
        .where(Alert.origin == OWN, AlertRevision.alert_row.in_(lately))
        .order_by(AlertRevision.alert_row, AlertRevision.revision)
    )
    counted: Counter[str] = Counter()
    before: tuple[str, AlertSnapshot] | None = None
    for alert_row, sent, text in rows:
        alert = snapshots.read(text)
        if sent > now - WITHIN:
            counted.update(made_urgent(alert, before[1] if before and before[0] == alert_row else None))
        before = (alert_row, alert)
    return counted
