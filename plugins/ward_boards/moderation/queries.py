"""Reads of moderation: the queue, one case with its reports, the log. None of them says who reported or decided."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from core import permissions
from core.contributions import Viewer
from core.database import now
from plugins.ward_boards import access
from plugins.ward_boards.models import COORDINATORS, PUBLISHED, WITHDRAWN, Flag, Post, Thread, ThreadWard
from plugins.ward_boards.moderation import appeals, claims, rights, vocabulary
from plugins.ward_boards.moderation.models import Case, LogEntry, LogWard, VisitorReport
from plugins.ward_boards.moderation.permission_names import DECIDE_APPEALS

CASES_PER_PAGE = 50
LOG_PER_PAGE = 50
_DECIDED = aliased(Case)
_SHAPE = re.compile(r"(\d{4}-\d{2}-\d{2})-([0-9a-f]{32})\Z")


class QueueRow(NamedTuple):
    """A case that waits. `text` is what the post says now, empty once it is withdrawn or for an appeal."""

    case_id: str
    kind: str
    urgency_rank: int
    opened_on: date
    post_id: str | None
    thread_id: str
    title: str
    text: str
    state: str | None
    state_note: str
    hold_code: str
    reports_count: int
    claimed: str
    asked_ward: str | None

    @property
    def is_urgent(self) -> bool:
        """Whether it cannot wait."""
        return self.urgency_rank <= vocabulary.URGENT_UP_TO


class Report(NamedTuple):
    """What one reader said. Never who, and never when within the day."""

    reason: str
    note: str
    day: date


class LogRow(NamedTuple):
    """One entry of the log; `thread_id` is None unless the viewer can open the thread."""

    id: str
    day: date
    verb: str
    reason: str
    role: str
    ward_code: str
    thread_id: str | None


class LogCursor(NamedTuple):
    """Where the log goes on."""

    day: date
    entry_id: str

    def __str__(self) -> str:
        """Write it for an address."""
        return f"{self.day.isoformat()}-{self.entry_id}"


def log_cursor(text: str | None) -> LogCursor | None:
    """Return the cursor; None for an empty text and for one that is none of ours (the top of the log)."""
    found = _SHAPE.match(text or "")
    if found is None:
        return None
    try:
        return LogCursor(date.fromisoformat(found.group(1)), found.group(2))
    except ValueError:
        return None


def queue(db: Session, viewer: Viewer, ward_code: str | None = None, limit: int = CASES_PER_PAGE) -> list[QueueRow]:
    """Return what waits on the boards the viewer moderates (or on one of them), and appeals they may decide.

    What could expose somebody comes first, then other urgent reports, appeals, held posts, and the rest; within
    each the oldest.
    """
    found = [_Waiting(*row) for row in db.execute(_waiting(viewer, ward_code).limit(limit)).all()]
    decisions = [
        appeals.Decision(row.case.appeal_of or "", row.decider_hash, row.decider_ward)
        for row in found
        if row.case.kind == vocabulary.APPEAL and row.member_id != viewer.member_id
    ]
    mine = appeals.decidable(db, viewer, decisions)
    return [
        _queue_row(viewer, row) for row in found if row.case.kind != vocabulary.APPEAL or row.case.appeal_of in mine
    ]


class _Waiting(NamedTuple):
    case: Case
    title: str
    text: str | None
    state: str | None
    state_note: str | None
    member_id: str | None
    decider_hash: str
    decider_ward: str
    members_count: int
    visitors_count: int


def _waiting(viewer: Viewer, ward_code: str | None) -> Any:
    wards_here = sorted(rights.moderated_wards(viewer) if ward_code is None else {ward_code})
    here = sa.exists().where(ThreadWard.thread_id == Case.thread_id, ThreadWard.ward_code.in_(wards_here))
    ways = [
        sa.and_(Case.kind.in_((vocabulary.HELD, vocabulary.REPORT, vocabulary.ACT)), here),
        sa.and_(Case.kind == vocabulary.ASK, Case.asked_ward.in_(wards_here)),
    ]
    if ward_code is None and permissions.allowed(viewer, DECIDE_APPEALS):
        ways.append(Case.kind == vocabulary.APPEAL)
    counted = (_counted(Flag, Flag.is_open), _counted(VisitorReport, sa.true()))
    post = (Post.text, Post.state, Post.state_note, Post.member_id)
    return (
        sa.select(Case, Thread.title, *post, _DECIDED.decider_hash, _DECIDED.decider_ward, *counted)
        .join(Thread, Thread.id == Case.thread_id)
        .outerjoin(Post, Post.id == Case.post_id)
        .outerjoin(_DECIDED, _DECIDED.id == Case.appeal_of)
        .where(Case.is_open, sa.or_(*ways))
        .order_by(Case.urgency_rank, Case.opened_on, Case.id)
    )


def _counted(table: type[Flag] | type[VisitorReport], also: Any) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).select_from(table).where(table.post_id == Case.post_id, also)
    return counted.correlate(Case).scalar_subquery()


def _queue_row(viewer: Viewer, row: _Waiting) -> QueueRow:
    case, is_appeal = row.case, row.case.kind == vocabulary.APPEAL
    return QueueRow(
        case_id=case.id,
        kind=case.kind,
        urgency_rank=case.urgency_rank,
        opened_on=case.opened_on,
        post_id=case.post_id,
        thread_id=case.thread_id,
        title="" if is_appeal else row.title,
        text="" if is_appeal else row.text or "",
        state=row.state,
        state_note=row.state_note or "",
        hold_code=case.hold_code,
        reports_count=row.members_count + row.visitors_count,
        claimed=claims.holder(case, viewer, now()),
        asked_ward=case.asked_ward,
    )


def may_see(db: Session, viewer: Viewer, case: Case) -> bool:
    """Whether a case is one of the viewer's: on a board they moderate, or an appeal they may decide."""
    if case.kind == vocabulary.APPEAL:
        return appeals.may_decide(db, viewer, case)
    own = rights.moderated_wards(viewer)
    if case.kind == vocabulary.ASK:
        return case.asked_ward in own
    codes = db.scalars(sa.select(ThreadWard.ward_code).where(ThreadWard.thread_id == case.thread_id))
    return bool(own & set(codes))


