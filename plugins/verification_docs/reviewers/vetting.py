"""Whether a reviewer was checked, and until when that holds. Without it their queue is closed."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
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


def holds(db: Session, reviewer_id: str, today: date) -> bool:
    """Whether a reviewer's vetting holds today."""
    until_on = db.scalar(sa.select(Vetting.until_on).where(Vetting.reviewer_id == reviewer_id))
    return until_on is not None and until_on >= today
