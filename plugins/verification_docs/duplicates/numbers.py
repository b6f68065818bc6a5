"""Blind double entry: a reviewer types what the document shows, and it is compared with what the member typed.

Whoever has failed three times gives the case to somebody else. When that one fails too, either the paper goes
back, or they say that the member typed it wrong: then a third must read the same as they did.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
from plugins.verification_docs import reviewing
from plugins.verification_docs.duplicates import services, tags
from plugins.verification_docs.duplicates.models import DOCUMENT, PERSON
from plugins.verification_docs.models import WAITING, Case, Evidence
from plugins.verification_docs.papers import MOST_TRIES
from plugins.verification_docs.refusals import AlreadyDecided, NoTriesLeft, OnHold


@dataclass(frozen=True)
class Typed:
    """What somebody read on a document. `born_on` is None where the document does not say."""

    country: str
    number: str
    names: str
    born_on: date | None


@dataclass(frozen=True)
class ReadTags:
    """What was read, as tags: nothing else of it is kept."""

    document: str
    person: str | None


@dataclass(frozen=True)
class Compared:
    """Whether the numbers match, how many tries this reviewer has left, and the state of the case now."""

    matched: bool
    tries_left: int
    case_state: str


def tags_of(typed: Typed) -> ReadTags:
    """Turn what was read into tags. Takes seconds: call it outside of any transaction.

    Raises:
        tags.Unreadable, tags.Busy: as there.
    """
    document = tags.document_tag(typed.country, typed.number)
    return ReadTags(document, tags.person_tag(typed.names, typed.born_on) if typed.born_on else None)


def compare(db: Session, reviewer_id: str, evidence_id: str, read: ReadTags, now: datetime) -> Compared:
    """Compare, count a try that failed, and after the third give the case to another reviewer.

    On a match the tags are kept; when they meet another account the case is frozen there and then.

    Raises:
        NoTriesLeft: this reviewer has used up their tries.
        AlreadyDecided: the paper is no photo document that waits for its number.
        OnHold: the case is frozen.
        CaseGone, OwnCase, TriedBefore, NotClaimed: as `reviewing.require_claim`.
    """
    paper, case = _paper(db, reviewer_id, evidence_id, now)
    tries = paper.number_tries if paper.typed_by == reviewer_id else 0
    if tries >= MOST_TRIES:
        raise NoTriesLeft(evidence_id)
    paper.typed_by = reviewer_id
    if tags.same(read.document, paper.number_tag or ""):
        paper.number_matched = True
        audit.record(db, reviewer_id, "verification_docs.number_matched", f"case {case.id}")
        db.flush()
        met = {DOCUMENT: read.document} | ({PERSON: read.person} if read.person else {})
        services.meet(db, case.member_id, met, reviewer_id, now, case_id=case.id)
        return Compared(True, MOST_TRIES - tries, case.state)
    paper.number_tries = tries + 1
    audit.record(db, reviewer_id, "verification_docs.number_differs", f"case {case.id}", f"try {tries + 1}")
    if paper.number_tries == MOST_TRIES and paper.tried_by is None:
        _give_away(paper, case)
        paper.tried_by = reviewer_id
    db.flush()
    return Compared(False, MOST_TRIES - tries - 1, case.state)


def ask_override(db: Session, reviewer_id: str, evidence_id: str, read: ReadTags, now: datetime) -> None:
    """Say that the member typed another number than the document shows; a third reviewer must read the same.

    Raises:
        NoTriesLeft: it is not time for that: two reviewers must have failed, this one last, and nobody asked yet.
        AlreadyDecided, OnHold, CaseGone, OwnCase, TriedBefore, NotClaimed: as `compare`.
    """
    paper, case = _paper(db, reviewer_id, evidence_id, now)
    if not may_override(paper, reviewer_id):
        raise NoTriesLeft(evidence_id)
    paper.number_tag = read.document
    paper.override_by = reviewer_id
    _give_away(paper, case)
    audit.record(db, reviewer_id, "verification_docs.override_number", f"case {case.id}")
    db.flush()


def may_override(paper: Evidence, reviewer_id: str) -> bool:
    """Whether this reviewer is the second who failed, and nobody has asked for an override yet."""
    is_used_up = paper.typed_by == reviewer_id and paper.number_tries >= MOST_TRIES
    return is_used_up and paper.tried_by not in (None, reviewer_id) and paper.override_by is None


def _paper(db: Session, reviewer_id: str, evidence_id: str, now: datetime) -> tuple[Evidence, Case]:
    case_id = db.scalar(sa.select(Evidence.case_id).where(Evidence.id == evidence_id))
    if case_id is None:
        raise AlreadyDecided(evidence_id)
    case = reviewing.require_claim(db, reviewer_id, case_id, now)
    if case.state != WAITING:
        raise OnHold(case_id)
    paper = db.scalars(sa.select(Evidence).where(Evidence.id == evidence_id).with_for_update()).one()
    if paper.kind != "id" or paper.state != WAITING or paper.number_matched:
        raise AlreadyDecided(evidence_id)
    return paper, case


def _give_away(paper: Evidence, case: Case) -> None:
    paper.number_tries = 0
    paper.typed_by = None
    case.claimed_by = case.claimed_until = None
