"""What a third reviewer says of two accounts that met: two people, or one, and then which account stays."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, members
from plugins.verification_docs import ending, letters
from plugins.verification_docs.duplicates import queries, services
from plugins.verification_docs.duplicates.models import KEEP_NEW, KEEP_OLD, OUTCOMES, Conflict
from plugins.verification_docs.models import REFUSED, Case
from plugins.verification_docs.refusals import AlreadyDecided, BadReason, TookPart


def decide(db: Session, reviewer_id: str, conflict_id: str, outcome: str, now: datetime) -> None:
    """Decide about a pair of accounts, whatever they met for; the database refuses who took part.

    `separate`: both go on, and do not stop each other again. `keep_old`, `keep_new`: the other account loses its
    open case with all papers, its membership and its tags. Roles are never moved.

    Raises:
        AlreadyDecided: somebody was quicker, or one of the two took their papers back.
        BadReason: an unknown outcome.
        TookPart: this reviewer found it, decided in a case of the two, is one of them or close to one.
    """
    if outcome not in OUTCOMES:
        raise BadReason(outcome)
    pair = queries.open_pair(db, conflict_id)
    if pair is None:
        raise AlreadyDecided(conflict_id)
    if not queries.may_decide(db, reviewer_id, pair):
        raise TookPart(conflict_id)
    changed = db.execute(
        sa.update(Conflict)
        .where(Conflict.id.in_(pair.conflict_ids), Conflict.outcome.is_(None))
        .values(outcome=outcome, decided_by=reviewer_id),
        execution_options={"synchronize_session": False},
    )
    if not changed.rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        raise AlreadyDecided(conflict_id)
    audit.record(db, reviewer_id, f"verification_docs.{outcome}", f"conflict {conflict_id}")
    loser = {KEEP_OLD: pair.member_id, KEEP_NEW: pair.other_member_id}.get(outcome)
    if loser is not None:
        _close(db, loser, reviewer_id, now)
    services.settle(db)
    for member_id in (pair.member_id, pair.other_member_id):
        if member_id != loser and not services.is_held(db, member_id):
            letters.going_on(db, member_id)


def _close(db: Session, member_id: str, reviewer_id: str, now: datetime) -> None:
    """End what the second account of a person has: its case, its membership, its tags."""
    case = db.scalars(
        sa.select(Case).where(Case.member_id == member_id, Case.ended_on.is_(None)).with_for_update()
    ).one_or_none()
    if case is not None:
        ending.end(db, case, REFUSED, now.date())
    members.lapse(db, member_id, reviewer_id, "has another account")
    services.let_go(db, member_id)
    letters.account_there(db, member_id)
