"""Reads of the boards: each is one query, however many rows there are, and selects columns only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import wards
from core.contributions import Viewer
from core.database import UTCDateTime
from core.models import Member
from plugins.ward_boards import access
from plugins.ward_boards.models import PUBLIC, PUBLISHED, TIERS, WITHDRAWN, Post, Tally, Thread, ThreadWard
from plugins.ward_boards.paging import Cursor

THREADS_PER_PAGE = 30
# Columns of tables, not of classes: SQLAlchemy then need not ask for each row which object it belongs to.
_THREAD, _PLACE, _POST, _MEMBER = Thread.__table__, ThreadWard.__table__, Post.__table__, Member.__table__


class Latest(NamedTuple):
    """The thread in which something happened last on a board."""

    ward_code: str
    thread_id: str
    title: str
    last_post_at: datetime


@dataclass(frozen=True)
class BoardRow:
    """One board in the list of boards: how many threads this viewer may read there, and the newest."""

    code: str
    name: str
    kind: str
    threads_count: int
    latest: Latest | None


class ThreadRow(NamedTuple):
    """One thread in a list; `label` is empty for an alias, which then is in `alias` unless its member left."""

    id: str
    title: str
    category: str
    tier: str
    state: str
    opened_at: datetime
    last_post_at: datetime
    posts_count: int
    is_locked: bool
    label: str
    ref: str | None
    alias: str | None
    ward_list: str

    @property
    def ward_codes(self) -> tuple[str, ...]:
        """The boards it is on, sorted by code."""
        return tuple(sorted(self.ward_list.split(",")))

    @property
    def cursor(self) -> Cursor:
        """Where the list goes on after this row."""
        return Cursor(self.last_post_at, self.id)


class ThreadPage(NamedTuple):
    """A page of threads and where the next one starts, or None at the end."""

    rows: list[ThreadRow]
    after: Cursor | None


def board_rows(db: Session, viewer: Viewer) -> list[BoardRow]:
    """Return every board, the borough's first, then wards by name. Two queries."""
    counts: dict[str, int] = {}
    for code, tier, count in db.execute(sa.select(Tally.ward_code, Tally.tier, Tally.threads_count)):
        if tier in access.tiers_in(viewer, code):
            counts[code] = counts.get(code, 0) + count
    latest = {row.ward_code: row for row in _latest_of_each(db, viewer, list(counts))}
    return [
        BoardRow(ward.code, ward.name, ward.kind, counts.get(ward.code, 0), latest.get(ward.code))
        for ward in wards.boards()
    ]


def _latest_of_each(db: Session, viewer: Viewer, codes: list[str]) -> list[Latest]:
    board = sa.select(Tally.ward_code.label("code")).distinct().where(Tally.ward_code.in_(codes)).subquery()
    newest = (
        sa.select(ThreadWard.thread_id)
        .where(ThreadWard.ward_code == board.c.code, ThreadWard.is_listed, access.readable(viewer))
        .order_by(ThreadWard.last_post_at.desc(), ThreadWard.thread_id.desc())
        .limit(1)
        .correlate(board)
        .scalar_subquery()
    )
    found = sa.select(board.c.code, Thread.id, Thread.title, Thread.last_post_at).join(Thread, Thread.id == newest)
    return [Latest(*row) for row in db.execute(found)]


@lru_cache(maxsize=1)
def _thread_columns() -> Any:
    everywhere = (
        sa.select(sa.func.aggregate_strings(_PLACE.c.ward_code, ","))
        .where(_PLACE.c.thread_id == _THREAD.c.id)
        .correlate(_THREAD)
        .scalar_subquery()
    )
    return (
        sa.select(
            _THREAD.c.id,
            _THREAD.c.title,
            _THREAD.c.category,
            _THREAD.c.tier,
            _THREAD.c.state,
            _THREAD.c.opened_at,
            _THREAD.c.last_post_at,
            _THREAD.c.posts_count,
            _THREAD.c.is_locked,
            _POST.c.label,
            _POST.c.ref,
            _MEMBER.c.alias,
            everywhere,
        )
        .select_from(_THREAD)
        .join(_POST, sa.and_(_POST.c.thread_id == _THREAD.c.id, _POST.c.number == 1))
        .outerjoin(_MEMBER, _MEMBER.c.id == _POST.c.member_id)
    )


def _page_of(rows: list[ThreadRow], limit: int) -> ThreadPage:
    return ThreadPage(rows[:limit], rows[limit - 1].cursor if len(rows) > limit else None)


@dataclass(frozen=True)
class ThreadFilter:
    """What of a list is wanted; None is no wish."""

    category: str | None = None
    tier: str | None = None
    after: Cursor | None = None
    limit: int = THREADS_PER_PAGE


