"""What pages read: plain rows, never table objects. Nothing here opens a sealed page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from core.members import REMINDER_DAYS
from core.models import Blob, Member, Membership
from plugins.verification_docs.models import COLLECTING, FROZEN, OPEN_STATES, REJECTED, WAITING, Case, Evidence, Page
from plugins.verification_docs.names import PLUGIN
from plugins.verification_docs.papers import KINDS, REASONS, Document, Kind, Reason
from plugins.verification_docs.policy import READER, document_of, policy
from plugins.verification_docs.reviewers.models import ClosePerson


@dataclass(frozen=True)
class PaperRow:
    """One paper of a case; `page_ids` in order."""

    id: str
    kind: Kind
    document: Document
    state: str
    reason: Reason | None
    page_ids: tuple[str, ...]


@dataclass(frozen=True)
class CaseRow:
    """A member's own case, open or ended."""

    id: str
    state: str
    opened_on: date
    ended_on: date | None
    openings: int
    pages_deleted: int

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in OPEN_STATES


@dataclass(frozen=True)
class QueueRow:
    """A case that waits. The alias is not here: a reviewer must not learn who writes under it."""

    id: str
    waiting_since_on: date
    papers: int
    undecided: int
    openings: int
    is_mine: bool
    is_taken: bool


@dataclass(frozen=True)
class Counts:
    """How many cases are open, by what they wait for, and how long the oldest waits."""

    collecting: int
    waiting: int
    resend: int
    oldest_waiting_on: date | None


@dataclass(frozen=True)
class VerifiedRow:
    """A member's verification as it stands."""

    ward_code: str
    verified_on: date
    until_on: date

    def ends_soon(self, today: date) -> bool:
        """Whether it is time to think of renewing."""
        return (self.until_on - today).days <= max(REMINDER_DAYS)


_Columns = tuple[str, date | None, int, str | None, datetime | None, int, Any]
_Waiting = sa.Row[*_Columns]
_CASE = (Case.id, Case.state, Case.opened_on, Case.ended_on, Case.openings, Case.pages_deleted)


def latest_case(db: Session, member_id: str) -> CaseRow | None:
    """Return the member's open case, else the one that ended last, else None."""
    wanted = (
        sa.select(*_CASE)
        .where(Case.member_id == member_id)
        .order_by(Case.ended_on.is_not(None), Case.ended_on.desc(), Case.opened_on.desc())
        .limit(1)
    )
    row = db.execute(wanted).one_or_none()
    return None if row is None else CaseRow(*row)


def cases_of(db: Session, member_id: str) -> list[CaseRow]:
    """Return all cases of a member, oldest first."""
    return [
        CaseRow(*row)
        for row in db.execute(sa.select(*_CASE).where(Case.member_id == member_id).order_by(Case.opened_on))
    ]


def papers_of(db: Session, case_id: str) -> tuple[PaperRow, ...]:
    """Return the papers of a case, in the order in which people are asked for them."""
    pages: dict[str, list[str]] = {}
    listed = (
        sa.select(Page.evidence_id, Page.id)
        .join(Evidence, Evidence.id == Page.evidence_id)
        .where(Evidence.case_id == case_id)
        .order_by(Page.number)
    )
    for evidence_id, page_id in db.execute(listed):
        pages.setdefault(evidence_id, []).append(page_id)
    columns = sa.select(Evidence.id, Evidence.kind, Evidence.document, Evidence.state, Evidence.reason)
    rows = [
        PaperRow(
            id=row.id,
            kind=KINDS[row.kind],
            document=document_of(row.kind, row.document) or KINDS[row.kind].documents[0],
            state=row.state,
            reason=REASONS.get(row.reason or ""),
            page_ids=tuple(pages.get(row.id, ())),
        )
        for row in db.execute(columns.where(Evidence.case_id == case_id))
    ]
    return tuple(sorted(rows, key=lambda paper: list(KINDS).index(paper.kind.name)))


def states_by_kind(db: Session, case_id: str) -> dict[str, str]:
    """Return the state of each paper of a case by its kind."""
    rows = db.execute(sa.select(Evidence.kind, Evidence.state).where(Evidence.case_id == case_id))
    return {row.kind: row.state for row in rows}


def usable_kinds(db: Session, case_id: str) -> frozenset[str]:
    """Return the kinds of paper in a case that were not refused."""
    return frozenset(kind for kind, state in states_by_kind(db, case_id).items() if state != REJECTED)


def may_send_for_reading(db: Session, case_id: str, state: str) -> bool:
    """Whether what a member has sent so far is enough for reading, and not for more."""
    return state == COLLECTING and policy().level_met(usable_kinds(db, case_id)) == READER


def queue(db: Session, reviewer_id: str, now: datetime, after: str | None = None, limit: int = 50) -> list[QueueRow]:
    """Return waiting cases, oldest first; never the reviewer's own, nor of somebody close to them.

    Nor one whose number they failed to read.

    `after` is the id of the last one seen.

    Within one day the order is that of the random ids: a finer one would need a finer time.
    """
    theirs = (Case.state == WAITING, Case.member_id != reviewer_id, ~_tried_by(reviewer_id), ~_is_close(reviewer_id))
    wanted = _cases().where(*theirs).order_by(Case.waiting_since_on, Case.id).limit(limit)
    last = (
        db.execute(sa.select(Case.waiting_since_on, Case.id).where(Case.id == after)).one_or_none() if after else None
    )
    if last is not None and last.waiting_since_on is not None:
        wanted = wanted.where(sa.tuple_(Case.waiting_since_on, Case.id) > sa.tuple_(last.waiting_since_on, last.id))
    return [_queue_row(row, reviewer_id, now) for row in db.execute(wanted)]


