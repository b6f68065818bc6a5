"""Whether a reviewer was checked, and until when that holds. Without it their queue is closed."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
from core.members import REMINDER_DAYS
from core.models import Member, RoleGrant
from plugins.verification_docs import letters
from plugins.verification_docs.keys.models import ReviewerKey
from plugins.verification_docs.models import Case
from plugins.verification_docs.reviewers.models import Vetting

KINDS = ("dbs_basic", "dbs_enhanced", "police", "references", "interview")


class VettingRefused(ValueError):
    """The record makes no sense: an unknown kind, a wrong day, or somebody vetting themselves."""


def vet(db: Session, reviewer_id: str, kind: str, *, days: tuple[date, date], vetted_by: str | None) -> None:
    """Record that a reviewer was checked on one day and that it holds until another.

    `vetted_by` None is the command line. Replaces an earlier record.

    Raises:
        VettingRefused: with a code.
    """
    vetted_on, until_on = days
    if kind not in KINDS:
        raise VettingRefused("kind")
    if until_on < vetted_on:
        raise VettingRefused("days")
    if vetted_by == reviewer_id:
        raise VettingRefused("own")
    db.execute(sa.delete(Vetting).where(Vetting.reviewer_id == reviewer_id))
    db.add(
        Vetting(reviewer_id=reviewer_id, kind=kind, vetted_on=vetted_on, until_on=until_on, vetted_by=vetted_by),
    )
    audit.record(db, vetted_by, "verification_docs.vet", audit.actor_hash(reviewer_id), f"{kind} until {until_on}")
    db.flush()


def reviewer_at(db: Session, email: str) -> str | None:
    """Return the id of the reviewer with this address, or None when no reviewer has it."""
    is_reviewer = sa.exists().where(RoleGrant.member_id == Member.id, RoleGrant.role == "reviewer")
    return db.scalar(sa.select(Member.id).where(Member.email == email.strip().lower(), is_reviewer))


def holds(db: Session, reviewer_id: str, today: date) -> bool:
    """Whether a reviewer's vetting holds today."""
    until_on = db.scalar(sa.select(Vetting.until_on).where(Vetting.reviewer_id == reviewer_id))
    return until_on is not None and until_on >= today


def counts(db: Session, today: date) -> tuple[int, int, int]:
    """Return how many reviewers there are, whose vetting holds today, and of those whose ends within 30 days."""
    is_reviewer = sa.exists().where(RoleGrant.member_id == Vetting.reviewer_id, RoleGrant.role == "reviewer")
    everyone = sa.select(sa.func.count(RoleGrant.member_id.distinct())).where(RoleGrant.role == "reviewer")
    days = [until_on for (until_on,) in db.execute(sa.select(Vetting.until_on).where(is_reviewer))]
    held = [until_on for until_on in days if until_on >= today]
    return int(db.scalar(everyone) or 0), len(held), sum((day - today).days <= max(REMINDER_DAYS) for day in held)


def remind(db: Session, today: date) -> None:
    """Write to reviewers and admins 30 and 7 days before a record ends, once each."""
    for days in sorted(REMINDER_DAYS):
        soon = sa.select(Vetting).where(Vetting.until_on >= today, Vetting.until_on <= today + timedelta(days=days))
        told = sa.or_(Vetting.reminded_days.is_(None), Vetting.reminded_days > days)
        for row in db.scalars(soon.where(told)).all():
            row.reminded_days = days
            letters.check_ends(db, row.reviewer_id, (row.until_on - today).days)
    db.flush()


def release(db: Session, today: date) -> None:
    """Put back what reviewers hold open whose record is missing or over: others can go on with it."""
    held = sa.select(Vetting.reviewer_id).where(Vetting.until_on >= today)
    db.execute(
        sa.update(Case).where(Case.claimed_by.not_in(held)).values(claimed_by=None, claimed_until=None),
        execution_options={"synchronize_session": False},
    )


def listed(db: Session) -> list[dict[str, object]]:
    """Return for the operator's terminal each reviewer's address, record and whether they have a key, by address."""
    rows = db.execute(
        sa.select(Member.email, Vetting.kind, Vetting.vetted_on, Vetting.until_on, ReviewerKey.added_on)
        .join(RoleGrant, sa.and_(RoleGrant.member_id == Member.id, RoleGrant.role == "reviewer"))
        .outerjoin(Vetting, Vetting.reviewer_id == Member.id)
        .outerjoin(ReviewerKey, ReviewerKey.reviewer_id == Member.id)
        .order_by(Member.email)
    )
    names = ("email", "kind", "vetted_on", "until_on", "key_since")
    return [dict(zip(names, (value or "" for value in row), strict=True)) for row in rows]