def reports(db: Session, post_id: str) -> list[Report]:
    """Return what readers said about a post in open reports, oldest day first."""
    members = sa.select(Flag.reason, Flag.note, Flag.flagged_on).where(Flag.post_id == post_id, Flag.is_open)
    visitors = sa.select(VisitorReport.reason, VisitorReport.note, VisitorReport.reported_on).where(
        VisitorReport.post_id == post_id
    )
    both = [Report(*row) for statement in (members, visitors) for row in db.execute(statement)]
    return sorted(both, key=lambda each: (each.day, each.reason, each.note))


def log_page(
    db: Session, viewer: Viewer, ward_code: str | None = None, after: LogCursor | None = None, limit: int = LOG_PER_PAGE
) -> tuple[list[LogRow], LogCursor | None]:
    """Return what moderators did, newest day first, and where it goes on. Deeds in coordinators' threads are theirs."""
    staff = sorted(permissions.wards_where(viewer, access.READ_COORDINATORS))
    on_board = sa.exists().where(LogWard.entry_id == LogEntry.id)
    readable = (
        sa.select(Thread.id)
        .join(ThreadWard, ThreadWard.thread_id == Thread.id)
        .where(Thread.id == LogEntry.thread_id, Thread.state.in_((PUBLISHED, WITHDRAWN)), access.readable(viewer))
        .correlate(LogEntry)
        .limit(1)
        .scalar_subquery()
    )
    chosen = sa.select(
        LogEntry.id, LogEntry.day, LogEntry.verb, LogEntry.reason, LogEntry.role, LogEntry.ward_code, readable
    ).where(sa.or_(LogEntry.tier != COORDINATORS, on_board.where(LogWard.ward_code.in_(staff))))
    if ward_code is not None:
        chosen = chosen.where(on_board.where(LogWard.ward_code == ward_code))
    if after is not None:
        edge = sa.tuple_(sa.literal(after.day), sa.literal(after.entry_id))
        chosen = chosen.where(sa.tuple_(LogEntry.day, LogEntry.id) < edge)
    found = db.execute(chosen.order_by(LogEntry.day.desc(), LogEntry.id.desc()).limit(limit + 1)).all()
    rows = [LogRow(*row) for row in found[:limit]]
    # A report that changed nothing would tell the writer that somebody had complained.
    rows = [row._replace(thread_id=None) if row.verb in ("keep", "gone") else row for row in rows]
    return rows, LogCursor(rows[-1].day, rows[-1].id) if len(found) > limit else None
