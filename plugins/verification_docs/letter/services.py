"""The verbs of a letter: ask for it, print it, post it, type its code. None of them commits.

The address is sealed to the reviewers before it is stored; the server cannot read it, and forgets it when the
letter is in the post.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, event_log
from core.database import new_id
from core.events import EvidenceDecided
from plugins.verification_docs import ending, letters, postcodes, queries, reviewing, services, steps, vault
from plugins.verification_docs.duplicates import services as duplicate_services
from plugins.verification_docs.duplicates import tags
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.letter import codes, lapsing, refusals
from plugins.verification_docs.letter.models import ASKED, OVER, POSTED, LetterCode
from plugins.verification_docs.models import ACCEPTED, REJECTED, Case, Evidence
from plugins.verification_docs.papers import LETTER_CODE
from plugins.verification_docs.policy import accepted_kinds, policy
from plugins.verification_docs.purging import chain
from plugins.verification_docs.refusals import OnHold

MOST_LETTERS = 2
VALID_DAYS = 14
MOST_TRIES = 5
RIGHT, WRONG, USED_UP = OUTCOMES = ("right", "wrong", "used_up")
_PADDED_BYTES = 1536
"""Sealed texts are all of one length, so that theirs tells nothing."""


@dataclass(frozen=True)
class Address:
    """What stands on the envelope. `lines` without name and postcode."""

    name_line: str
    lines: tuple[str, ...]
    postcode: str


@dataclass(frozen=True)
class Printed:
    """A letter to print: its code, told this once, and the sealed address for the reviewer's own key."""

    code: str
    address_sealed: str


@dataclass(frozen=True)
class Entered:
    """What came of typing a code, one of `OUTCOMES`; how many tries are left."""

    outcome: str
    tries_left: int = 0


def is_offered(db: Session, member_id: str, case_id: str | None) -> bool:
    """Whether the member may ask for a letter: the address is asked for, and this borough sends letters."""
    offered = accepted_kinds().get("address")
    if offered is None or offered.document(LETTER_CODE) is None or duplicate_services.is_held(db, member_id):
        return False
    states = queries.states_by_kind(db, case_id) if case_id else {}
    return steps.may_send(policy().rule, "address", states)


def ask(db: Session, member_id: str, address: Address, now: datetime) -> None:
    """Ask for a letter to the member's home, opening a case at need.

    Raises:
        NotOffered, TooManyLetters: not now.
        OnHold: somebody must decide first about this member and another account.
        TooFewReviewers: fewer than two reviewers could open the address.
        PostcodeRefused: the postcode is no home in this borough.
    """
    today = now.date()
    if duplicate_services.is_held(db, member_id):
        raise OnHold
    postcode = postcodes.home_postcode(db, address.postcode)
    sealed = _sealed(db, member_id, address, postcode, today)
    _check_count(db, member_id, today)
    case = services.case_to_add_to(db, member_id, today)
    if _of_case(db, case.id) is not None or not is_offered(db, member_id, case.id):
        raise refusals.NotOffered
    case.postcode_sealed = vault.seal_postcode(postcode)
    db.add(
        LetterCode(
            case_id=case.id,
            member_id=member_id,
            state=ASKED,
            asked_on=today,
            address_sealed=base64.b64encode(sealed.content).decode(),
            sealed_to=sealed.sealed_to,
            tries=0,
        )
    )
    try:
        db.flush()
    except IntegrityError:
        raise refusals.NotOffered from None
    letters.case_waits(db)


def cancel(db: Session, member_id: str) -> bool:
    """End the letter that a member waits for; returns whether there was one."""
    case_id = db.scalar(sa.select(Case.id).where(Case.member_id == member_id, Case.ended_on.is_(None)))
    return case_id is not None and lapsing.close(db, case_id)


def print_letter(db: Session, reviewer_id: str, letter_id: str) -> Printed:
    """Make the code of a letter anew and return it with the sealed address: logged, and counted as an opening.

    Raises:
        NoLetter: it is gone or in the post.
        OwnCase, CloseCase, CaseGone, TriedBefore: as `reviewing.case_for`.
    """
    letter = _to_post(db, reviewer_id, letter_id)
    code = codes.new()
    letter.code_hash = codes.hash_of(letter.id, code)
    letter.posted_by = reviewer_id
    db.get_one(Case, letter.case_id).openings += 1
    audit.record(db, reviewer_id, "verification_docs.print_letter", f"case {letter.case_id}")
    db.flush()
    return Printed(code, str(letter.address_sealed))


def sealed_address(db: Session, reviewer_id: str, letter_id: str) -> bytes:
    """Return the sealed address to whoever printed the letter last.

    Raises:
        NoLetter, PrintedByAnother: it is gone, or not theirs.
        OwnCase, CloseCase, CaseGone, TriedBefore: as `reviewing.case_for`.
    """
    letter = _to_post(db, reviewer_id, letter_id)
    if letter.posted_by != reviewer_id:
        raise refusals.PrintedByAnother
    return base64.b64decode(str(letter.address_sealed))


