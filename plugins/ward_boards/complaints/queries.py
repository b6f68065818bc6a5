"""What those who handle complaints see, on their boards only."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import permissions
from core.contributions import Viewer
from plugins.ward_boards.complaints import course
from plugins.ward_boards.complaints.models import Complaint, LegalNotice, LegalStep
from plugins.ward_boards.complaints.rights import HANDLE

MOST = 100


class NoticeRow(NamedTuple):
    """A notice in the queue."""

    id: str
    state: str
    ward_list: str
    received_on: date
    due_at: datetime | None
    closed_on: date | None


class ComplaintRow(NamedTuple):
    """A complaint in the queue."""

    id: str
    kind: str
    ward_list: str
    received_on: date
    due_on: date
    closed_on: date | None


def handles(viewer: Viewer, ward_list: str) -> bool:
    """Whether a viewer handles complaints about one of these boards."""
    return bool(permissions.wards_where(viewer, HANDLE) & set(ward_list.split(",")))


def notices(db: Session, viewer: Viewer) -> list[NoticeRow]:
    """Return open notices first, the most urgent on top, then those that ended lately."""
    chosen = (
        sa.select(
            LegalNotice.id,
            LegalNotice.state,
            LegalNotice.ward_list,
            LegalNotice.received_on,
            LegalNotice.due_at,
            LegalNotice.closed_on,
        )
        .where(_on_own_boards(viewer, LegalNotice.ward_list))
        .order_by(LegalNotice.due_at.is_(None), LegalNotice.due_at, LegalNotice.closed_on.desc(), LegalNotice.id)
    )
    return [NoticeRow(*row) for row in db.execute(chosen.limit(MOST))]


def complaints(db: Session, viewer: Viewer) -> list[ComplaintRow]:
    """Return open complaints first, the most urgent on top, then those that were answered lately."""
    chosen = (
        sa.select(
            Complaint.id,
            Complaint.kind,
            Complaint.ward_list,
            Complaint.received_on,
            Complaint.due_on,
            Complaint.closed_on,
        )
        .where(_on_own_boards(viewer, Complaint.ward_list))
        .order_by(Complaint.closed_on.is_not(None), Complaint.due_on, Complaint.closed_on.desc(), Complaint.id)
    )
    return [ComplaintRow(*row) for row in db.execute(chosen.limit(MOST))]


def _on_own_boards(viewer: Viewer, ward_list: sa.SQLColumnExpression[str]) -> sa.ColumnElement[bool]:
    codes = sorted(permissions.wards_where(viewer, HANDLE))
    return sa.or_(sa.false(), *(ward_list.contains(code) for code in codes))


def open_count(db: Session, viewer: Viewer) -> int:
    """Return how many notices and complaints wait on the viewer's boards. One query."""
    waiting = (
        sa.select(sa.func.count())
        .where(LegalNotice.state.in_(course.OPEN), _on_own_boards(viewer, LegalNotice.ward_list))
        .scalar_subquery()
    )
    others = (
        sa.select(sa.func.count())
        .where(Complaint.closed_on.is_(None), _on_own_boards(viewer, Complaint.ward_list))
        .scalar_subquery()
    )
    return int(db.scalar(sa.select(waiting + others)) or 0)


def steps(db: Session, notice_id: str) -> list[tuple[str, date]]:
    """Return the log of a notice."""
    chosen = sa.select(LegalStep.step, LegalStep.taken_on).where(LegalStep.notice_id == notice_id)
    return [(step, day) for step, day in db.execute(chosen.order_by(LegalStep.number))]


def open_notice_of(db: Session, post_id: str) -> LegalNotice | None:
    """Return the open notice about a post that is due first, or None."""
    chosen = sa.select(LegalNotice).where(LegalNotice.post_id == post_id, LegalNotice.state.in_(course.OPEN))
    return db.scalar(chosen.order_by(LegalNotice.due_at).limit(1))
