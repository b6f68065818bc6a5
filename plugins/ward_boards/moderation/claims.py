"""Claims: who looks at a case now. One lasts half an hour and ends by itself; nobody else can act meanwhile.

An urgent case that nobody has claimed in an hour goes to the moderators of its ward by mail, and an hour later to
those of the borough. Subjects are neutral; the mail names neither the post nor anybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import notifications
from core.contributions import Viewer
from core.database import now as clock
from core.database import reading, transaction
from core.instance import instance
from core.models import Member, RoleGrant
from plugins.ward_boards import ownership
from plugins.ward_boards.models import Post, ThreadWard
from plugins.ward_boards.moderation import cases, vocabulary
from plugins.ward_boards.moderation.models import Case
from plugins.ward_boards.moderation.rights import MODERATORS

LASTS = timedelta(minutes=30)
SUBJECT = "Something waits for you"
TEXT = "Something has waited for more than an hour, and nobody has looked at it yet. Please look soon."


class Claimed(Exception):
    """Somebody else looks at the case; acting now would cross them."""


class OwnCase(Exception):
    """The moderator wrote the post; what readers said of it is for others."""


class CaseClosed(Exception):
    """The case is decided, or there is none by this id."""


def holder(case: Case, viewer: Viewer, now: datetime) -> str:
    """Return `mine`, `other` or empty: who has claimed the case, when the claim is still good."""
    if not case.claim_hash or case.claimed_until is None or case.claimed_until <= now:
        return ""
    return "mine" if case.claim_hash == cases.hash_of(case.id, viewer, "claim") else "other"


def take(db: Session, viewer: Viewer, case: Case, *, now: datetime) -> None:
    """Claim a case for half an hour, or go on with one's own claim.

    Raises:
        Claimed: another moderator has it.
        CaseClosed: it was decided meanwhile.
    """
    if not case.is_open:
        raise CaseClosed(case.id)
    if holder(case, viewer, now) == "other":
        raise Claimed(case.id)
    case.claim_hash = cases.hash_of(case.id, viewer, "claim")
    case.claimed_until = now + LASTS
    if case.urgency_rank <= vocabulary.URGENT_UP_TO:
        case.escalate_at = case.claimed_until  # should it end without a decision, others are told at once
    db.flush()


def claim(db: Session, viewer: Viewer, case_id: str, *, now: datetime) -> Case:
    """Claim a case by its id.

    Raises:
        Claimed, CaseClosed: as for `take`.
        OwnCase: see there.
    """
    case = db.get(Case, case_id)
    if case is None:
        raise CaseClosed(case_id)
    post = db.get(Post, case.post_id) if case.post_id else None
    if post is not None and ownership.owns(db, viewer, post):
        raise OwnCase(case_id)
    take(db, viewer, case, now=now)
    return case


def release(db: Session, viewer: Viewer, case_id: str, *, now: datetime) -> None:
    """Give one's claim back; another's, or one that has ended, is left alone."""
    case = db.get(Case, case_id)
    if case is not None and holder(case, viewer, now) == "mine":
        _let_go(case)
        db.flush()


def _let_go(case: Case) -> None:
    case.claim_hash, case.claimed_until = "", None


def tidy(now: datetime | None = None) -> None:
    """Forget claims that have ended, and tell the next moderators of urgent cases that nobody claimed. A job."""
    at = now or clock()
    over = sa.and_(Case.claimed_until.is_not(None), Case.claimed_until <= at)
    due = sa.and_(Case.escalate_at.is_not(None), Case.escalate_at <= at)
    with reading() as db:
        found = db.scalars(sa.select(Case.id).where(Case.is_open, sa.or_(over, due))).all()
    for case_id in found:
        with transaction() as db:
            case = db.get(Case, case_id)
            if case is not None and case.is_open:
                _tidy(db, case, at)


def _tidy(db: Session, case: Case, at: datetime) -> None:
    if case.claimed_until is not None and case.claimed_until <= at:
        _let_go(case)
    if case.claimed_until is not None or case.escalate_at is None or case.escalate_at > at:
        return
    for member_id in _next_moderators(db, case):
        notifications.tell_member(db, member_id, SUBJECT, TEXT, "/moderation")
    case.escalations += 1
    case.escalate_at = at + cases.NOBODY_LOOKED if case.escalations < 2 else None
    db.flush()


def _next_moderators(db: Session, case: Case) -> list[str]:
    """Return who is told next: the ward's moderators, then the borough's; admins where there are none."""
    borough = instance().config.borough
    role, ward = RoleGrant.role, RoleGrant.ward_code
    everywhere = sa.and_(role.in_(MODERATORS), sa.or_(ward.is_(None), ward == borough))
    places = sa.select(ThreadWard.ward_code).where(ThreadWard.thread_id == case.thread_id)
    if case.asked_ward is not None:
        places = sa.select(sa.literal(case.asked_ward))
    steps = [sa.and_(role.in_(MODERATORS), ward.in_(places)), everywhere, role == "admin"]
    for step in steps[case.escalations :]:
        chosen = sa.select(RoleGrant.member_id).join(Member, Member.id == RoleGrant.member_id)
        found = sorted(set(db.scalars(chosen.where(Member.active, step))))
        if found:
            return found
    return []