def post(db: Session, reviewer_id: str, letter_id: str, now: datetime) -> date:
    """Say that the printed letter is in the post, forget the address, and return the last day of its code.

    Raises:
        NoLetter: it is gone or in the post.
        OwnCase, CloseCase, CaseGone, TriedBefore: as `reviewing.case_for`.
        PrintedByAnother: the print of this reviewer does not count any more, or there was none.
    """
    letter = _to_post(db, reviewer_id, letter_id)
    if letter.posted_by != reviewer_id or letter.code_hash is None:
        raise refusals.PrintedByAnother
    letter.state = POSTED
    letter.address_sealed = letter.sealed_to = None
    letter.until_on = now.date() + timedelta(days=VALID_DAYS)
    audit.record(db, reviewer_id, "verification_docs.post_letter", f"case {letter.case_id}")
    letters.letter_posted(db, letter.member_id)
    db.flush()
    return letter.until_on


def enter(db: Session, member_id: str, typed: str, now: datetime) -> Entered:
    """Compare a typed code; when it is right the address is proved, and the case goes on.

    After five wrong codes, or on the day after its last one, the letter is over; another can be asked for.

    Raises:
        NoLetter: the member waits for none that was posted.
        OnHold: somebody must decide first about this member and another account.
        PostcodeRefused: the directory changed and the postcode has no ward here any more.
    """
    wanted = sa.select(LetterCode).join(Case, Case.id == LetterCode.case_id)
    mine = (LetterCode.member_id == member_id, LetterCode.state == POSTED, Case.ended_on.is_(None))
    letter = db.scalars(wanted.where(*mine).with_for_update(of=LetterCode)).one_or_none()
    if letter is None or letter.until_on is None or letter.until_on < now.date():
        raise refusals.NoLetter
    if duplicate_services.is_held(db, member_id):
        raise OnHold
    if not tags.same(codes.hash_of(letter.id, typed) or "", str(letter.code_hash)):
        return _wrong(db, letter)
    case = db.scalars(sa.select(Case).where(Case.id == letter.case_id).with_for_update()).one()
    _accept(db, case, letter.posted_by, now)
    return Entered(RIGHT)


def _check_count(db: Session, member_id: str, today: date) -> None:
    since = today - timedelta(days=lapsing.REMEMBERED_DAYS)
    mine = (LetterCode.member_id == member_id, LetterCode.asked_on > since)
    asked = db.scalar(sa.select(sa.func.count()).select_from(LetterCode).where(*mine)) or 0
    if asked >= MOST_LETTERS and not db.scalar(sa.select(sa.exists().where(*mine, LetterCode.state != OVER))):
        raise refusals.TooManyLetters


def _sealed(db: Session, member_id: str, address: Address, postcode: str, today: date) -> key_services.Sealed:
    text = "\n".join((address.name_line, *address.lines, postcode)).encode()
    keys = key_services.recipients(db, member_id, today)
    return key_services.seal(text.ljust(_PADDED_BYTES), keys)


def _of_case(db: Session, case_id: str) -> LetterCode | None:
    return db.scalars(
        sa.select(LetterCode).where(LetterCode.case_id == case_id, LetterCode.state != OVER)
    ).one_or_none()


def _to_post(db: Session, reviewer_id: str, letter_id: str) -> LetterCode:
    """Return a letter that waits to be posted, for a reviewer who may judge its case."""
    wanted = sa.select(LetterCode).where(LetterCode.id == letter_id, LetterCode.state == ASKED)
    letter = db.scalars(wanted.with_for_update()).one_or_none()
    if letter is None:
        raise refusals.NoLetter
    reviewing.case_for(db, reviewer_id, letter.case_id)
    return letter


def _wrong(db: Session, letter: LetterCode) -> Entered:
    letter.tries += 1
    left = MOST_TRIES - letter.tries
    db.flush()
    if left > 0:
        return Entered(WRONG, left)
    lapsing.close(db, letter.case_id)
    return Entered(USED_UP)


def _accept(db: Session, case: Case, posted_by: str | None, now: datetime) -> None:
    """Put the letter in the place of a paper that was accepted, and let the case go on as after any decision."""
    replaced = Evidence.kind.in_(steps.together_with(policy().rule, "address"))
    useless = (Evidence.case_id == case.id, replaced, Evidence.state == REJECTED)
    case.pages_deleted += ending.delete_papers(db, *useless, why=chain.REPLACED, case_id=case.id)
    db.add(
        Evidence(
            id=new_id(),
            case_id=case.id,
            member_id=case.member_id,
            kind="address",
            document=LETTER_CODE,
            state=ACCEPTED,
            received_on=now.date(),
            decided_by=posted_by,
            number_tries=0,
            number_matched=False,
        )
    )
    db.flush()
    lapsing.close(db, case.id)
    audit.record(db, None, "verification_docs.enter_code", f"case {case.id}")
    event_log.append(db, EvidenceDecided(case_id=case.id, outcome="accepted"))
    if not reviewing.verify_if_met(db, case, posted_by, now):
        services.move_on(db, case, now.date())
