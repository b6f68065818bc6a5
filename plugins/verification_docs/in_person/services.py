"""The verbs of a check at a counter: make a code, sign first, sign second, let old ones go. None of them commits.

No file, name, number, day of birth or postcode comes in here: kinds of paper, a ward, and slow keyed hashes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, members, wards
from core.models import Member, Membership
from plugins.verification_docs import ending, letters
from plugins.verification_docs.duplicates import services as duplicate_services
from plugins.verification_docs.duplicates import tags
from plugins.verification_docs.duplicates.models import DOCUMENT, PERSON, Tag
from plugins.verification_docs.in_person import codes, refusals
from plugins.verification_docs.in_person.models import CounterCheck
from plugins.verification_docs.models import VERIFIED, Case
from plugins.verification_docs.papers import MOST_TRIES
from plugins.verification_docs.policy import policy
from plugins.verification_docs.refusals import NotNow, OnHold
from plugins.verification_docs.reviewers import close, passed

METHOD = "in person"
VALID_DAYS = 30
VERIFIED_NOW, HELD, DIFFERS, OVER = OUTCOMES = ("verified", "held", "differs", "over")


@dataclass(frozen=True)
class Seen:
    """What the first reviewer saw with their own eyes. `person_tag` None: the document shows no day of birth."""

    kinds: frozenset[str]
    ward_code: str
    document_tag: str
    person_tag: str | None


@dataclass(frozen=True)
class Signed:
    """What came of the second signature, one of `OUTCOMES`; how many tries are left when the numbers differ."""

    outcome: str
    tries_left: int = MOST_TRIES


def make(db: Session, member_id: str, now: datetime) -> str:
    """Return a new code for a member; it is told this once. An earlier one is worth nothing from now on.

    What a first reviewer has signed stays signed, and its days are not lengthened.

    Raises:
        OnHold: somebody must first decide about this member and another account.
        NotNow: another page of theirs made one in the same moment.
    """
    if duplicate_services.is_held(db, member_id):
        raise OnHold
    code = codes.new()
    check = _of(db, member_id)
    if check is None:
        check = CounterCheck(member_id=member_id, tries=0)
        db.add(check)
    if check.first_by is None:
        check.until_on = now.date() + timedelta(days=VALID_DAYS)
    check.code_hash = str(codes.hash_of(code))
    try:
        db.flush()
    except IntegrityError:
        raise NotNow("code") from None
    return code


def cancel(db: Session, member_id: str) -> bool:
    """Forget a member's check and all that was signed; returns whether there was one."""
    check = _of(db, member_id)
    if check is None:
        return False
    db.delete(check)
    db.flush()
    return True


def find(db: Session, reviewer_id: str, typed: str, today: date) -> CounterCheck:
    """Return the check of a code for a reviewer who may sign it, locked where the database can.

    Raises:
        CodeUnknown, OwnCheck, KnowsMember, SignedAlready, Waits: this reviewer cannot sign it.
    """
    wanted = sa.select(CounterCheck).join(Member, Member.id == CounterCheck.member_id)
    code_hash = codes.hash_of(typed)
    alive = (CounterCheck.until_on >= today, Member.active)
    check = db.scalars(
        wanted.where(CounterCheck.code_hash == code_hash, *alive).with_for_update(of=CounterCheck)
    ).one_or_none()
    if check is None or code_hash is None:
        raise refusals.CodeUnknown
    if check.member_id == reviewer_id:
        raise refusals.OwnCheck
    if close.are_close(db, reviewer_id, check.member_id):
        raise refusals.KnowsMember
    if check.second_by is not None:
        raise refusals.Waits
    if check.first_by == reviewer_id:
        raise refusals.SignedAlready
    return check


def sign_first(db: Session, reviewer_id: str, typed: str, seen: Seen, now: datetime) -> None:
    """Sign that the papers of a borough's rule were seen, whose ward that is, and what number the photo one has.

    Raises:
        NotEnough: the rule asks for more.
        OwnWard: it is the reviewer's home ward, where the borough does not want that.
        SignedByAnother: somebody was quicker; one can still be the second.
        CodeUnknown, OwnCheck, KnowsMember, SignedAlready, Waits: as `find`.
    """
    check = find(db, reviewer_id, typed, now.date())
    require_enough(seen.kinds)
    _require_other_ward(db, reviewer_id, seen.ward_code)
    changed = db.execute(
        sa.update(CounterCheck)
        .where(CounterCheck.id == check.id, CounterCheck.first_by.is_(None))
        .values(
            first_by=reviewer_id,
            shown=" ".join(sorted(seen.kinds)),
            ward_code=seen.ward_code,
            number_tag=seen.document_tag,
            person_tag=seen.person_tag,
            tries=0,
        )
    )
    if not changed.rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        raise refusals.SignedByAnother
    audit.record(db, reviewer_id, "verification_docs.sign_first", f"counter {check.id}")
    db.flush()


