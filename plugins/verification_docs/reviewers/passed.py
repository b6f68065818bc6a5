"""Who passed whom, and how long those may wait who must show their papers to somebody else."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import members
from core.models import Membership
from plugins.verification_docs.policy import policy
from plugins.verification_docs.reviewers.models import Passed


def record(db: Session, member_id: str, reviewer_ids: Collection[str], today: date) -> None:
    """Keep who had a part in verifying a member; what earlier reviewers passed no longer stands on them."""
    db.execute(sa.delete(Passed).where(Passed.member_id == member_id))
    add(db, member_id, reviewer_ids, today)


def add(db: Session, member_id: str, reviewer_ids: Collection[str], today: date) -> None:
    """Keep who had a part beside those who are known already."""
    known = set(db.scalars(sa.select(Passed.reviewer_id).where(Passed.member_id == member_id)))
    for reviewer_id in sorted(set(reviewer_ids) - known):
        db.add(Passed(member_id=member_id, reviewer_id=reviewer_id, passed_on=today))
    db.flush()


def concerned(db: Session, reviewer_id: str, since: date) -> int:
    """Return how many are verified now and were passed by this reviewer on that day or later."""
    return len(members_passed(db, reviewer_id, since))


def waiting(db: Session) -> int:
    """Return how many members still have to show their papers to somebody else."""
    rows = sa.select(sa.func.count(Passed.member_id.distinct())).where(Passed.look_again_until_on.is_not(None))
    return int(db.scalar(rows) or 0)


def must_show_again_by(db: Session, member_id: str) -> date | None:
    """Return the day by which a member must have shown their papers again, or None."""
    return db.scalar(sa.select(sa.func.min(Passed.look_again_until_on)).where(Passed.member_id == member_id))


def end_overdue(db: Session, today: date) -> int:
    """End the verification of those who did not show their papers in time, and return how many."""
    rows = sa.select(Passed.member_id).where(Passed.look_again_until_on < today).distinct()
    member_ids = db.scalars(rows).all()
    for member_id in member_ids:
        members.lapse(db, member_id, None, "not shown again in time")
        db.execute(sa.delete(Passed).where(Passed.member_id == member_id))
    return len(member_ids)


def forget(db: Session, today: date) -> None:
    """Delete what is a year older than the verification could be, of members who are not verified any more."""
    oldest = today - timedelta(days=31 * (policy().valid_months + 12))
    is_verified = sa.exists().where(Membership.member_id == Passed.member_id)
    db.execute(
        sa.delete(Passed).where(Passed.passed_on < oldest, ~is_verified),
        execution_options={"synchronize_session": False},
    )


def members_passed(db: Session, reviewer_id: str, since: date) -> list[str]:
    """Return the ids of those verified now who were passed by this reviewer on that day or later."""
    rows = (
        sa.select(Passed.member_id)
        .join(Membership, Membership.member_id == Passed.member_id)
        .where(Passed.reviewer_id == reviewer_id, Passed.passed_on >= since)
        .order_by(Passed.member_id)
    )
    return list(db.scalars(rows))
