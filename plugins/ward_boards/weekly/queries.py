"""Reads for the weekly letter: what happened on a board, and which letters there are. Columns only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.models import Member
from plugins.ward_boards.alerts.models import Alert, AlertArea
from plugins.ward_boards.categories import LETTER
from plugins.ward_boards.models import COORDINATORS, PUBLISHED, Thread, ThreadWard
from plugins.ward_boards.weekly.models import DRAFT, SENT, Deputy, Letter

MOST_LINES = 8
ANSWER_MISSING_DAYS = 30


class Told(NamedTuple):
    """A thread as a letter speaks of it."""

    id: str
    title: str
    posts_count: int


class AlertLine(NamedTuple):
    """An alert as a letter speaks of it."""

    id: str
    headline: str
    expires: datetime


class LetterRow(NamedTuple):
    """A letter of a board."""

    id: str
    ward_code: str
    week_on: date
    state: str
    title: str
    text: str
    is_edited: bool
    revision: int
    sent_on: date | None
    sent_to: str
    thread_id: str | None

    @property
    def is_draft(self) -> bool:
        """Whether it waits to be sent."""
        return self.state == DRAFT

    @property
    def sent_codes(self) -> tuple[str, ...]:
        """The boards it went to, by code."""
        return tuple(code for code in self.sent_to.split(",") if code)


def _of_board(ward_code: str) -> Any:
    """Choose what every reader of a letter may read: never the coordinators' threads, and no letter in a letter."""
    return (
        sa.select(Thread.id, Thread.title, Thread.posts_count)
        .join(ThreadWard, ThreadWard.thread_id == Thread.id)
        .where(
            ThreadWard.ward_code == ward_code,
            ThreadWard.is_listed,
            Thread.state == PUBLISHED,
            Thread.tier != COORDINATORS,
            Thread.category != LETTER,
        )
    )


def new_threads(db: Session, ward_code: str, since: datetime) -> list[Told]:
    """Return the threads opened since then, those with most answers first."""
    chosen = _of_board(ward_code).where(Thread.opened_at >= since, ThreadWard.last_post_at >= since)
    ordered = chosen.order_by(Thread.posts_count.desc(), Thread.id).limit(MOST_LINES)
    return [Told(*row) for row in db.execute(ordered)]


def unanswered(db: Session, ward_code: str, before: datetime) -> list[Told]:
    """Return threads of the last month that nobody has answered, oldest first."""
    edge = before - timedelta(days=ANSWER_MISSING_DAYS)
    chosen = _of_board(ward_code).where(
        Thread.posts_count == 1, ~Thread.is_locked, ThreadWard.last_post_at >= edge, ThreadWard.last_post_at < before
    )
    return [Told(*row) for row in db.execute(chosen.order_by(Thread.opened_at, Thread.id).limit(MOST_LINES))]


def new_alerts(db: Session, ward_codes: Collection[str], since: datetime) -> list[AlertLine]:
    """Return the alerts of these places that were sent since then and have not been cancelled, newest first."""
    there = sa.select(AlertArea.alert_row).where(AlertArea.ward_code.in_(sorted(ward_codes)))
    chosen = sa.select(Alert.id, Alert.headline, Alert.expires).where(
        Alert.id.in_(there), Alert.state == "active", Alert.sent >= since
    )
    return [AlertLine(*row) for row in db.execute(chosen.order_by(Alert.sent.desc(), Alert.id).limit(MOST_LINES))]


def listed(db: Session, thread_ids: Collection[str]) -> set[str]:
    """Return those of these threads that stand on a board for every verified member to read."""
    chosen = sa.select(Thread.id).where(
        Thread.id.in_(sorted(thread_ids)), Thread.state == PUBLISHED, Thread.tier != COORDINATORS
    )
    return set(db.scalars(chosen))


def _letters() -> sa.Select[Any]:
    return sa.select(*(Letter.__table__.c[name] for name in LetterRow._fields))


def letter(db: Session, letter_id: str) -> LetterRow | None:
    """Return one letter, or None."""
    row = db.execute(_letters().where(Letter.id == letter_id)).one_or_none()
    return LetterRow(*row) if row else None


def drafts(db: Session, ward_codes: Collection[str]) -> list[LetterRow]:
    """Return the letters of these boards that wait to be sent, by board."""
    chosen = _letters().where(Letter.state == DRAFT, Letter.ward_code.in_(sorted(ward_codes)))
    return [LetterRow(*row) for row in db.execute(chosen.order_by(Letter.ward_code, Letter.week_on))]


def sent(db: Session, ward_codes: Collection[str], limit: int = 20) -> list[LetterRow]:
    """Return the letters of these boards that went out, newest first."""
    chosen = _letters().where(Letter.state == SENT, Letter.ward_code.in_(sorted(ward_codes)))
    ordered = chosen.order_by(Letter.week_on.desc(), Letter.ward_code).limit(limit)
    return [LetterRow(*row) for row in db.execute(ordered)]


def deputies(db: Session, ward_code: str) -> list[tuple[str, str]]:
    """Return (member id, alias) of a board's deputies, by alias; for those who appoint them, and nobody else."""
    chosen = sa.select(Member.id, Member.alias).join(Deputy, Deputy.member_id == Member.id)
    return [
        (row.id, row.alias) for row in db.execute(chosen.where(Deputy.ward_code == ward_code).order_by(Member.alias))
    ]


def last_talk(db: Session) -> dict[str, datetime]:
    """Return when something was last written on each board that has a thread; letters do not count as talk."""
    chosen = (
        sa.select(ThreadWard.ward_code, sa.func.max(ThreadWard.last_post_at))
        .join(Thread, Thread.id == ThreadWard.thread_id)
        .where(ThreadWard.is_listed, Thread.category != LETTER)
        .group_by(ThreadWard.ward_code)
    )
    return {code: at for code, at in db.execute(chosen)}
