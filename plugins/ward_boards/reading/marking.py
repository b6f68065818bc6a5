"""Keeping marks: one sealed row for each member, written only when a page or a button sends them. Never commits."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from sqlalchemy.orm import Session

from core import permissions
from core.contributions import Viewer
from core.database import UTCDateTime, now
from core.instance import instance
from plugins.ward_boards import access
from plugins.ward_boards.models import HELD, Post, Thread, ThreadWard
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.reading import marks
from plugins.ward_boards.reading.marks import Fresh, Mark, ReadMarks
from plugins.ward_boards.reading.models import Marks

log = logging.getLogger(__name__)
MOST_LISTED = 300
_THREAD, _POST, _PLACE, _MARKS = Thread.__table__, Post.__table__, ThreadWard.__table__, Marks.__table__


class Listed(Protocol):
    """A row of a list of threads."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def opened_at(self) -> datetime:
        """When it was opened."""

    @property
    def last_post_at(self) -> datetime:
        """When something was last written in it."""

    @property
    def last_shown(self) -> int:
        """The highest number that its readers see."""


class Alive(NamedTuple):
    """A thread in which something happened lately, on one board."""

    ward_code: str
    thread_id: str
    opened_at: datetime
    last_post_at: datetime
    last_shown: int


def _purpose(member_id: str) -> str:
    return f"ward_boards-marks-{member_id}"  # sealed for one member: a row put beside another name opens nothing


def of(db: Session, viewer: Viewer) -> ReadMarks | None:
    """Return the marks of somebody who reads with the verified, None for others. One query."""
    if viewer.member_id is None or not permissions.allowed(viewer, access.READ):
        return None
    return _kept(db, viewer.member_id)


def _kept(db: Session, member_id: str) -> ReadMarks:
    sealed = db.scalar(_sealed_statement(), {"member_id": member_id})
    today = day_of(now())
    if sealed is None:
        return marks.none_yet(today)
    try:
        return marks.decode(instance().keys.open_bytes(_purpose(member_id), sealed))
    except (InvalidTag, marks.BadMarks):
        log.warning("marks of what a member has read could not be opened; they start anew")
        return marks.none_yet(today)


@lru_cache(maxsize=1)
def _sealed_statement() -> sa.Select[Any]:
    """Build the question of every page once."""
    return sa.select(_MARKS.c.sealed).where(_MARKS.c.member_id == sa.bindparam("member_id"))


def fresh_in(db: Session, viewer: Viewer, rows: Iterable[Listed]) -> dict[str, Fresh]:
    """Return what is new in the threads of a list, by thread; those with nothing new are missing. One query."""
    kept = of(db, viewer)
    if kept is None:
        return {}
    found = {}
    for row in rows:
        new = kept.fresh(row.id, opened_at=row.opened_at, last_post_at=row.last_post_at, last_shown=row.last_shown)
        if new is not None:
            found[row.id] = new
    return found


def see(db: Session, member_id: str, seen: Iterable[tuple[str, Mark]]) -> None:
    """Add to a member's marks. In the caller's writing transaction: writers queue, so two tabs lose nothing."""
    after = _kept(db, member_id).with_seen(seen, today=day_of(now()))
    sealed = instance().keys.seal_bytes(_purpose(member_id), marks.encode(after))
    row = db.get(Marks, member_id)
    if row is None:
        db.add(Marks(member_id=member_id, sealed=sealed))
    else:
        row.sealed = sealed
    db.flush()


def see_board(db: Session, viewer: Viewer, ward_code: str) -> None:
    """Mark everything on a board as read that the viewer can read there."""
    member_id = viewer.member_id or ""
    rows = alive(db, viewer, _kept(db, member_id), ward_code)
    see(db, member_id, [(row.thread_id, Mark(row.last_shown, day_of(row.last_post_at))) for row in rows])


def alive(db: Session, viewer: Viewer, kept: ReadMarks, ward_code: str | None = None) -> list[Alive]:
    """Return threads in which something may be new for the viewer, newest first, for each board they are on."""
    values: dict[str, Any] = {"start": kept.start}
    if ward_code is not None:
        values["ward_code"] = ward_code
    return [Alive(*row) for row in db.execute(_alive_statement(access.readable(viewer), ward_code is not None), values)]


@lru_cache(maxsize=128)
def _alive_statement(readable: sa.ColumnElement[bool], is_one: bool) -> sa.Select[Any]:
    """Build the query once for each set of rights."""
    # Sorted by the columns of the index that is entered: a board's own, or that of all threads.
    at, key = (_PLACE.c.last_post_at, _PLACE.c.thread_id) if is_one else (_THREAD.c.last_post_at, _THREAD.c.id)
    chosen = (
        sa.select(_PLACE.c.ward_code, _THREAD.c.id, _THREAD.c.opened_at, at, last_shown())
        .select_from(_THREAD.join(_PLACE, _THREAD.c.id == _PLACE.c.thread_id))
        .where(_PLACE.c.is_listed, at >= sa.bindparam("start", type_=UTCDateTime), readable)
        .order_by(at.desc(), key.desc())
        .limit(MOST_LISTED)
    )
    return chosen.where(_PLACE.c.ward_code == sa.bindparam("ward_code")) if is_one else chosen


def fresh_by_board(db: Session, viewer: Viewer) -> dict[str, int]:
    """Return on how many threads of each board there is something new; boards with nothing new are missing."""
    kept = of(db, viewer)
    counts: dict[str, int] = {}
    for row in alive(db, viewer, kept) if kept else ():
        times = {"opened_at": row.opened_at, "last_post_at": row.last_post_at}
        if kept and kept.fresh(row.thread_id, last_shown=row.last_shown, **times):
            counts[row.ward_code] = counts.get(row.ward_code, 0) + 1
    return counts


def last_shown() -> sa.ScalarSelect[int]:
    """Return the highest number of a thread that its readers see: a post that waits for a moderator is not told of."""
    newest = _POST.alias("newest")
    here = sa.and_(newest.c.thread_id == _THREAD.c.id, newest.c.state != HELD)
    # From the end of the index, not max(): that would read a long thread from its beginning.
    highest = sa.select(newest.c.number).where(here).order_by(newest.c.number.desc()).limit(1)
    return highest.correlate(_THREAD).scalar_subquery()


def kept_threads(db: Session, member_id: str) -> int | None:
    """Return how many threads a member's marks hold, None when there are no marks: for their own data."""
    if db.scalar(sa.select(Marks.member_id).where(Marks.member_id == member_id)) is None:
        return None
    return len(_kept(db, member_id).threads)
