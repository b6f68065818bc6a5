"""What may be done with our own alerts: issue, update, cancel. Each appends its event in the same transaction.

Nothing here expires an alert: the clock does, wherever it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, event_log, permissions, wards
from core.contributions import Viewer
from core.database import new_id
from core.events import AlertIssued, AlertSnapshot, AlertWithdrawn
from core.instance import instance
from plugins.ward_boards.alerts import capping, drafting, snapshots
from plugins.ward_boards.alerts.drafting import AlertDraft, UnfitDraft
from plugins.ward_boards.alerts.models import OWN, Alert, AlertArea, AlertRevision
from plugins.ward_boards.alerts.rights import ISSUE
from plugins.ward_boards.alerts.vocabulary import rank
from plugins.ward_boards.search import indexing

OFFICES = ("officer", "coordinator")


class NoSuchAlert(LookupError):
    """There is no alert of ours by this id."""


class StaleAlert(Exception):
    """Somebody changed the alert meanwhile; `revision` is the one that stands now."""

    def __init__(self, revision: int) -> None:
        """Keep the revision that stands."""
        super().__init__(f"the alert is at revision {revision}")
        self.revision = revision


class AlertOver(Exception):
    """The alert was cancelled or has expired; `status` says which. A new one is needed."""

    def __init__(self, status: str) -> None:
        """Keep how it ended."""
        super().__init__(status)
        self.status = status


class SecondNeeded(Exception):
    """It is urgent, and one of its places has had enough urgent alerts of late: a second person must agree.

    `draft` is what was to be said, checked and tidied, and `target` the alert it changes, if any.
    """

    def __init__(self, draft: AlertDraft, target: Target | None = None) -> None:
        """Keep what a second person has to read."""
        super().__init__("a second person must agree")
        self.draft = draft
        self.target = target


@dataclass(frozen=True)
class Target:
    """Which alert to change, and the revision the officer looked at (None: whichever stands)."""

    alert_id: str
    revision: int | None = None


def issue(db: Session, viewer: Viewer, *, draft: AlertDraft, now: datetime, alert_id: str | None = None) -> str:
    """Issue an alert and return its id. With `alert_id` a form sent twice with the same words issues once.

    Raises:
        UnfitDraft: a sentence for each field that must change.
        Denied: the viewer may not issue alerts for one of the areas.
        SecondNeeded: nothing was issued; `second_person.propose` keeps it for somebody else to read.
    """
    draft = checked(viewer, draft, now)
    alert_id = alert_id or new_id()
    alert = snapshots.of_draft(draft, alert_id=alert_id, revision=1, sent=now.replace(microsecond=0))
    if db.get(Alert, alert_id) is not None:
        if _says_the_same(db, alert):
            return alert_id
        alert = replace(alert, alert_id=new_id())  # the form came back with other words: not a second press
    if capping.needs_second(db, alert, None, now=now):
        raise SecondNeeded(draft)
    return _issue(db, viewer, alert, now)


def issue_agreed(db: Session, viewer: Viewer, *, draft: AlertDraft, now: datetime) -> str:
    """Issue what another person proposed and this viewer agreed to; raises as `issue`, but for `SecondNeeded`."""
    draft = checked(viewer, draft, now)
    alert = snapshots.of_draft(draft, alert_id=new_id(), revision=1, sent=now.replace(microsecond=0))
    return _issue(db, viewer, alert, now)


def _issue(db: Session, viewer: Viewer, alert: AlertSnapshot, now: datetime) -> str:
    alert_id = alert.alert_id
    role, ward = office_of(viewer, alert.areas)
    row = Alert(id=alert_id, origin=OWN, alert_id=alert_id, issuer_role=role, issuer_ward=ward)
    write_state(row, alert, received_at=now)
    db.add(row)
    db.flush()
    write_areas(db, row.id, alert.areas)
    write_revision(db, row, alert, kind="issued")
    audit.record(db, viewer.member_id, "ward_boards.issue_alert", alert_id, "revision 1")
    event_log.append(db, AlertIssued(alert=alert, occurred_at=now))
    return alert_id


def update(db: Session, viewer: Viewer, *, target: Target, draft: AlertDraft, now: datetime) -> int:
    """Replace an alert by a whole new snapshot; return its new revision.

    Raises:
        NoSuchAlert, AlertOver, StaleAlert: nothing to change, or not from what the officer saw.
        UnfitDraft: a sentence for each field that must change.
        Denied: the viewer may not issue alerts for one of the old or the new areas.
        SecondNeeded: the change makes it urgent where there was enough of that of late; nothing was changed.
    """
    row = _changeable(db, viewer, target, now)
    draft = checked(viewer, draft, now)
    alert = _next(row, draft, now)
    if capping.needs_second(db, alert, snapshots.of_row(row, areas_of(db, row.id)), now=now):
        raise SecondNeeded(draft, Target(row.id, row.revision))
    return _update(db, viewer, row, alert, now=now)


def update_agreed(db: Session, viewer: Viewer, *, target: Target, draft: AlertDraft, now: datetime) -> int:
    """Make a change that another person proposed and this viewer agreed to; raises as `update`."""
    row = _changeable(db, viewer, target, now)
    return _update(db, viewer, row, _next(row, checked(viewer, draft, now), now), now=now)


def _next(row: Alert, draft: AlertDraft, now: datetime) -> AlertSnapshot:
    sent = max(now.replace(microsecond=0), row.sent)
    return snapshots.of_draft(draft, alert_id=row.alert_id, revision=row.revision + 1, sent=sent)


def _update(db: Session, viewer: Viewer, row: Alert, alert: AlertSnapshot, *, now: datetime) -> int:
    row.issuer_role, row.issuer_ward = office_of(viewer, alert.areas)
    write_state(row, alert, received_at=now)
    write_areas(db, row.id, alert.areas)
    write_revision(db, row, alert, kind="updated")
    audit.record(db, viewer.member_id, "ward_boards.update_alert", row.id, f"revision {alert.revision}")
    event_log.append(db, AlertIssued(alert=alert, occurred_at=now))
    return alert.revision


def cancel(db: Session, viewer: Viewer, *, target: Target, reason: str, now: datetime) -> int:
    """Take an alert back, with a reason that readers see; return its last revision.

    Raises:
        NoSuchAlert, AlertOver, StaleAlert: nothing to cancel, or not from what the officer saw.
        UnfitDraft: the reason is missing or too long.
        Denied: the viewer may not issue alerts for one of its areas.
    """
    row = _changeable(db, viewer, target, now)
    reason = drafting.tidy(reason)
    if not reason:
        raise UnfitDraft({"reason": _("Say why you cancel this. Everyone who could read it sees the reason.")})
    if len(reason) > drafting.REASON_LONGEST:
        raise UnfitDraft({"reason": _("Make the reason shorter: at most %(n)s letters.", n=drafting.REASON_LONGEST)})
    areas = areas_of(db, row.id)
    alert = replace(
        snapshots.of_row(row, areas),
        revision=row.revision + 1,
        state="cancelled",
        sent=max(now.replace(microsecond=0), row.sent),
        note=reason,
    )
    row.issuer_role, row.issuer_ward = office_of(viewer, areas)
    write_state(row, alert, received_at=now)
    write_revision(db, row, alert, kind="cancelled")
    audit.record(db, viewer.member_id, "ward_boards.cancel_alert", row.id, reason)
    event_log.append(db, AlertWithdrawn(alert=alert, occurred_at=now))
    return alert.revision


def office_of(viewer: Viewer, areas: Iterable[str]) -> tuple[str, str]:
    """Return the role and the ward in which the viewer acts, to be shown instead of a person; empty when neither."""
    wanted = set(areas)
    for role in OFFICES:
        held = {grant.ward_code for grant in viewer.grants if grant.role == role}
        if None in held:
            return role, instance().config.borough
        if found := sorted(code for code in held if code in wanted):
            return role, found[0] or ""
    return "", ""


def areas_of(db: Session, alert_row: str) -> tuple[str, ...]:
    """Return the GSS codes of an alert's areas, sorted."""
    return tuple(
        db.scalars(sa.select(AlertArea.ward_code).where(AlertArea.alert_row == alert_row).order_by(AlertArea.ward_code))
    )


