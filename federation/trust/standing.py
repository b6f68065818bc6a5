"""How each neighbour's alert stands here: it waits, it is shown, or it was refused.

The boards hear of an alert when it is shown and not before. Whatever was shown once and is taken back by its
origin is taken back here at once: no rule and no person delays that.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, event_log, jobs, wards
from core.crossing import ASSURANCE_LEVELS
from core.database import after_commit, transaction
from core.events import AlertSnapshot, RemoteAlertReceived
from core.instance import instance
from federation import audience
from federation.activities import Received
from federation.models import Peer, RemoteAlert
from federation.trust import calling, rules
from federation.trust.models import REFUSED, SHOWN, WAITING, Policy, Standing, Trust
from federation.trust.rules import URGENT_WAITS, Claim, Rule

POLICIES_JOB, URGENT_JOB = "federation.policies", "federation.show_urgent"
NOTHING = ASSURANCE_LEVELS[0]
REMOVED = "removed"
"""Why an alert is refused for good: it was on the boards, and a cancellation there is final."""


class NothingToDecide(LookupError):
    """There is no such alert, or it is over, taken back, or may not be shown to more people."""


def rule_of(db: Session, peer_id: str) -> Rule:
    """Return what holds for a neighbour: its own line, and the settings where that is silent."""
    lines, row = instance().config.plugin["federation"], db.get(Trust, peer_id)
    shown = rules.tidy_shown(lines["show_by_itself"]) if row is None or row.shown is None else row.shown
    floor = lines["lowest_assurance"] if row is None or row.floor is None else row.floor
    accepts = rules.LABELS if row is None or row.accepts is None else tuple(row.accepts.split(","))
    return Rule(shown, floor, accepts)


def take_in(db: Session, peer: Peer, row: RemoteAlert, received: Received, at: datetime) -> None:
    """Decide about a new revision, and tell the boards when they may know. The row is as it was just received."""
    standing = db.get(Standing, row.id)
    if standing is None:
        standing = Standing(alert_row=row.id, state=WAITING, reason="", tlp=received.tlp, level=NOTHING)
        standing.is_looked_at = standing.was_shown = False
        db.add(standing)
    if row.state != "active" or standing.reason == REMOVED:
        standing.shows_at = None
        if standing.was_shown:
            _announce(db, peer, row)
        db.flush()
        return
    was_refused = standing.state == REFUSED
    standing.tlp, standing.level = received.tlp, _level(db, peer, received.assurance)
    verdict = rules.judge(rule_of(db, peer.id), _claim(received.alert, standing))
    if verdict.shows and not was_refused:
        _show(db, peer, row, standing, is_looked_at=True)
        return
    standing.state, standing.is_looked_at = WAITING, False
    standing.reason = "refused" if was_refused else verdict.reason
    if not verdict.is_timed or was_refused:
        standing.shows_at = None
    elif standing.shows_at is None:  # a change does not begin the wait anew
        if not db.scalar(sa.select(sa.exists().where(Standing.state == WAITING, Standing.shows_at.is_not(None)))):
            calling.call_reviewers(db)
        standing.shows_at = at + URGENT_WAITS
        after_commit(db, lambda: jobs.make_due(URGENT_JOB))
    db.flush()


def _level(db: Session, peer: Peer, claimed: str) -> str:
    """Return the level that counts: what the alert claims, and no more than the neighbour's policy says."""
    known = db.scalar(sa.select(Policy.level).where(Policy.peer_id == peer.id))
    level = rules.lower(claimed, claimed)
    if known is not None and known != level:
        after_commit(db, lambda: jobs.make_due(POLICIES_JOB))  # it may have changed its rule since
    return level if known is None else rules.lower(level, known)


def _claim(alert: AlertSnapshot, standing: Standing) -> Claim:
    return Claim(alert.category, alert.event, alert.severity, alert.urgency, standing.tlp, standing.level)


def _show(db: Session, peer: Peer, row: RemoteAlert, standing: Standing, *, is_looked_at: bool) -> None:
    standing.state, standing.is_looked_at, standing.shows_at = SHOWN, is_looked_at, None
    standing.was_shown = True
    db.flush()
    _announce(db, peer, row)


def _announce(db: Session, peer: Peer, row: RemoteAlert) -> None:
    """Tell the boards. What was meant for everybody may be shown to everybody; all else stays among members."""
    readers = "public" if row.scope == "public" else "borough"
    shown = replace(audience.unpacked(row.snapshot), audience=readers)
    event_log.append(db, RemoteAlertReceived(origin=peer.id, origin_name=wards.name_of(peer.area), alert=shown))


def show(db: Session, alert_row: str, actor_id: str | None, at: datetime) -> None:
    """Show what waits, or say of what is shown that somebody has looked at it.

    Raises:
        NothingToDecide: there is nothing to show.
    """
    row, peer, standing = _open(db, alert_row, at)
    if standing.tlp in rules.STRICT_LABELS or standing.reason == REMOVED:
        raise NothingToDecide(alert_row)
    if standing.state == SHOWN:
        standing.is_looked_at = True
    else:
        _show(db, peer, row, standing, is_looked_at=True)
    audit.record(db, actor_id, "federation.shown", peer.id, row.id)


def refuse(db: Session, alert_row: str, actor_id: str | None, at: datetime) -> None:
    """Do not show it; where some revision is on the boards, it is taken down.

    Raises:
        NothingToDecide: there is nothing to refuse.
    """
    row, peer, standing = _open(db, alert_row, at)
    if standing.was_shown:
        gone = audience.unpacked(row.snapshot)
        empty = replace(gone, state="cancelled", headline="", description="", instruction="", audience="borough")
        event_log.append(db, RemoteAlertReceived(origin=peer.id, origin_name=wards.name_of(peer.area), alert=empty))
        standing.reason = REMOVED
    standing.state, standing.is_looked_at, standing.shows_at = REFUSED, True, None
    standing.was_shown = False
    db.flush()
    audit.record(db, actor_id, "federation.refused", peer.id, row.id)


def _open(db: Session, alert_row: str, at: datetime) -> tuple[RemoteAlert, Peer, Standing]:
    row, standing = db.get(RemoteAlert, alert_row), db.get(Standing, alert_row, with_for_update=True)
    if row is None or standing is None or row.state != "active" or row.expires_at <= at:
        raise NothingToDecide(alert_row)
    peer = db.get_one(Peer, row.peer_id)
    if peer.state not in ("verified", "suspended"):
        raise NothingToDecide(alert_row)
    return row, peer, standing


def show_urgent(at: datetime) -> float | None:
    """Show urgent alerts that have waited long enough, labelled; return seconds until the next, None for none."""
    waits = sa.and_(Standing.state == WAITING, Standing.shows_at.is_not(None))
    with transaction() as db:
        due = list(db.scalars(sa.select(Standing.alert_row).where(waits, Standing.shows_at <= at)))
        for alert_row in due:
            _show_if_open(db, alert_row, at)
        next_at = db.scalar(sa.select(sa.func.min(Standing.shows_at)).where(waits))
    return None if next_at is None else max(1.0, (next_at - at).total_seconds())


def _show_if_open(db: Session, alert_row: str, at: datetime) -> None:
    try:
        row, peer, standing = _open(db, alert_row, at)
    except NothingToDecide:
        db.get_one(Standing, alert_row).shows_at = None
        db.flush()
        return
    _show(db, peer, row, standing, is_looked_at=False)
