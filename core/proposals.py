"""Four eyes: what one person proposes another confirms. High roles, and the reset of a lost second factor.

Whoever proposed it, and whom it concerns, cannot confirm it: the verbs refuse it and so does the database. Roles
given by the operator on the command line, who could write to the database anyway, need no second person.
"""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, members, notifications, permissions, second_factor
from core.contributions import Viewer
from core.database import new_id, now
from core.models import Member, Proposal, RoleGrant

CONFIRM, MANAGE = "core.confirm", "core.manage"
GRANT, RESET = "grant", "reset_second_factor"
KEPT_DAYS = 7
PATH = "/admin/proposals"


class Refused(ValueError):
    """The proposal cannot be made or confirmed like this; the message says why, for a person to read."""


class Gone(LookupError):
    """Nothing waits under this id for this viewer: it was confirmed, turned down, has lapsed or never was."""


def propose_role(db: Session, viewer: Viewer, member_id: str, role: str, ward_code: str | None) -> str:
    """Ask for a role for a member, and return the proposal's id; those who may confirm it get a neutral mail.

    Raises:
        NotPossible: as `members.grant`; Refused: for oneself, or for what is there or waits already.
    """
    members.check_grant(db, role, ward_code)
    if member_id == viewer.member_id:
        raise Refused(_("Nobody gives a role to themselves. Ask another admin to propose you."))
    if members.holds(db, member_id, role, ward_code):
        raise Refused(_("This member has this role already."))
    asked = Proposal(kind=GRANT, member_id=member_id, role=role, ward_code=ward_code)
    return _propose(db, viewer, asked, f"{role} {ward_code or ''}".strip())


def propose_reset(db: Session, viewer: Viewer, member_id: str, reason: str) -> str:
    """Ask that a member's second factor be taken away, and return the proposal's id. The member is told by mail.

    Raises:
        Refused: for oneself, for a member without one, or when it waits already.
    """
    if member_id == viewer.member_id:
        raise Refused(_("Nobody resets their own second step like this. Ask another admin to do it."))
    if not permissions.viewer_of(db, member_id).has_second_factor:
        raise Refused(_("This member has no second step set up, so there is nothing to reset."))
    found = _propose(db, viewer, Proposal(kind=RESET, member_id=member_id, reason=reason), reason)
    text = _("An admin asked to reset the second step of your sign-in. If you did not want this, tell an admin now.")
    notifications.tell_member(db, member_id, _("Something about your account may change"), text, "/account")
    return found


def _propose(db: Session, viewer: Viewer, asked: Proposal, words: str) -> str:
    permissions.require(viewer, MANAGE)
    if any(_same(asked, each) for each in db.scalars(_open().where(Proposal.member_id == asked.member_id))):
        raise Refused(_("This was proposed before and waits for somebody to confirm it."))
    asked.id = new_id()
    asked.proposed_by = str(viewer.member_id)
    asked.proposed_on, asked.until_on = now().date(), now().date() + timedelta(days=KEPT_DAYS)
    db.add(asked)
    db.flush()
    audit.record(db, viewer.member_id, f"proposal.{asked.kind}", audit.actor_hash(asked.member_id), words)
    text = _("Somebody has to look at a proposal within %(days)s days.", days=KEPT_DAYS)
    for confirmer in _confirmers(db, asked):
        notifications.tell_member(db, confirmer, _("Something waits for you"), text, PATH)
    return asked.id


def _same(one: Proposal, other: Proposal) -> bool:
    return (one.kind, one.role, one.ward_code) == (other.kind, other.role, other.ward_code)


def _open() -> sa.Select[Proposal]:
    return sa.select(Proposal).where(Proposal.until_on >= now().date(), Proposal.confirmed_by.is_(None))


def _needed(kind: str) -> str:
    """Return the permission to confirm this kind: a reset lets somebody in, so only those who run the site may."""
    return MANAGE if kind == RESET else CONFIRM


def _confirmers(db: Session, proposal: Proposal) -> list[str]:
    roles = permissions.known()[_needed(proposal.kind)].default_roles
    holders = (
        sa.select(RoleGrant.member_id)
        .where(RoleGrant.role.in_(roles), RoleGrant.member_id.not_in([proposal.proposed_by, proposal.member_id]))
        .distinct()
        .order_by(RoleGrant.member_id)
    )
    able = [permissions.viewer_of(db, member_id) for member_id in db.scalars(holders)]
    return [str(who.member_id) for who in able if permissions.allowed(who, _needed(proposal.kind))]


