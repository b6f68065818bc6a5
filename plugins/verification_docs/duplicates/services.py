"""The verbs of tags: keep them, find whom they meet, hold both, let go, forget. None of them commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from core import audit
from core.models import Membership
from plugins.verification_docs import letters
from plugins.verification_docs.duplicates.models import SEPARATE, Conflict, Tag
from plugins.verification_docs.models import COLLECTING, FROZEN, OPEN_STATES, REJECTED, RESEND, WAITING, Case, Evidence
from plugins.verification_docs.policy import policy

KEPT_AFTER_END_DAYS = 365
"""A tag dies a year after the membership of its member. Source: ../shared/PRIVACY.md, section 3."""


def meet(
    db: Session, member_id: str, tags: Mapping[str, str], found_by: str, now: datetime, *, case_id: str | None = None
) -> bool:
    """Keep what a reviewer read of a member, and return whether the member may go on.

    `tags` maps a kind (`document`, `person`) to its tag. When another account has one of them the two meet: both
    open cases are frozen, both members are told that it takes longer, and somebody else must decide. False also
    while an earlier meeting of the member is undecided. `case_id` None is a check in person.
    """
    today = now.date()
    met = _others(db, member_id, tags, today)
    _keep(db, member_id, tags, case_id=case_id, until_on=_until(case_id, met, today))
    new = [(kind, other_id) for kind, other_id in met if not _is_open_between(db, member_id, other_id, kind)]
    told = {each for each in (member_id, *(other_id for _kind, other_id in new)) if is_held(db, each)}
    for kind, other_id in new:
        db.add(
            Conflict(
                case_id=case_id,
                member_id=member_id,
                other_member_id=other_id,
                kind=kind,
                found_by=found_by,
                found_on=today,
            )
        )
    if new:
        held = {member_id, *(other_id for _kind, other_id in new)}
        db.flush()
        _freeze(db, held)
        for each in sorted(held - told):
            letters.more_time(db, each)
        subject = f"case {case_id}" if case_id else "check in person"
        audit.record(db, found_by, "verification_docs.meet", subject, ", ".join(sorted({kind for kind, _id in new})))
    return not is_held(db, member_id)


def is_held(db: Session, member_id: str) -> bool:
    """Whether somebody must first decide about this member and another account."""
    sides = sa.or_(Conflict.member_id == member_id, Conflict.other_member_id == member_id)
    return bool(db.scalar(sa.select(sa.exists().where(Conflict.outcome.is_(None), sides))))


def case_ended(db: Session, case_id: str, today: date, *, well: bool) -> None:
    """Make the tags of a case those of its member when it ended well; otherwise delete them, and whom they held.

    They stay as well with somebody who is verified (for reading, say, or who was about to renew).
    """
    mine = Tag.case_id == case_id
    verified = sa.exists().where(Case.id == case_id, Membership.member_id == Case.member_id)
    if well or db.scalar(sa.select(verified.where(Membership.until_on >= today))):
        db.execute(sa.update(Tag).where(mine).values(case_id=None))
    else:
        db.execute(sa.delete(Tag).where(mine))
        settle(db)


def let_go(db: Session, member_id: str) -> None:
    """Delete every tag of a member and what hangs on it: the account closes, or turned out to be a second one."""
    db.execute(sa.delete(Tag).where(Tag.member_id == member_id))
    settle(db)


def forget(db: Session, today: date) -> int:
    """Give tags of memberships that ended their last day, delete those whose day has come; return how many died."""
    verified = sa.select(Membership.member_id).where(Membership.until_on >= today)
    in_case = sa.select(Case.id).where(Case.ended_on.is_(None))
    last = sa.select(Membership.until_on).where(Membership.member_id == Tag.member_id).scalar_subquery()
    db.execute(sa.update(Tag).where(Tag.member_id.in_(verified)).values(until_on=None))
    ended = db.execute(
        sa.select(Tag.id, last.label("ended_on")).where(
            Tag.until_on.is_(None),
            Tag.member_id.not_in(verified),
            sa.or_(Tag.case_id.is_(None), Tag.case_id.not_in(in_case)),
        )
    ).all()
    for row in ended:
        ended_on: date | None = row.ended_on
        until_on = (ended_on or today) + timedelta(days=KEPT_AFTER_END_DAYS)
        db.execute(sa.update(Tag).where(Tag.id == row.id).values(until_on=until_on))
    gone = db.execute(sa.delete(Tag).where(Tag.until_on <= today))
    settle(db)
    return int(gone.rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE


def settle(db: Session) -> None:
    """Drop meetings whose tags are gone, and let every case go on that nothing holds any more."""
    one, other = aliased(Tag), aliased(Tag)
    still = sa.exists().where(
        one.member_id == Conflict.member_id,
        other.member_id == Conflict.other_member_id,
        one.kind == Conflict.kind,
        other.kind == Conflict.kind,
        one.tag == other.tag,
    )
    db.execute(sa.delete(Conflict).where(~still), execution_options={"synchronize_session": False})
    held = sa.exists().where(
        Conflict.outcome.is_(None),
        sa.or_(Conflict.member_id == Case.member_id, Conflict.other_member_id == Case.member_id),
    )
    for case in db.scalars(sa.select(Case).where(Case.state == FROZEN, ~held).with_for_update()):
        case.state = _state_before(db, case)
        case.claimed_by = case.claimed_until = None
    db.flush()


def _others(db: Session, member_id: str, tags: Mapping[str, str], today: date) -> list[tuple[str, str]]:
    """Return kind and member of each other account with a living tag, but for pairs known to be two people."""
    same = sa.or_(sa.false(), *(sa.and_(Tag.kind == kind, Tag.tag == tag) for kind, tag in tags.items()))
    known = sa.exists().where(
        Conflict.outcome == SEPARATE,
        Conflict.kind == Tag.kind,
        sa.or_(
            sa.and_(Conflict.member_id == member_id, Conflict.other_member_id == Tag.member_id),
            sa.and_(Conflict.member_id == Tag.member_id, Conflict.other_member_id == member_id),
        ),
    )
    rows = db.execute(
        sa.select(Tag.kind, Tag.member_id)
        .where(same, Tag.member_id != member_id, sa.or_(Tag.until_on.is_(None), Tag.until_on > today), ~known)
        .order_by(Tag.kind, Tag.member_id)
    )
    return [(kind, other_id) for kind, other_id in rows]


def _keep(db: Session, member_id: str, tags: Mapping[str, str], *, case_id: str | None, until_on: date | None) -> None:
    for kind, tag in tags.items():
        has = sa.exists().where(Tag.kind == kind, Tag.tag == tag, Tag.member_id == member_id)
        if not db.scalar(sa.select(has)):
            db.add(Tag(kind=kind, tag=tag, member_id=member_id, case_id=case_id, until_on=until_on))
    db.flush()


def _until(case_id: str | None, met: list[tuple[str, str]], today: date) -> date | None:
    """Return the last day of a tag from a check in person that ended in a meeting: there is no case to end it."""
    return today + timedelta(days=policy().kept_days) if case_id is None and met else None


def _is_open_between(db: Session, member_id: str, other_id: str, kind: str) -> bool:
    pair = Conflict.member_id.in_((member_id, other_id)) & Conflict.other_member_id.in_((member_id, other_id))
    return bool(db.scalar(sa.select(sa.exists().where(pair, Conflict.kind == kind, Conflict.outcome.is_(None)))))


def _freeze(db: Session, member_ids: Iterable[str]) -> None:
    """Stop the open cases of these members and close them to whoever has them open."""
    wanted = sa.select(Case).where(Case.member_id.in_(list(member_ids)), Case.state.in_(OPEN_STATES)).with_for_update()
    for case in db.scalars(wanted):
        # `waiting_since_on` stays: it says where the case goes on, and its place in the queue.
        case.state = FROZEN
        case.claimed_by = case.claimed_until = None
    db.flush()


def _state_before(db: Session, case: Case) -> str:
    if case.waiting_since_on is not None:
        return WAITING
    sent_back = sa.exists().where(Evidence.case_id == case.id, Evidence.state == REJECTED)
    return RESEND if db.scalar(sa.select(sent_back)) else COLLECTING
