"""Urgent alerts that wait for a second person: proposed by one, read and agreed to by another, or gone in two days.

Who proposed it is sealed with what it says, so that they can be told; beside it stands a keyed hash, on which the
database itself refuses that they agree to their own.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, notifications, permissions
from core.contributions import Viewer
from core.database import new_id
from core.instance import instance
from plugins.ward_boards.alerts import services
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.alerts.models import AlertProposal
from plugins.ward_boards.alerts.rights import ISSUE
from plugins.ward_boards.alerts.services import Target

KEPT = timedelta(hours=48)
PURPOSE = "ward_boards.alert_proposal"
PATH = "/alerts/waiting"
_TIMES = ("onset", "expires")


class NothingWaits(LookupError):
    """There is no such proposal for this viewer: agreed to, turned down, lapsed, or for other wards."""


class OwnProposal(Exception):
    """The one who proposed it cannot agree to it."""


@dataclass(frozen=True)
class Waiting:
    """A proposal as those who may agree to it see it; `changes` is the id of the alert it would change, if any."""

    id: str
    draft: AlertDraft
    until: datetime
    is_own: bool
    changes: str | None
    revision: int | None


def propose(db: Session, viewer: Viewer, draft: AlertDraft, target: Target | None, *, now: datetime) -> Waiting:
    """Keep an alert for a second person and tell those who may agree; the same again is kept once.

    Raises:
        Denied: the viewer may not issue alerts for one of its areas.
    """
    for code in draft.areas:
        permissions.require(viewer, ISSUE, code)
    for kept in waiting(db, viewer, now=now):
        if kept.is_own and kept.changes == (target and target.alert_id) and _says_the_same(kept.draft, draft):
            return kept
    proposal_id, ends = new_id(), draft.expires or now + KEPT
    row = AlertProposal(
        id=proposal_id,
        alert_row=target.alert_id if target else None,
        revision=target.revision if target else None,
        sealed=_sealed(draft, str(viewer.member_id)),
        proposer_hash=_hash(proposal_id, viewer),
        until_at=min(ends, now + KEPT),
    )
    db.add(row)
    db.flush()
    audit.record(db, viewer.member_id, "ward_boards.propose_alert", proposal_id, ", ".join(draft.areas))
    for member_id in _others(db, viewer, draft):
        text = _("Somebody has to look at something within two days. It waits for a second person.")
        notifications.tell_member(db, member_id, _("Something waits for you"), text, PATH)
    return _shown(row, viewer)


def waiting(db: Session, viewer: Viewer, *, now: datetime) -> list[Waiting]:
    """Return what waits in wards the viewer issues alerts for, what ends first first; one's own is marked."""
    held = permissions.wards_where(viewer, ISSUE)
    if not held:
        return []
    rows = db.scalars(
        sa.select(AlertProposal)
        .where(AlertProposal.until_at > now, AlertProposal.confirmer_hash.is_(None))
        .order_by(AlertProposal.until_at, AlertProposal.id)
    )
    return [each for each in (_shown(row, viewer) for row in rows) if set(each.draft.areas) <= held]


def find(db: Session, viewer: Viewer, proposal_id: str, *, now: datetime) -> Waiting:
    """Return one that waits; raises NothingWaits."""
    found = next((each for each in waiting(db, viewer, now=now) if each.id == proposal_id), None)
    if found is None:
        raise NothingWaits(proposal_id)
    return found


def agree(db: Session, viewer: Viewer, proposal_id: str, *, now: datetime) -> str:
    """Issue what another person proposed, in this viewer's own name of office; return the alert's id.

    Raises:
        NothingWaits, OwnProposal: not to be agreed to by this viewer.
        UnfitDraft, Denied, AlertOver, StaleAlert, NoSuchAlert: as for any alert; it stays where it is.
    """
    # Read anew in this transaction: a role may have been taken back since the page was opened.
    viewer = permissions.viewer_of(db, viewer.member_id)
    found = find(db, viewer, proposal_id, now=now)
    if found.is_own:
        raise OwnProposal(proposal_id)
    row = db.get_one(AlertProposal, proposal_id)
    row.confirmer_hash = _hash(proposal_id, viewer)
    db.flush()  # here the database compares the two
    if found.changes is None:
        alert_id = services.issue_agreed(db, viewer, draft=found.draft, now=now)
    else:
        alert_id = found.changes
        target = Target(alert_id, found.revision)
        services.update_agreed(db, viewer, target=target, draft=found.draft, now=now)
    audit.record(db, viewer.member_id, "ward_boards.agree_to_alert", alert_id, f"proposal {proposal_id}")
    _tell_proposer(db, row, _("Somebody has agreed to what you proposed. It is out."), f"/alerts/{alert_id}")
    db.delete(row)
    return alert_id


def turn_down(db: Session, viewer: Viewer, proposal_id: str, *, now: datetime) -> None:
    """Drop a proposal; whoever made it may take it back so. Raises NothingWaits."""
    found = find(db, viewer, proposal_id, now=now)
    row = db.get_one(AlertProposal, proposal_id)
    audit.record(db, viewer.member_id, "ward_boards.turn_down_alert", proposal_id)
    if not found.is_own:
        _tell_proposer(db, row, _("Somebody has turned down what you proposed. Talk to each other."), PATH)
    db.delete(row)


def lapse(db: Session, now: datetime) -> int:
    """Delete what nobody agreed to in time, tell those who proposed it, and return how many there were."""
    late = db.scalars(sa.select(AlertProposal).where(AlertProposal.until_at <= now)).all()
    for row in late:
        _tell_proposer(db, row, _("Nobody has looked at what you proposed in time. It was not sent."), PATH)
        audit.record(db, None, "ward_boards.lapse_alert", row.id)
        db.delete(row)
    return len(late)


def _others(db: Session, viewer: Viewer, draft: AlertDraft) -> list[str]:
    """Return who else may issue alerts in all these areas."""
    areas = set(draft.areas)
    able = (each for each in permissions.holders(db, ISSUE) if areas <= permissions.wards_where(each, ISSUE))
    return [str(each.member_id) for each in able if each.member_id != viewer.member_id]


def _tell_proposer(db: Session, row: AlertProposal, text: str, path: str) -> None:
    member_id = json.loads(instance().keys.open_text(PURPOSE, row.sealed))["by"]
    notifications.tell_member(db, member_id, _("About what you proposed"), text, path)


def _hash(proposal_id: str, viewer: Viewer) -> str:
    return instance().keys.keyed_hash("ward_boards.alert_proposer", proposal_id, str(viewer.member_id))


def _sealed(draft: AlertDraft, member_id: str) -> str:
    said = {"draft": asdict(draft), "by": member_id}
    return instance().keys.seal_text(PURPOSE, json.dumps(said, default=datetime.isoformat, ensure_ascii=False))


def _shown(row: AlertProposal, viewer: Viewer) -> Waiting:
    values: dict[str, Any] = json.loads(instance().keys.open_text(PURPOSE, row.sealed))["draft"]
    for name in _TIMES:
        values[name] = datetime.fromisoformat(values[name])
    values["areas"] = tuple(values["areas"])
    is_own = row.proposer_hash == _hash(row.id, viewer)
    return Waiting(row.id, AlertDraft(**values), row.until_at, is_own, row.alert_row, row.revision)


def _says_the_same(one: AlertDraft, other: AlertDraft) -> bool:
    return {**asdict(one), "onset": 0, "expires": 0} == {**asdict(other), "onset": 0, "expires": 0}
