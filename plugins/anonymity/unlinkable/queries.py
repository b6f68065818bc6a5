"""Reads of the unlinkable side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.anonymity.unlinkable.models import (
    HELD,
    HIDDEN,
    PUBLISHED,
    WAITING,
    Ban,
    CopiedPost,
    CopiedThread,
    Place,
    Sent,
    Waiting,
    Week,
)

THREADS_PER_PAGE = 50
MAY_CHANGE = (PUBLISHED, HELD, HIDDEN)
"""States of posts that came out and may still become another."""


class ThreadPage(NamedTuple):
    """Some threads of the copy, and the id after which the next ones come, or None at the end."""

    rows: Sequence[CopiedThread]
    after: str | None


class Seen(NamedTuple):
    """How many voices there are in a week, and how many have written."""

    epoch: str
    issued: int
    wrote: int


def has_keys(db: Session, epoch: str) -> bool:
    """Whether the keys of a week are here."""
    return db.scalar(sa.select(Week.scope).where(Week.epoch == epoch).limit(1)) is not None


def is_banned(db: Session, ref: str) -> bool:
    """Whether a voice may write no more."""
    return db.get(Ban, ref) is not None


def name_of(db: Session, code: str) -> str:
    """Return the name of a board; its code when it is not known."""
    return db.scalar(sa.select(Place.name).where(Place.code == code)) or code


def boards_for(db: Session, scope: str | None) -> Sequence[Place]:
    """Return the boards that a voice may write on: that of its scope, or all for None; the borough's first."""
    chosen = sa.select(Place).order_by(Place.kind != "borough", Place.name)
    return db.scalars(chosen if scope is None else chosen.where(Place.code == scope)).all()


def sent_on(db: Session, ref: str, day: date) -> int:
    """Return how many posts a voice sent on a day, those taken back included."""
    return db.scalar(sa.select(sa.func.count()).select_from(Sent).where(Sent.ref == ref, Sent.sent_on == day)) or 0


def sent_by(db: Session, ref: str) -> Sequence[Sent]:
    """Return a voice's posts of its week, by batch; inside one by id, which is no order of writing."""
    return db.scalars(sa.select(Sent).where(Sent.ref == ref).order_by(Sent.due_at, Sent.id)).all()


def own_ids(db: Session, ref: str) -> frozenset[str]:
    """Return the ids of a voice's posts."""
    return frozenset(db.scalars(sa.select(Sent.id).where(Sent.ref == ref)))


def came_out(db: Session, ref: str) -> int:
    """Return how many posts of a voice have reached the boards."""
    chosen = sa.select(sa.func.count()).select_from(Sent)
    reached = chosen.where(Sent.ref == ref, Sent.state.in_(MAY_CHANGE))
    return db.scalar(reached) or 0


def due(db: Session, moment: datetime) -> list[tuple[Sent, Waiting]]:
    """Return what comes out by a moment, in no order that means anything."""
    chosen = sa.select(Sent, Waiting).join(Waiting, Waiting.id == Sent.id)
    return [(row[0], row[1]) for row in db.execute(chosen.where(Sent.state == WAITING, Sent.due_at <= moment))]


def on_boards(db: Session) -> Sequence[Sent]:
    """Return the posts that came out and may still change their state."""
    return db.scalars(sa.select(Sent).where(Sent.state.in_(MAY_CHANGE))).all()


def leaving(db: Session) -> Sequence[Sent]:
    """Return the posts that their writers took back and that may still be on the boards."""
    return db.scalars(sa.select(Sent).where(Sent.is_leaving)).all()


def threads(db: Session, ward: str | None, after: str | None) -> ThreadPage:
    """Return copied threads, newest first, of one board or of all; `after` is the id of the last one seen."""
    place = db.scalar(sa.select(CopiedThread.place).where(CopiedThread.id == after)) if after else None
    chosen = sa.select(CopiedThread).order_by(CopiedThread.place)
    if place is not None:
        chosen = chosen.where(CopiedThread.place > place)
    if ward:
        # Codes have one length and no signs that mean anything to LIKE.
        chosen = chosen.where(CopiedThread.wards.contains(ward, autoescape=True))
    rows = db.scalars(chosen.limit(THREADS_PER_PAGE + 1)).all()
    shown = rows[:THREADS_PER_PAGE]
    return ThreadPage(shown, shown[-1].id if len(rows) > THREADS_PER_PAGE else None)


def posts(db: Session, thread_id: str) -> Sequence[CopiedPost]:
    """Return the copied posts of a thread by number."""
    return db.scalars(sa.select(CopiedPost).where(CopiedPost.thread_id == thread_id).order_by(CopiedPost.number)).all()


def voices_seen(db: Session) -> list[Seen]:
    """Return how many voices were issued for each open week, and how many different ones wrote in it."""
    wrote = sa.select(Sent.epoch, sa.func.count(sa.distinct(Sent.ref)).label("seen")).group_by(Sent.epoch).subquery()
    issued = sa.select(Week.epoch, sa.func.sum(Week.issued).label("issued")).group_by(Week.epoch).subquery()
    chosen = sa.select(issued.c.epoch, issued.c.issued, wrote.c.seen).join(wrote, wrote.c.epoch == issued.c.epoch)
    return [Seen(*row) for row in db.execute(chosen)]