def board_threads(db: Session, viewer: Viewer, ward_code: str, wish: ThreadFilter) -> ThreadPage:
    """Return a board's threads that the viewer may read, newest activity first."""
    tiers = tuple(tier for tier in access.tiers_in(viewer, ward_code) if wish.tier in (None, tier))
    values: dict[str, Any] = {"ward_code": ward_code, "most": wish.limit + 1}
    if wish.category:
        values["category"] = wish.category
    if wish.after:
        values |= {"at": wish.after.last_post_at, "key": wish.after.thread_id}
    found = db.execute(_board_statement(tiers, bool(wish.category), bool(wish.after)), values)
    return _page_of([ThreadRow(*row) for row in found], wish.limit)


@lru_cache(maxsize=64)
def _board_statement(tiers: tuple[str, ...], has_category: bool, goes_on: bool) -> Any:
    """Build the query once per shape: building it costs more than running it."""
    chosen = (
        _thread_columns()
        .join(_PLACE, _PLACE.c.thread_id == _THREAD.c.id)
        .where(_PLACE.c.ward_code == sa.bindparam("ward_code"), _PLACE.c.is_listed, _of_tiers(tiers))
        .order_by(_PLACE.c.last_post_at.desc(), _PLACE.c.thread_id.desc())
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
    if has_category:
        chosen = chosen.where(_THREAD.c.category == sa.bindparam("category"))
    if goes_on:
        edge = sa.tuple_(sa.bindparam("at", type_=UTCDateTime), sa.bindparam("key", type_=sa.String))
        chosen = chosen.where(sa.tuple_(_PLACE.c.last_post_at, _PLACE.c.thread_id) < edge)
    return chosen


def _of_tiers(tiers: Sequence[str]) -> sa.ColumnElement[bool]:
    """Choose one tier by the index made for it; several by leaving out the rest, which keeps the index of time."""
    if len(tiers) == 1:
        return _PLACE.c.tier == tiers[0]
    if not tiers:
        return sa.false()
    # Not a NOT IN: SQLAlchemy would write its list anew for each page.
    return sa.and_(sa.true(), *(_PLACE.c.tier != tier for tier in TIERS if tier not in tiers))


def threads_everywhere(db: Session, viewer: Viewer, wish: ThreadFilter) -> ThreadPage:
    """Return the threads of all boards that the viewer may read, newest activity first, each once."""
    seen = sa.exists().where(ThreadWard.thread_id == Thread.id, ThreadWard.is_listed, access.readable(viewer))
    chosen = _thread_columns().where(seen).order_by(Thread.last_post_at.desc(), Thread.id.desc())
    if wish.tier:
        chosen = chosen.where(Thread.tier == wish.tier, Thread.state.in_((PUBLISHED, WITHDRAWN)))
    if wish.category:
        chosen = chosen.where(Thread.category == wish.category)
    if wish.after:
        chosen = chosen.where(_before(Thread.last_post_at, Thread.id, wish.after))
    return _page_of([ThreadRow(*row) for row in db.execute(chosen.limit(wish.limit + 1))], wish.limit)


def _before(at: Any, key: Any, cursor: Cursor) -> sa.ColumnElement[bool]:
    # A row value, so that the index is entered at the cursor instead of filtered from the top.
    return sa.tuple_(at, key) < sa.tuple_(sa.literal(cursor.last_post_at, at.type), sa.literal(cursor.thread_id))


def newest_on(db: Session, viewer: Viewer, ward_codes: list[str], limit: int = 6) -> list[ThreadRow]:
    """Return the newest threads of a few boards together, each once."""
    heads = [
        sa.select(ThreadWard.thread_id)
        .where(ThreadWard.ward_code == code, ThreadWard.is_listed, _of_tiers(access.tiers_in(viewer, code)))
        .order_by(ThreadWard.last_post_at.desc(), ThreadWard.thread_id.desc())
        .limit(limit)
        .subquery()
        .select()
        for code in ward_codes
    ]
    if not heads:
        return []
    chosen = _thread_columns().where(Thread.id.in_(sa.union(*heads)))
    ordered = chosen.order_by(Thread.last_post_at.desc(), Thread.id.desc()).limit(limit)
    return [ThreadRow(*row) for row in db.execute(ordered)]


def public_notices(db: Session, limit: int = 5) -> list[ThreadRow]:
    """Return the newest threads that everyone may read."""
    chosen = _thread_columns().where(Thread.tier == PUBLIC, Thread.state == PUBLISHED)
    ordered = chosen.order_by(Thread.last_post_at.desc(), Thread.id.desc()).limit(limit)
    return [ThreadRow(*row) for row in db.execute(ordered)]


def public_revision(db: Session, ward_code: str) -> int:
    """Return a number that grows whenever the public list of a board changes."""
    return db.scalar(_revision_statement(), {"ward_code": ward_code}) or 0


@lru_cache(maxsize=1)
def _revision_statement() -> Any:
    tally = Tally.__table__.c
    return sa.select(tally.revision).where(tally.ward_code == sa.bindparam("ward_code"), tally.tier == PUBLIC)
