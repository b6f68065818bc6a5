"""Keeping marks: one sealed row for each member, written only when a page or a button sends them. Never commits."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from sqlalchemy.orm import Session

from core import permissions
from core.contributions import Viewer
from core.database import UTCDateTime, now
from core.instance import instance
from plugins.ward_boards import access
from plugins.ward_boards.models import HELD, Post, Thread, ThreadWard
from plugins.ward_boards.moments import LONDON
from plugins.ward_boards.reading import marks
from plugins.ward_boards.reading.marks import Mark, ReadMarks
from plugins.ward_boards.reading.models import Marks

log = logging.getLogger(__name__)
MOST_LISTED = 300
_THREAD, _POST, _PLACE = Thread.__table__, Post.__table__, ThreadWard.__table__


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
    sealed = db.scalar(sa.select(Marks.sealed).where(Marks.member_id == member_id))
    today = marks.day_in_london(now())
    if sealed is None:
        return marks.none_yet(today)
    try:
        return marks.decode(instance().keys.open_bytes(_purpose(member_id), sealed))
    except (InvalidTag, marks.BadMarks):
        log.warning("marks of what a member has read could not be opened; they start anew")
        return marks.none_yet(today)


def see(db: Session, member_id: str, seen: Iterable[tuple[str, Mark]]) -> None:
    """Add to a member's marks. In the caller's writing transaction: writers queue, so two tabs lose nothing."""
    after = _kept(db, member_id).with_seen(seen, today=marks.day_in_london(now()))
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
    see(db, member_id, [(row.thread_id, Mark(row.last_shown, marks.day_in_london(row.last_post_at))) for row in rows])


def alive(db: Session, viewer: Viewer, kept: ReadMarks, ward_code: str | None = None) -> list[Alive]:
    """Return threads in which something may be new for the viewer, newest first, for each board they are on."""
    start = datetime.combine(kept.since, datetime.min.time(), tzinfo=LONDON)
    chosen = (
        sa.select(_PLACE.c.ward_code, _THREAD.c.id, _THREAD.c.opened_at, _PLACE.c.last_post_at, last_shown())
        .select_from(_PLACE.join(_THREAD, _THREAD.c.id == _PLACE.c.thread_id))
        .where(_PLACE.c.is_listed, _PLACE.c.last_post_at >= sa.literal(start, UTCDateTime), access.readable(viewer))
        .order_by(_PLACE.c.last_post_at.desc(), _PLACE.c.thread_id.desc())
        .limit(MOST_LISTED)
    )
    if ward_code is not None:
        chosen = chosen.where(_PLACE.c.ward_code == ward_code)
    return [Alive(*row) for row in db.execute(chosen)]


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