def sign_second(db: Session, reviewer_id: str, typed: str, document_tag: str, now: datetime) -> Signed:
    """Sign as the other of two, by reading the same number; then the member is verified for the ward of the first.

    After three numbers that differ the check is over. When the document or the person is known from another
    account, nobody is verified before somebody else has decided about that.

    Raises:
        SignedByAnother: nobody has signed first yet.
        NotEnough: the rule was changed since, and asks for more.
        OwnWard: it is the reviewer's home ward, where the borough does not want that.
        CodeUnknown, OwnCheck, KnowsMember, SignedAlready, Waits: as `find`.
    """
    check = find(db, reviewer_id, typed, now.date())
    if check.first_by is None:
        raise refusals.SignedByAnother
    if not tags.same(document_tag, check.number_tag or ""):
        return _differs(db, check, reviewer_id)
    require_enough(_kinds(check))
    _require_other_ward(db, reviewer_id, str(check.ward_code))
    if not wards.is_ward(str(check.ward_code)):
        # The borough has got other wards since; the daily job asks the member to come again.
        raise refusals.CodeUnknown
    check.second_by = reviewer_id
    audit.record(db, reviewer_id, "verification_docs.sign_second", f"counter {check.id}")
    db.flush()
    # Kept before the two may meet another account: neither of them decides about that.
    passed.add(db, check.member_id, {str(check.first_by), reviewer_id}, now.date())
    read = {DOCUMENT: document_tag} | ({PERSON: check.person_tag} if check.person_tag else {})
    if not duplicate_services.meet(db, check.member_id, read, reviewer_id, now):
        return Signed(HELD)
    _finish(db, check, now)
    return Signed(VERIFIED_NOW)


def expire(db: Session, now: datetime) -> int:
    """Drop checks whose days or ward are over, and finish those that waited for a decision; return how many went."""
    gone = db.execute(
        sa.delete(CounterCheck).where(CounterCheck.until_on < now.date()),
        execution_options={"synchronize_session": False},
    )
    signed = db.scalars(sa.select(CounterCheck).where(CounterCheck.first_by.is_not(None)).with_for_update()).all()
    done = sum(_go_on(db, check, now) for check in signed)
    db.flush()
    return int(gone.rowcount) + done  # type: ignore[attr-defined]  # CursorResult of a DELETE


def void(db: Session, reviewer_id: str) -> None:
    """Drop what a reviewer signed who is no longer trusted; their members are asked to come again."""
    mine = sa.or_(CounterCheck.first_by == reviewer_id, CounterCheck.second_by == reviewer_id)
    for check in db.scalars(sa.select(CounterCheck).where(mine).with_for_update()).all():
        _come_again(db, check)


def _go_on(db: Session, check: CounterCheck, now: datetime) -> bool:
    """Finish or drop a check that somebody has signed; False when it has to wait on."""
    if not wards.is_ward(str(check.ward_code)):
        # The borough has got other wards since; nobody can be verified for one of the old.
        _come_again(db, check)
    elif check.second_by is None or duplicate_services.is_held(db, check.member_id):
        return False
    elif not db.scalar(sa.select(sa.exists().where(Tag.member_id == check.member_id, Tag.tag == check.number_tag))):
        db.delete(check)  # it turned out to be a second account of one person, who was told
    elif not policy().rule.is_met(_kinds(check)):
        _come_again(db, check)
    else:
        _finish(db, check, now)
    return True


def _come_again(db: Session, check: CounterCheck) -> None:
    letters.start_again(db, check.member_id)
    db.delete(check)
    db.flush()


def require_enough(kinds: frozenset[str]) -> None:
    """Pass silently when these kinds of paper meet the rule of the borough.

    Raises:
        NotEnough: they do not.
    """
    if not policy().rule.is_met(kinds):
        raise refusals.NotEnough


def _require_other_ward(db: Session, reviewer_id: str, ward_code: str) -> None:
    if not policy().not_own_ward:
        return
    own = db.scalar(sa.select(Membership.ward_code).where(Membership.member_id == reviewer_id))
    if own == ward_code:
        raise refusals.OwnWard


def _of(db: Session, member_id: str) -> CounterCheck | None:
    return db.scalars(
        sa.select(CounterCheck).where(CounterCheck.member_id == member_id).with_for_update()
    ).one_or_none()


def _kinds(check: CounterCheck) -> frozenset[str]:
    return frozenset((check.shown or "").split())


def _differs(db: Session, check: CounterCheck, reviewer_id: str) -> Signed:
    check.tries += 1
    left = MOST_TRIES - check.tries
    audit.record(db, reviewer_id, "verification_docs.number_differs", f"counter {check.id}", f"try {check.tries}")
    if left <= 0:
        _come_again(db, check)
    db.flush()
    return Signed(DIFFERS if left > 0 else OVER, left)


def _finish(db: Session, check: CounterCheck, now: datetime) -> None:
    today = now.date()
    member_id, ward_code = check.member_id, str(check.ward_code)
    members.verify(db, member_id, ward_code, METHOD, policy().until(today))
    both = [reviewer_id for reviewer_id in (check.first_by, check.second_by) if reviewer_id is not None]
    passed.record(db, member_id, both, today)
    audit.record(db, check.second_by, "verification_docs.verify", f"counter {check.id}", ward_code)
    case = db.scalars(
        sa.select(Case).where(Case.member_id == member_id, Case.ended_on.is_(None)).with_for_update()
    ).one_or_none()
    if case is not None:
        ending.end(db, case, VERIFIED, today)
    db.delete(check)
    db.flush()
    letters.met_you(db, member_id)
