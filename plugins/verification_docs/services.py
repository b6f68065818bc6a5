"""The verbs of a case: hand in a paper, open, decide, withdraw, let lapse. None of them commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, event_log, members, storage, wards
from core.database import new_id
from core.events import EvidenceDecided, EvidenceSubmitted
from plugins.verification_docs import letters, queries, steps, vault
from plugins.verification_docs.models import (
    ACCEPTED,
    COLLECTING,
    END_STATES,
    LAPSED,
    OPEN_STATES,
    REJECTED,
    RESEND,
    VERIFIED,
    WAITING,
    WITHDRAWN,
    Case,
    Evidence,
    Page,
)
from plugins.verification_docs.papers import reasons_for
from plugins.verification_docs.policy import policy

OWNER = "verification_docs"
CLAIM_MINUTES = 30


class NotNow(ValueError):
    """The paper is not asked for: it waits, or was accepted already; only what failed may be sent again."""


class PostcodeRefused(ValueError):
    """The postcode is not one of this borough's homes; `code` is core's refusal, or `missing`."""

    def __init__(self, code: str) -> None:
        """Keep the code; the page words it."""
        super().__init__(code)
        self.code = code


class OwnCase(Exception):
    """A reviewer reached for their own case."""


class CaseGone(LookupError):
    """There is no such open case, or it is not the asker's."""


class ClaimedByAnother(Exception):
    """Another reviewer is looking at the case just now."""


class NotClaimed(Exception):
    """The case must be opened, with a reason, before anything in it may be seen or decided."""


class AlreadyDecided(Exception):
    """Somebody was quicker: the paper was decided, replaced or taken back."""


class BadReason(ValueError):
    """A paper can only be sent back with a reason that fits its kind."""


@dataclass(frozen=True)
class Paper:
    """What a member hands in: clean pages (JPEG), and with an address the postcode as typed."""

    kind: str
    document: str
    pages: tuple[bytes, ...]
    postcode: str | None = None


@dataclass(frozen=True)
class HandedIn:
    """Where a paper went, and the state its case is in now."""

    case_id: str
    evidence_id: str
    state: str


@dataclass(frozen=True)
class Verdict:
    """What a reviewer says of one paper; `reason` is a code and only for a refusal."""

    accept: bool
    reason: str | None = None


def hand_in(db: Session, member_id: str, paper: Paper, now: datetime) -> HandedIn:
    """Add a paper to the member's open case (opening one at need).

    As soon as every step of the rule has a paper that was not refused, the case goes to the reviewers.

    Raises:
        NotNow: this paper waits or was accepted.
        PostcodeRefused: with an address whose postcode is no home in this borough.
    """
    today = now.date()
    node = policy().rule
    case = _own_open_case(db, member_id) or _open_case(db, member_id, today)
    if not steps.may_send(node, paper.kind, queries.states_by_kind(db, case.id)):
        raise NotNow(paper.kind)
    if paper.kind == "address":
        case.postcode_sealed = vault.seal_postcode(home_postcode(db, paper.postcode))
    # What was sent back in the same step is no use to anybody any more.
    replaced = Evidence.kind.in_(steps.together_with(node, paper.kind))
    case.pages_deleted += _delete_papers(db, Evidence.case_id == case.id, replaced, Evidence.state == REJECTED)
    evidence_id = _keep(db, case, paper, today)
    _move_on(db, case, today)
    return HandedIn(case.id, evidence_id, case.state)


def take_back(db: Session, member_id: str, kind: str) -> None:
    """Delete one paper that nobody has asked a reviewer to look at yet.

    Raises:
        NotNow: the case is with the reviewers already.
    """
    case = _own_open_case(db, member_id)
    if case is None or case.state != COLLECTING:
        raise NotNow(kind)
    case.pages_deleted += _delete_papers(db, Evidence.case_id == case.id, Evidence.kind == kind)
    if kind == "address":
        case.postcode_sealed = None


def withdraw(db: Session, member_id: str, now: datetime) -> None:
    """End the member's open case by their own wish; everything in it is deleted.

    Raises:
        CaseGone: there is none.
    """
    case = _own_open_case(db, member_id)
    if case is None:
        raise CaseGone
    _end(db, case, WITHDRAWN, now.date())
    audit.record(db, member_id, "verification_docs.withdraw", f"case {case.id}")


def open_case(db: Session, reviewer_id: str, case_id: str, reason: str, now: datetime) -> None:
    """Claim a waiting case for half an hour; logged with the reason and counted for the member.

    Raises:
        CaseGone, OwnCase, ClaimedByAnother: it cannot be opened by this reviewer now.
    """
    case = case_for(db, reviewer_id, case_id)
    if case.state != WAITING:
        raise CaseGone(case_id)
    if _is_claimed_by_another(case, reviewer_id, now):
        raise ClaimedByAnother(case_id)
    case.claimed_by = reviewer_id
    case.claimed_until = now + timedelta(minutes=CLAIM_MINUTES)
    case.openings += 1
    audit.record(db, reviewer_id, "verification_docs.open", f"case {case_id}", reason)
    db.flush()


