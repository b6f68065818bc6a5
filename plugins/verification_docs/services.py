"""The verbs of a member and of time: hand in, take back, withdraw, let lapse, erase. None of them commits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import audit, event_log, storage
from core.database import new_id
from core.events import EvidenceSubmitted
from plugins.verification_docs import ending, letters, postcodes, queries, steps, vault
from plugins.verification_docs.duplicates import services as duplicate_services
from plugins.verification_docs.in_person import services as in_person_services
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.letter import lapsing as letter_lapsing
from plugins.verification_docs.models import COLLECTING, LAPSED, REJECTED, WAITING, WITHDRAWN, Case, Evidence, Page
from plugins.verification_docs.names import PLUGIN
from plugins.verification_docs.policy import policy
from plugins.verification_docs.purging import chain
from plugins.verification_docs.refusals import CaseGone, NotNow, NumberMissing, OnHold
from plugins.verification_docs.reviewers import passed, vetting


@dataclass(frozen=True)
class Paper:
    """What a member hands in: clean pages (JPEG), with an address the postcode as typed.

    With a photo document the tag of its number, made before the transaction (`duplicates.tags`).
    """

    kind: str
    document: str
    pages: tuple[bytes, ...]
    postcode: str | None = None
    number_tag: str | None = None


@dataclass(frozen=True)
class HandedIn:
    """Where a paper went, and the state its case is in now."""

    case_id: str
    evidence_id: str
    state: str


def hand_in(db: Session, member_id: str, paper: Paper, now: datetime) -> HandedIn:
    """Add a paper to the member's open case (opening one at need).

    As soon as every step of the rule has a paper that was not refused, the case goes to the reviewers.

    Raises:
        NotNow: this paper waits or was accepted.
        NumberMissing: a photo document without its number.
        OnHold: somebody must decide first about this member and another account.
        TooFewReviewers: fewer than two reviewers could open it.
        PostcodeRefused: with an address whose postcode is no home in this borough.
    """
    today = now.date()
    node = policy().rule
    if paper.kind == "id" and not paper.number_tag:
        raise NumberMissing
    if not paper.pages:
        # What a letter proves is not sent: it comes in by its code alone.
        raise NotNow(paper.kind)
    if duplicate_services.is_held(db, member_id):
        raise OnHold
    sealed = _sealed(db, member_id, paper, today)
    case = case_to_add_to(db, member_id, today)
    if not steps.may_send(node, paper.kind, queries.states_by_kind(db, case.id)):
        raise NotNow(paper.kind)
    if paper.kind == "address":
        letter_lapsing.close(db, case.id)
        case.postcode_sealed = vault.seal_postcode(postcodes.home_postcode(db, paper.postcode))
    # What was sent back in the same step is no use to anybody any more.
    replaced = Evidence.kind.in_(steps.together_with(node, paper.kind))
    useless = (Evidence.case_id == case.id, replaced, Evidence.state == REJECTED)
    case.pages_deleted += ending.delete_papers(db, *useless, why=chain.REPLACED, case_id=case.id)
    evidence_id = _keep(db, case, paper, sealed, today)
    move_on(db, case, today)
    return HandedIn(case.id, evidence_id, case.state)


def take_back(db: Session, member_id: str, kind: str) -> None:
    """Delete one paper that nobody has asked a reviewer to look at yet.

    Raises:
        NotNow: the case is with the reviewers already.
    """
    case = _own_open_case(db, member_id)
    if case is None or case.state != COLLECTING:
        raise NotNow(kind)
    which = (Evidence.case_id == case.id, Evidence.kind == kind)
    case.pages_deleted += ending.delete_papers(db, *which, why=chain.TAKEN_BACK, case_id=case.id)
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
    ending.end(db, case, WITHDRAWN, now.date())
    # The chain is about staff: a member's own doing stands there without them.
    audit.record(db, None, "verification_docs.withdraw", f"case {case.id}")


def let_lapse(db: Session, now: datetime) -> int:
    """End every open case that holds a paper for longer than allowed, and return how many.

    Whatever the state: an unfinished case, one that waits for its member, one no reviewer ever came for.
    Empty cases that nobody went on with are dropped as well.
    """
    ended = sum(lapse(db, case_id, now) for case_id in due(db, now))
    for chore in chores(now):
        chore(db)
    db.flush()
    return ended


def due(db: Session, now: datetime) -> list[str]:
    """Return the ids of the open cases that must end today."""
    limit = now.date() - timedelta(days=policy().kept_days)
    oldest = sa.select(sa.func.min(Evidence.received_on)).where(Evidence.case_id == Case.id).scalar_subquery()
    wanted = sa.select(Case.id).where(Case.ended_on.is_(None), sa.func.coalesce(oldest, Case.opened_on) <= limit)
    return list(db.scalars(wanted.order_by(Case.id)))


def lapse(db: Session, case_id: str, now: datetime) -> bool:
    """End one case that was open too long, and tell its member; False when it has ended meanwhile."""
    case = db.scalars(
        sa.select(Case).where(Case.id == case_id, Case.ended_on.is_(None)).with_for_update()
    ).one_or_none()
    if case is None:
        return False
    had_papers = ending.end(db, case, LAPSED, now.date())
    audit.record(db, None, "verification_docs.lapse", f"case {case.id}", f"{policy().kept_days} days")
    if had_papers:
        letters.papers_lapsed(db, case.member_id)
    else:
        db.delete(case)
    db.flush()
    return True


def chores(now: datetime) -> tuple[Callable[[Session], object], ...]:
    """Return what else time does, in pieces: one that fails must keep no other from being done."""
    today = now.date()
    return (
        ending.delete_leftovers,
        lambda db: ending.forget_old_claims(db, now),
        lambda db: duplicate_services.forget(db, today),
        lambda db: in_person_services.expire(db, now),
        lambda db: letter_lapsing.expire(db, today),
        lambda db: vetting.remind(db, today),
        lambda db: vetting.release(db, today),
        lambda db: passed.end_overdue(db, today),
        lambda db: passed.forget(db, today),
    )


def erase(db: Session, member_id: str) -> int:
    """Delete every case of a member with all that is in it and every tag, and return how many cases there were."""
    ending.delete_papers(db, Evidence.member_id == member_id, why=chain.ERASED)
    duplicate_services.let_go(db, member_id)
    gone = db.execute(sa.delete(Case).where(Case.member_id == member_id))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE


def case_to_add_to(db: Session, member_id: str, today: date) -> Case:
    """Return the member's open case, or a new one.

    Raises:
        NotNow: a double click opened one a moment ago.
    """
    return _own_open_case(db, member_id) or _open_case(db, member_id, today)


def send_for_reading(db: Session, member_id: str, now: datetime) -> None:
    """Send what is there to the reviewers although it is enough for reading only.

    Raises:
        NotNow: it is not enough for that, or the case is with them already.
    """
    case = _own_open_case(db, member_id)
    if case is None or not queries.may_send_for_reading(db, case.id, case.state):
        raise NotNow("case")
    _to_reviewers(db, case, now.date())


def move_on(db: Session, case: Case, today: date) -> None:
    """Send the case to the reviewers once every step has a paper that is not refused."""
    if case.state != WAITING and policy().rule.is_met(queries.usable_kinds(db, case.id)):
        _to_reviewers(db, case, today)


def _to_reviewers(db: Session, case: Case, today: date) -> None:
    case.state = WAITING
    case.waiting_since_on = today
    case.claimed_by = case.claimed_until = None
    event_log.append(db, EvidenceSubmitted(case_id=case.id))
    db.flush()


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


def _sealed(db: Session, member_id: str, paper: Paper, today: date) -> list[key_services.Sealed]:
    keys = key_services.recipients(db, member_id, today)
    return [key_services.seal(content, keys) for content in paper.pages]


def _keep(db: Session, case: Case, paper: Paper, sealed: list[key_services.Sealed], today: date) -> str:
    evidence = Evidence(
        id=new_id(),
        case_id=case.id,
        member_id=case.member_id,
        kind=paper.kind,
        document=paper.document,
        state=WAITING,
        received_on=today,
        number_tag=paper.number_tag if paper.kind == "id" else None,
        number_tries=0,
        number_matched=False,
    )
    db.add(evidence)
    db.flush()
    for number, page in enumerate(sealed, start=1):
        blob_id = storage.put(db, PLUGIN, page.content, case.member_id, vault=True)
        db.add(Page(evidence_id=evidence.id, number=number, blob_id=blob_id, sealed_to=page.sealed_to))
    db.flush()
    return evidence.id
