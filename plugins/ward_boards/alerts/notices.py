"""Mails to the members of the wards an alert is about. Neutral throughout: a phone may be shared."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import notifications, wards
from core.events import AlertIssued, AlertSnapshot, AlertWithdrawn
from plugins.ward_boards.alerts import capping, snapshots
from plugins.ward_boards.alerts.models import AlertRevision


def tell_of_issue(db: Session, event: AlertIssued) -> None:
    """Tell members that there is something new to read, or that it has changed."""
    alert = event.alert
    if alert.revision == 1:
        subject, first = "A message for your area", "There is a new message for {areas}."
    else:
        subject, first = "A message for your area has changed", "A message for {areas} has changed."
    _tell(db, alert, subject, first)


def tell_of_withdrawal(db: Session, event: AlertWithdrawn) -> None:
    """Tell members that what they were told no longer holds."""
    first = "A message for {areas} no longer holds. The page says why."
    _tell(db, event.alert, "A message for your area no longer holds", first)


def _tell(db: Session, alert: AlertSnapshot, subject: str, first: str) -> None:
    # Those whose ward was dropped by a change were told of it before, so they are told of the change.
    before = _before(db, alert)
    areas = {*alert.areas, *(before.areas if before else ())}
    names = ", ".join(sorted(wards.name_of(code) for code in areas))
    text = first.format(areas=names)
    # What makes it urgent skips the digest; later changes do not, or the cap on urgent ones could be got round.
    priority = "urgent" if capping.made_urgent(alert, before) else "important"
    path = f"/alerts/{alert.alert_id}"
    notifications.tell_wards(db, areas, subject=subject, text=text, path=path, priority=priority)


def _before(db: Session, alert: AlertSnapshot) -> AlertSnapshot | None:
    before = db.scalar(
        sa.select(AlertRevision.snapshot).where(
            AlertRevision.alert_row == alert.alert_id, AlertRevision.revision == alert.revision - 1
        )
    )
    return snapshots.read(before) if before else None
