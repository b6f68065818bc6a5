"""People whom a reviewer must not judge: those they live with, are related to, or could not judge fairly.

They are named by e-mail address, and the answer is the same whether somebody has an account with it: nobody finds
out here who is a member. Only a keyed hash of the address is kept, and the account it belongs to.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
from core.instance import instance
from core.models import Member
from plugins.verification_docs.models import Case
from plugins.verification_docs.reviewers import vetting
from plugins.verification_docs.reviewers.models import ClosePerson

MOST_NAMED = 50


class TooMany(Exception):
    """A reviewer has named so many that something else is going on; an admin must look."""


def person_hash(email: str) -> str:
    """Return how an address is kept."""
    return instance().keys.keyed_hash("verification-close", email.strip().lower())


def name(db: Session, reviewer_id: str, email: str) -> None:
    """Keep a person away from a reviewer, now and when they join later; twice is harmless.

    Raises:
        TooMany: there are 50 already.
    """
    if count(db, reviewer_id) >= MOST_NAMED:
        raise TooMany
    member_id = db.scalar(sa.select(Member.id).where(Member.email == email.strip().lower()))
    _keep(db, reviewer_id, person_hash(email), member_id)
    audit.record(db, reviewer_id, "verification_docs.name_close", "one person")


def take_back(db: Session, reviewer_id: str, email: str) -> None:
    """Let a person go whom the reviewer named; nothing happens when they did not.

    What the person asked for themselves stays: they may have named the reviewer because they fear them.
    """
    which = (ClosePerson.reviewer_id == reviewer_id, ClosePerson.person_hash == person_hash(email))
    row = db.scalars(sa.select(ClosePerson).where(*which, ClosePerson.by_reviewer)).one_or_none()
    if row is None:
        return
    row.by_reviewer = False
    if not row.by_member:
        db.delete(row)
    db.flush()
    audit.record(db, reviewer_id, "verification_docs.take_back_close", "one person")


def name_reviewer(db: Session, member_id: str, email: str) -> None:
    """Keep a member's case away from the reviewer with this address; nothing happens when there is none."""
    found = vetting.reviewer_at(db, email)
    own = db.scalar(sa.select(Member.email).where(Member.id == member_id))
    if found is not None and own is not None and found != member_id:
        _keep(db, found, person_hash(own), member_id, by_member=True)


def fill(db: Session, member_id: str) -> None:
    """Join what reviewers named to somebody who has an account only now."""
    email = db.scalar(sa.select(Member.email).where(Member.id == member_id))
    if email is not None:
        which = (ClosePerson.person_hash == person_hash(email), ClosePerson.member_id.is_(None))
        db.execute(sa.update(ClosePerson).where(*which).values(member_id=member_id))


def are_close(db: Session, reviewer_id: str, member_id: str) -> bool:
    """Whether a reviewer must not judge a member."""
    return bool(db.scalar(sa.select(sa.exists().where(*_pair(reviewer_id, member_id)))))


def count(db: Session, reviewer_id: str) -> int:
    """Return how many people a reviewer has named; of those who named the reviewer nothing is told."""
    mine = (ClosePerson.reviewer_id == reviewer_id, ClosePerson.by_reviewer)
    return int(db.scalar(sa.select(sa.func.count()).select_from(ClosePerson).where(*mine)) or 0)


def _pair(reviewer_id: str, member_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (ClosePerson.reviewer_id == reviewer_id, ClosePerson.member_id == member_id)


def _keep(db: Session, reviewer_id: str, hashed: str, member_id: str | None, *, by_member: bool = False) -> None:
    same = sa.select(ClosePerson).where(ClosePerson.reviewer_id == reviewer_id, ClosePerson.person_hash == hashed)
    row = db.scalars(same).one_or_none()
    if row is None:
        row = ClosePerson(reviewer_id=reviewer_id, person_hash=hashed, by_reviewer=False, by_member=False)
        db.add(row)
    row.member_id = row.member_id or member_id
    row.by_member = row.by_member or by_member
    row.by_reviewer = row.by_reviewer or not by_member
    # What they hold open just now is put back.
    if member_id is not None:
        held = sa.update(Case).where(Case.member_id == member_id, Case.claimed_by == reviewer_id)
        db.execute(held.values(claimed_by=None, claimed_until=None))
    db.flush()