def queue_row(db: Session, reviewer_id: str, case_id: str, now: datetime) -> QueueRow | None:
    """Return one case as the queue shows it, a frozen one too; None when it does not wait or is the reviewer's own."""
    theirs = (Case.state.in_((WAITING, FROZEN)), Case.member_id != reviewer_id)
    row = db.execute(_cases().where(Case.id == case_id, *theirs)).one_or_none()
    return None if row is None else _queue_row(row, reviewer_id, now)


def has_tried(db: Session, case_id: str, reviewer_id: str) -> bool:
    """Whether a reviewer failed to read a number of this case, or said that the member typed it wrong."""
    return bool(db.scalar(sa.select(sa.exists().where(Case.id == case_id, _tried_by(reviewer_id)))))


def _is_close(reviewer_id: str) -> sa.ColumnElement[bool]:
    return sa.exists().where(ClosePerson.reviewer_id == reviewer_id, ClosePerson.member_id == Case.member_id)


def _tried_by(reviewer_id: str) -> sa.ColumnElement[bool]:
    paper = aliased(Evidence)  # the lists join the papers already
    failed = sa.or_(paper.tried_by == reviewer_id, paper.override_by == reviewer_id)
    return sa.exists().where(paper.case_id == Case.id, failed)


def _cases() -> sa.Select[*_Columns]:
    return (
        sa.select(
            Case.id,
            Case.waiting_since_on,
            Case.openings,
            Case.claimed_by,
            Case.claimed_until,
            sa.func.count(Evidence.id),
            sa.func.sum(sa.case((Evidence.state == WAITING, 1), else_=0)),
        )
        .join(Evidence, Evidence.case_id == Case.id)
        .group_by(Case.id)
    )


def _queue_row(row: _Waiting, reviewer_id: str, now: datetime) -> QueueRow:
    case_id, since, openings, claimed_by, claimed_until, papers, undecided = row
    is_live = claimed_by is not None and claimed_until is not None and claimed_until > now
    return QueueRow(
        id=case_id,
        waiting_since_on=since or now.date(),
        papers=papers,
        undecided=undecided,
        openings=openings,
        is_mine=is_live and claimed_by == reviewer_id,
        is_taken=is_live and claimed_by != reviewer_id,
    )


def has_own_waiting(db: Session, reviewer_id: str) -> bool:
    """Whether the reviewer's own case waits in the queue that they cannot see it in."""
    return bool(db.scalar(sa.select(sa.exists().where(Case.member_id == reviewer_id, Case.state == WAITING))))


def page_blob(db: Session, case_id: str, page_id: str) -> str | None:
    """Return the blob of a page if it belongs to this case, else None."""
    return db.scalar(
        sa.select(Page.blob_id)
        .join(Evidence, Evidence.id == Page.evidence_id)
        .where(Page.id == page_id, Evidence.case_id == case_id)
    )


def records_of(db: Session, member_id: str) -> list[dict[str, object]]:
    """Return a member's cases as plain records for their own eyes, the open one with its papers."""
    records: list[dict[str, object]] = []
    for case in cases_of(db, member_id):
        papers = [
            {
                "kind": paper.kind.name,
                "document": paper.document.name,
                "state": paper.state,
                "pages": len(paper.page_ids),
            }
            for paper in papers_of(db, case.id)
        ]
        records.append(
            {
                "state": case.state,
                "opened_on": case.opened_on.isoformat(),
                "ended_on": case.ended_on.isoformat() if case.ended_on else None,
                "openings": case.openings,
                "pages_deleted": case.pages_deleted,
                "papers": papers,
            }
        )
    return records


def counts(db: Session) -> Counts:
    """Return how many cases are open, by state."""
    rows = db.execute(
        sa.select(Case.state, sa.func.count(), sa.func.min(Case.waiting_since_on))
        .where(Case.ended_on.is_(None))
        .group_by(Case.state)
    ).all()
    number = {state: count for state, count, _oldest in rows}
    oldest = next((oldest for state, _count, oldest in rows if state == WAITING), None)
    return Counts(number.get("collecting", 0), number.get(WAITING, 0), number.get("resend", 0), oldest)


def verification(db: Session, member_id: str) -> VerifiedRow | None:
    """Return how the member is verified at present or was last, else None."""
    row = db.execute(
        sa.select(Membership.ward_code, Membership.verified_on, Membership.until_on)
        .join(Member, Member.id == Membership.member_id)
        .where(Membership.member_id == member_id)
    ).one_or_none()
    return None if row is None else VerifiedRow(*row)


def blobs_without_page(db: Session) -> list[str]:
    """Return ids of this plugin's sealed files that belong to no page."""
    orphan = ~sa.exists().where(Page.blob_id == Blob.id)
    return list(db.scalars(sa.select(Blob.id).where(Blob.owner == PLUGIN, orphan)))