def waiting(db: Session, viewer: Viewer) -> list[Proposal]:
    """Return what waits and this viewer may see, oldest first."""
    kinds = [kind for kind in (GRANT, RESET) if permissions.allowed(viewer, _needed(kind))]
    rows = _open().where(Proposal.kind.in_(kinds)).order_by(Proposal.proposed_on, Proposal.id)
    return list(db.scalars(rows))


def find(db: Session, viewer: Viewer, proposal_id: str) -> Proposal:
    """Return what waits under an id.

    Raises:
        Gone: nothing does, or nothing that this viewer may see.
    """
    found = db.scalar(_open().where(Proposal.id == proposal_id))
    if found is None or not permissions.allowed(viewer, _needed(found.kind)):
        raise Gone(proposal_id)
    return found


def can_confirm(db: Session, proposal: Proposal) -> bool:
    """Whether anybody could confirm it: else the operator's command line is the way."""
    return bool(_confirmers(db, proposal))


def confirm(db: Session, viewer: Viewer, proposal_id: str, email: str) -> None:
    """Do what was proposed, once. The address is typed again, so that the one who confirms knows whom.

    Raises:
        Gone: it does not wait (any more); Refused: by the same person, for oneself, or another's address.
    """
    # Read anew in the transaction: a role may have been taken back since the page was opened.
    found = find(db, permissions.viewer_of(db, viewer.member_id), proposal_id)
    if viewer.member_id == found.proposed_by:
        raise Refused(_("You proposed this yourself. Another person must confirm it."))
    if viewer.member_id == found.member_id:
        raise Refused(_("This is about you. Another person must confirm it."))
    if not permissions.allowed(permissions.viewer_of(db, found.proposed_by), MANAGE):
        raise Refused(_("The one who proposed this is no admin any more. Turn it down; another admin can propose it."))
    if db.scalar(sa.select(Member.email).where(Member.id == found.member_id)) != email.strip().lower():
        raise Refused(_("This is not the address it was proposed for. Ask the one who proposed it, and type it again."))
    mine = sa.update(Proposal).where(Proposal.id == found.id, Proposal.confirmed_by.is_(None))
    if not db.execute(mine.values(confirmed_by=viewer.member_id)).rowcount:  # type: ignore[attr-defined]  # UPDATE
        raise Gone(proposal_id)
    _carry_out(db, viewer, found)
    db.execute(sa.delete(Proposal).where(Proposal.id == found.id))


def _carry_out(db: Session, viewer: Viewer, found: Proposal) -> None:
    proposer = audit.actor_hash(found.proposed_by)
    if found.kind == RESET:
        second_factor.reset(db, found.member_id, viewer.member_id, f"proposed by {proposer}: {found.reason}")
        text = _(
            "Two admins have reset the second step of your sign-in. Sign in with your password and set it up anew."
        )
    else:
        members.grant(db, found.member_id, str(found.role), found.ward_code, viewer.member_id)
        audit.record(
            db, viewer.member_id, "proposal.confirm", audit.actor_hash(found.member_id), f"proposed by {proposer}"
        )
        text = _("You have a new role here. Sign in to see what you can do.")
    notifications.tell_member(db, found.member_id, _("Something about your account has changed"), text, "/account")


def turn_down(db: Session, viewer: Viewer, proposal_id: str) -> None:
    """Drop a proposal; who made it may do so too.

    Raises:
        Gone: it does not wait (any more); Refused: it is about the viewer.
    """
    found = find(db, viewer, proposal_id)
    if viewer.member_id == found.member_id:
        raise Refused(_("This is about you. Leave it to another person."))
    db.execute(sa.delete(Proposal).where(Proposal.id == found.id))
    audit.record(db, viewer.member_id, "proposal.turn_down", audit.actor_hash(found.member_id), found.kind)


def lapse(db: Session, today: date) -> int:
    """Delete proposals whose last day is over and return how many."""
    late = db.execute(sa.select(Proposal.id, Proposal.member_id, Proposal.kind).where(Proposal.until_on < today)).all()
    for row in late:
        db.execute(sa.delete(Proposal).where(Proposal.id == row.id))
        audit.record(db, None, "proposal.lapse", audit.actor_hash(row.member_id), row.kind)
    return len(late)
