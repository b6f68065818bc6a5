"""Reads about incidents that are not part of a list of threads or of a thread's own page."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.ward_boards.incidents.models import CLOSED, Incident
from plugins.ward_boards.incidents.states import ASK_AFTER
from plugins.ward_boards.models import COORDINATORS, PUBLIC, PUBLISHED, Thread, ThreadWard


class ClosedRow(NamedTuple):
    """A matter that came to an end: its thread, and how it ended (see `states.outcome_words`)."""

    thread_id: str
    title: str
    outcome: str
    note: str
    closed_on: date


class QuietRow(NamedTuple):
    """A matter of which nobody has told anything since its writer was asked."""

    thread_id: str
    title: str
    news_on: date
    asked_on: date


def closed_since(db: Session, tier: str, ward_code: str, since: date, limit: int = 50) -> list[ClosedRow]:
    """Return what ended on one board since a day, newest first, for readers of a tier: `public` or `verified`.

    Threads for coordinators are never among them, nor such as are hidden or withdrawn.
    """
    chosen: Any = (
        sa.select(Thread.id, Thread.title, Incident.outcome, Incident.note, Incident.closed_on)
        .join(Thread, Thread.id == Incident.thread_id)
        .join(ThreadWard, ThreadWard.thread_id == Thread.id)
        .where(Incident.state == CLOSED, Incident.closed_on >= since)
        .where(ThreadWard.ward_code == ward_code, ThreadWard.is_listed, Thread.state == PUBLISHED)
        .where(Thread.tier == PUBLIC if tier == PUBLIC else Thread.tier != COORDINATORS)
        .order_by(Incident.closed_on.desc(), Thread.id)
        .limit(limit)
    )
    return [ClosedRow(*row) for row in db.execute(chosen)]


def quiet_on(db: Session, ward_code: str, today: date, limit: int = 100) -> list[QuietRow]:
    """Return the matters of one board that nobody has told anything of for four weeks, the oldest first.

    The caller has checked that the viewer moderates this board.
    """
    chosen: Any = (
        sa.select(Thread.id, Thread.title, Incident.news_on, Incident.asked_on)
        .join(Thread, Thread.id == Incident.thread_id)
        .join(ThreadWard, ThreadWard.thread_id == Thread.id)
        .where(Incident.state != CLOSED, Incident.asked_on <= today - ASK_AFTER)
        .where(ThreadWard.ward_code == ward_code, ThreadWard.is_listed)
        .order_by(Incident.news_on, Thread.id)
        .limit(limit)
    )
    return [QuietRow(*row) for row in db.execute(chosen)]