def put_back(db: Session, reviewer_id: str, case_id: str) -> None:
    """Give up a claim so that another reviewer can open the case; nothing happens without one."""
    case = case_for(db, reviewer_id, case_id)
    if case.claimed_by == reviewer_id:
        case.claimed_by = case.claimed_until = None


def require_claim(db: Session, reviewer_id: str, case_id: str, now: datetime) -> Case:
    """Return the case if this reviewer has opened it and the half hour is not over.

    Raises:
        CaseGone, OwnCase, NotClaimed: nothing of the case may then be shown or changed.
    """
    case = case_for(db, reviewer_id, case_id)
    if case.claimed_by != reviewer_id or case.claimed_until is None or case.claimed_until <= now:
        raise NotClaimed(case_id)
    return case


def decide(db: Session, reviewer_id: str, evidence_id: str, verdict: Verdict, now: datetime) -> str:
    """Accept one paper or send it back, and return the state the case is in then.

    When the rule is met the member is verified for the ward of the postcode (looked up now, not when typed) and
    all papers are deleted. When everything is decided and the rule is not met, the member is asked again.

    Raises:
        AlreadyDecided: the paper is no longer waiting.
        BadReason: a refusal without a reason of this kind.
        PostcodeRefused: the directory changed and the postcode has no ward here any more.
        CaseGone, OwnCase, NotClaimed: as in `require_claim`.
    """
    found = db.execute(sa.select(Evidence.case_id, Evidence.kind).where(Evidence.id == evidence_id)).one_or_none()
    if found is None:
        raise AlreadyDecided(evidence_id)
    case = require_claim(db, reviewer_id, found.case_id, now)
    if not verdict.accept and verdict.reason not in {reason.code for reason in reasons_for(found.kind)}:
        raise BadReason(verdict.reason)
    changed = db.execute(
        sa.update(Evidence)
        .where(Evidence.id == evidence_id, Evidence.state == WAITING)
        .values(
            state=ACCEPTED if verdict.accept else REJECTED,
            reason=None if verdict.accept else verdict.reason,
            decided_by=reviewer_id,
        )
    )
    if not changed.rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        raise AlreadyDecided(evidence_id)
    outcome = "accepted" if verdict.accept else "rejected"
    audit.record(db, reviewer_id, f"verification_docs.{outcome}", f"case {case.id}", verdict.reason or found.kind)
    event_log.append(db, EvidenceDecided(case_id=case.id, outcome=outcome))
    _conclude(db, case, reviewer_id, now)
    return case.state


def let_lapse(db: Session, now: datetime) -> int:
    """End every open case that holds a paper for longer than allowed, and return how many.

    Whatever the state: an unfinished case, one that waits for its member, one no reviewer ever came for.
    Empty cases that nobody went on with are dropped as well.
    """
    limit = now.date() - timedelta(days=policy().kept_days)
    oldest = sa.select(sa.func.min(Evidence.received_on)).where(Evidence.case_id == Case.id).scalar_subquery()
    due = db.scalars(
        sa.select(Case).where(Case.ended_on.is_(None), sa.func.coalesce(oldest, Case.opened_on) <= limit).with_for_update()
    ).all()
    for case in due:
        had_papers = _end(db, case, LAPSED, now.date())
        audit.record(db, None, "verification_docs.lapse", f"case {case.id}", f"{policy().kept_days} days")
        if had_papers:
            letters.papers_lapsed(db, case.member_id)
        else:
            db.delete(case)
    _delete_leftovers(db)
    db.flush()
    return len(due)


def erase(db: Session, member_id: str) -> int:
    """Delete every case of a member with all that is in it, and return how many there were."""
    _delete_papers(db, Evidence.member_id == member_id)
    gone = db.execute(sa.delete(Case).where(Case.member_id == member_id))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE


def _own_open_case(db: Session, member_id: str) -> Case | None:
    wanted = sa.select(Case).where(Case.member_id == member_id, Case.ended_on.is_(None)).with_for_update()
    return db.scalars(wanted).one_or_none()


def _open_case(db: Session, member_id: str, today: date) -> Case:
    case = Case(id=new_id(), member_id=member_id, state=COLLECTING, opened_on=today, openings=0, pages_deleted=0)
    db.add(case)
    try:
        db.flush()
    except IntegrityError:
        # A double click opened one a moment ago; the page is sent again and finds it.
        raise NotNow("case") from None
    return case


def home_postcode(db: Session, typed: str | None) -> str:
    """Return a postcode as it is written when it is one of this borough's homes.

    Raises:
        PostcodeRefused: with what is wrong.
    """
    if not typed or not typed.strip():
        raise PostcodeRefused("missing")
    written = wards.normalise_postcode(typed)
    if written is None:
        raise PostcodeRefused("not_a_postcode")
    answer = wards.ward_of_postcode(db, written)
    if answer.ward_code is None:
        raise PostcodeRefused(answer.refusal or "unknown")
    if not wards.is_ward(answer.ward_code):
        raise PostcodeRefused("outside")
    return written