def write_state(row: Alert, alert: AlertSnapshot, *, received_at: datetime) -> None:
    """Copy a snapshot into the row that shows how the alert stands."""
    for field in fields(alert):
        if field.name not in ("alert_id", "areas"):
            setattr(row, field.name, getattr(alert, field.name))
    row.severity_rank = rank(alert.severity)
    row.received_at = received_at


def write_areas(db: Session, alert_row: str, areas: Iterable[str]) -> None:
    """Replace the areas of an alert."""
    db.execute(sa.delete(AlertArea).where(AlertArea.alert_row == alert_row))
    db.add_all(AlertArea(alert_row=alert_row, ward_code=code) for code in areas)
    db.flush()


def write_revision(db: Session, row: Alert, alert: AlertSnapshot, *, kind: str) -> None:
    """Add a message to an alert's history, and let it be found as it stands; one of the same revision is replaced."""
    db.merge(
        AlertRevision(
            alert_row=row.id,
            revision=alert.revision,
            kind=kind,
            sent=alert.sent,
            issuer_role=row.issuer_role or "",
            issuer_ward=row.issuer_ward or "",
            snapshot=snapshots.write(alert),
        )
    )
    db.flush()
    indexing.put_alert(db, row.id)


def _says_the_same(db: Session, alert: AlertSnapshot) -> bool:
    first = db.get(AlertRevision, (alert.alert_id, 1))
    if first is None:
        return False
    said = snapshots.read(first.snapshot)
    return replace(said, sent=alert.sent, onset=alert.onset, expires=alert.expires) == alert


def checked(viewer: Viewer, draft: AlertDraft, now: datetime) -> AlertDraft:
    """Return a draft tidied, as it would be sent; raises UnfitDraft and Denied as `issue` does."""
    draft = replace(
        draft,
        headline=drafting.tidy(draft.headline),
        description=drafting.tidy(draft.description),
        instruction=drafting.tidy(draft.instruction),
    )
    known = {ward.code for ward in wards.boards()}
    found = drafting.faults(draft, now=now, known_areas=known)
    for code in draft.areas:
        if code in known:
            permissions.require(viewer, ISSUE, code)
    if found:
        raise UnfitDraft(found)
    return draft


def _changeable(db: Session, viewer: Viewer, target: Target, now: datetime) -> Alert:
    # The lock makes two officers queue up; the second then finds the revision moved on.
    row = db.scalar(sa.select(Alert).where(Alert.id == target.alert_id, Alert.origin == OWN).with_for_update())
    if row is None:
        raise NoSuchAlert(target.alert_id)
    for code in areas_of(db, row.id):
        permissions.require(viewer, ISSUE, code)
    if row.state == "cancelled":
        raise AlertOver("cancelled")
    if row.expires <= now:
        raise AlertOver("expired")
    if target.revision is not None and target.revision != row.revision:
        raise StaleAlert(row.revision)
    return row