def _keep(db: Session, case: Case, paper: Paper, today: date) -> str:
    evidence = Evidence(
        id=new_id(),
        case_id=case.id,
        member_id=case.member_id,
        kind=paper.kind,
        document=paper.document,
        state=WAITING,
        received_on=today,
    )
    db.add(evidence)
    db.flush()
    for number, content in enumerate(paper.pages, start=1):
        blob_id = storage.put(db, OWNER, vault.seal_page(content), member_id=case.member_id)
        db.add(Page(evidence_id=evidence.id, number=number, blob_id=blob_id))
    db.flush()
    return evidence.id


def _move_on(db: Session, case: Case, today: date) -> None:
    """Send the case to the reviewers once every step has a paper that is not refused."""
    states = queries.states_by_kind(db, case.id)
    usable = frozenset(kind for kind, state in states.items() if state != REJECTED)
    if case.state == WAITING or not policy().rule.is_met(usable):
        return
    case.state = WAITING
    case.waiting_since_on = today
    case.claimed_by = case.claimed_until = None
    event_log.append(db, EvidenceSubmitted(case_id=case.id))
    db.flush()


def case_for(db: Session, reviewer_id: str, case_id: str) -> Case:
    """Return an open case for a reviewer, locked where the database can.

    Raises:
        CaseGone: there is none, or it has ended.
        OwnCase: it is the reviewer's own.
    """
    case = db.scalars(sa.select(Case).where(Case.id == case_id).with_for_update()).one_or_none()
    if case is None:
        raise CaseGone(case_id)
    if case.member_id == reviewer_id:
        raise OwnCase(case_id)
    if case.state in END_STATES:
        raise CaseGone(case_id)
    return case


def _is_claimed_by_another(case: Case, reviewer_id: str, now: datetime) -> bool:
    is_live = case.claimed_until is not None and case.claimed_until > now
    return is_live and case.claimed_by not in (None, reviewer_id)


def _conclude(db: Session, case: Case, reviewer_id: str, now: datetime) -> None:
    states = queries.states_by_kind(db, case.id)
    accepted = frozenset(kind for kind, state in states.items() if state == ACCEPTED)
    if policy().rule.is_met(accepted):
        _verify(db, case, reviewer_id, now)
    elif WAITING not in states.values():
        case.state = RESEND
        case.waiting_since_on = None
        case.claimed_by = case.claimed_until = None
        letters.something_to_send_again(db, case.member_id)
    db.flush()


def _verify(db: Session, case: Case, reviewer_id: str, now: datetime) -> None:
    ward_code = _ward_of(db, case)
    members.verify(db, case.member_id, ward_code, OWNER, policy().until(now.date()))
    audit.record(db, reviewer_id, "verification_docs.verify", f"case {case.id}", ward_code)
    member_id = case.member_id
    _end(db, case, VERIFIED, now.date())
    letters.you_are_in(db, member_id)


def _ward_of(db: Session, case: Case) -> str:
    if case.postcode_sealed is None:
        raise PostcodeRefused("missing")
    postcode = home_postcode(db, vault.open_postcode(case.postcode_sealed))
    ward_code = wards.ward_of_postcode(db, postcode).ward_code
    if ward_code is None:
        raise PostcodeRefused("unknown")
    return ward_code


def _end(db: Session, case: Case, state: str, today: date) -> int:
    """Close a case: papers, postcode and claim go, the receipt stays. Returns how many pages went."""
    if case.state not in OPEN_STATES:
        raise CaseGone(case.id)
    pages = _delete_papers(db, Evidence.case_id == case.id)
    case.state = state
    case.ended_on = today
    case.pages_deleted += pages
    case.postcode_sealed = case.waiting_since_on = None
    case.claimed_by = case.claimed_until = None
    db.flush()
    return pages


def _delete_papers(db: Session, *which: sa.ColumnElement[bool]) -> int:
    """Delete papers with their pages, rows now and files after commit; return how many pages."""
    papers = sa.select(Evidence.id).where(*which)
    blobs = db.scalars(sa.select(Page.blob_id).where(Page.evidence_id.in_(papers))).all()
    db.execute(sa.delete(Page).where(Page.evidence_id.in_(papers)), execution_options={"synchronize_session": False})
    db.execute(sa.delete(Evidence).where(*which), execution_options={"synchronize_session": False})
    for blob_id in blobs:
        storage.delete(db, blob_id)
    return len(blobs)


def _delete_leftovers(db: Session) -> None:
    """Delete sealed files of ours that no page points at, and papers of ended cases: there should be none."""
    ended = sa.select(Case.id).where(Case.ended_on.is_not(None))
    _delete_papers(db, Evidence.case_id.in_(ended))
    for blob_id in queries.blobs_without_page(db):
        storage.delete(db, blob_id)
