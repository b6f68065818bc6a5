"""Reads of the boards: each is one query, however many rows there are, and selects columns only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import permissions, wards
from core.contributions import Viewer
from core.database import UTCDateTime
from core.models import Member
from plugins.ward_boards import access
from plugins.ward_boards.incidents.models import CLOSED, Incident
from plugins.ward_boards.models import PUBLIC, PUBLISHED, TIERS, VERIFIED, WITHDRAWN, Post, Tally, Thread, ThreadWard
from plugins.ward_boards.paging import Cursor
from plugins.ward_boards.reading import copies
from plugins.ward_boards.reading.bylines import byline
from plugins.ward_boards.reading.marking import last_shown
from plugins.ward_boards.reading.models import PublicCopy
from plugins.ward_boards.search import counts
from plugins.ward_boards.writing.about import Rough
from plugins.ward_boards.writing.models import About

THREADS_PER_PAGE = 30
# Columns of tables, not of classes: SQLAlchemy then need not ask for each row which object it belongs to.
_THREAD, _PLACE, _POST, _MEMBER = Thread.__table__, ThreadWard.__table__, Post.__table__, Member.__table__
_INCIDENT, _ABOUT = Incident.__table__, About.__table__


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
    incident: str | None
    outcome: str | None
    closed_on: date | None
    asked_on: date | None
    last_shown: int
    me_too_count: int
    square: str | None = None
    happened_on: date | None = None
    half: str | None = None

    @property
    def rough(self) -> Rough:
        """Where and when it is about, as far as somebody said."""
        return Rough(self.square, self.happened_on, self.half)

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
    """Return every board, the borough's first, then wards by name. Two queries, a third for public copies."""
    counts: dict[str, int] = {}
    copied = {row.code for row in wards.boards()} - permissions.wards_where(viewer, access.READ)
    early = copies.not_out(db) if copied else {}
    for code, tier, count in db.execute(sa.select(Tally.ward_code, Tally.tier, Tally.threads_count)):
        if tier in access.tiers_in(viewer, code):
            hidden = early.get(code, 0) if tier == PUBLIC and code in copied else 0
            counts[code] = counts.get(code, 0) + count - hidden
    latest = {row.ward_code: row for row in _latest_of_each(db, viewer, list(counts))}
    return [
        BoardRow(ward.code, ward.name, ward.kind, counts.get(ward.code, 0), latest.get(ward.code))
        for ward in wards.boards()
    ]


def _latest_of_each(db: Session, viewer: Viewer, codes: list[str]) -> list[Latest]:
    board = sa.select(Tally.ward_code.label("code")).distinct().where(Tally.ward_code.in_(codes)).subquery()
    if not permissions.allowed(viewer, access.READ) and not permissions.allowed(viewer, access.READ_COORDINATORS):
        head = copies.newest_of(board.c.code)
    else:
        head = (
            sa.select(ThreadWard.thread_id)
            .where(ThreadWard.ward_code == board.c.code, ThreadWard.is_listed, access.readable(viewer))
            .order_by(ThreadWard.last_post_at.desc(), ThreadWard.thread_id.desc())
            .limit(1)
        )
    newest = head.correlate(board).scalar_subquery()
    shown = (Thread.id, Thread.title, Thread.last_post_at, Thread.tier, PublicCopy.from_at)
    found = sa.select(board.c.code, *shown).select_from(board).join(Thread, Thread.id == newest)
    read = permissions.wards_where(viewer, access.READ)
    latest = []
    for code, thread_id, title, at, tier, from_at in db.execute(
        found.outerjoin(PublicCopy, PublicCopy.thread_id == Thread.id)
    ):
        is_copy = tier == PUBLIC and code not in read and from_at is not None
        latest.append(Latest(code, thread_id, title, copies.day_of(from_at) if is_copy else at))
    return latest


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
            _INCIDENT.c.state,
            _INCIDENT.c.outcome,
            _INCIDENT.c.closed_on,
            _INCIDENT.c.asked_on,
            last_shown(),
            counts.counted(_THREAD.c.id),
            _ABOUT.c.square,
            _ABOUT.c.happened_on,
            _ABOUT.c.half,
        )
        .select_from(_THREAD)
        .join(_POST, sa.and_(_POST.c.thread_id == _THREAD.c.id, _POST.c.number == 1))
        .outerjoin(_MEMBER, _MEMBER.c.id == _POST.c.member_id)
        .outerjoin(_INCIDENT, _INCIDENT.c.thread_id == _THREAD.c.id)
        .outerjoin(_ABOUT, _ABOUT.c.thread_id == _THREAD.c.id)
    )


def _page_of(rows: list[ThreadRow], limit: int) -> ThreadPage:
    return ThreadPage(rows[:limit], rows[limit - 1].cursor if len(rows) > limit else None)


@dataclass(frozen=True)
class ThreadFilter:
    """What of a list is wanted; None is no wish."""

    category: str | None = None
    tier: str | None = None
    only_open: bool = False
    after: Cursor | None = None
    limit: int = THREADS_PER_PAGE


def board_threads(db: Session, viewer: Viewer, ward_code: str, wish: ThreadFilter) -> ThreadPage:
    """Return a board's threads that the viewer may read, newest activity first; for everyone else the public copies."""
    if access.tiers_in(viewer, ward_code) == (PUBLIC,):
        return _copies(db, (ward_code,), wish)
    tiers = tuple(tier for tier in access.tiers_in(viewer, ward_code) if wish.tier in (None, tier))
    values: dict[str, Any] = {"ward_code": ward_code, "most": wish.limit + 1}
    if wish.category:
        values["category"] = wish.category
    if wish.after:
        values |= {"at": wish.after.last_post_at, "key": wish.after.thread_id}
    found = db.execute(_board_statement(tiers, bool(wish.category), wish.only_open, bool(wish.after)), values)
    return _as_read(viewer, _page_of([ThreadRow(*row) for row in found], wish.limit))


def _copies(db: Session, ward_codes: tuple[str, ...], wish: ThreadFilter) -> ThreadPage:
    """Return the public copies on some boards, or with none named on all; a page's end tells no minute either."""
    after = wish.after.thread_id if wish.after else None
    rows = copies.on_boards(db, ward_codes, category=wish.category, after_id=after, most=wish.limit + 1)
    return _page_of([_of_copy(row) for row in rows], wish.limit)


def _of_copy(row: copies.CopyRow) -> ThreadRow:
    day = copies.day_of(row.from_at)
    return ThreadRow(
        id=row.id,
        title=row.title,
        category=row.category,
        tier=PUBLIC,
        state=row.state,
        opened_at=day,
        last_post_at=day,
        posts_count=1,
        is_locked=row.is_locked,
        label=byline(row.role, row.role_ward),
        ref=None,
        alias=None,
        ward_list=row.ward_list,
        **_NOT_COPIED,
    )


_NOT_COPIED: dict[str, Any] = {
    "incident": None,
    "outcome": None,
    "closed_on": None,
    "asked_on": None,
    "last_shown": 1,
    "me_too_count": 0,
}
"""What belongs to the conversation of members and is in no public copy."""


def _as_read(viewer: Viewer, page: ThreadPage) -> ThreadPage:
    """Show public notices of wards in which the viewer may not read without their author, minute and answers.

    So it is for an officer who looks at other wards; visitors get copies in the first place.
    """
    read = permissions.wards_where(viewer, access.READ)
    if len(read) == len(wards.boards()):
        return page
    rows = [row if row.tier != PUBLIC or read & set(row.ward_codes) else _without_author(row) for row in page.rows]
    return ThreadPage(rows, page.after)


def _without_author(row: ThreadRow) -> ThreadRow:
    opened = copies.day_of(row.opened_at)
    signed: dict[str, Any] = {"label": byline("", ""), "ref": None, "alias": None}
    return row._replace(opened_at=opened, last_post_at=opened, posts_count=1, **signed, **_NOT_COPIED)


@lru_cache(maxsize=64)
def _board_statement(tiers: tuple[str, ...], has_category: bool, only_open: bool, goes_on: bool) -> Any:
    """Build the query once per shape: building it costs more than running it."""
    out = _out_for(tiers)
    chosen = (
        _thread_columns()
        .join(_PLACE, _PLACE.c.thread_id == _THREAD.c.id)
        .where(_PLACE.c.ward_code == sa.bindparam("ward_code"), _PLACE.c.is_listed, _of_tiers(tiers), out)
        .order_by(_PLACE.c.last_post_at.desc(), _PLACE.c.thread_id.desc())
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
    if has_category:
        chosen = chosen.where(_THREAD.c.category == sa.bindparam("category"))
    if only_open:
        chosen = chosen.where(_INCIDENT.c.state != CLOSED)
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


def _out_for(tiers: Sequence[str]) -> sa.ColumnElement[bool]:
    """Leave out public notices that are not out yet for somebody who does not read with the verified."""
    if VERIFIED in tiers or PUBLIC not in tiers:
        return sa.true()
    return sa.or_(_PLACE.c.tier != PUBLIC, copies.is_out(_PLACE.c.thread_id))


def threads_everywhere(db: Session, viewer: Viewer, wish: ThreadFilter) -> ThreadPage:
    """Return the threads of all boards that the viewer may read, newest activity first, each once."""
    if not permissions.allowed(viewer, access.READ) and not permissions.allowed(viewer, access.READ_COORDINATORS):
        return _copies(db, (), wish)
    seen = sa.exists().where(ThreadWard.thread_id == Thread.id, ThreadWard.is_listed, access.readable(viewer))
    chosen = _thread_columns().where(seen).order_by(Thread.last_post_at.desc(), Thread.id.desc())
    if wish.tier:
        chosen = chosen.where(Thread.tier == wish.tier, Thread.state.in_((PUBLISHED, WITHDRAWN)))
    if wish.category:
        chosen = chosen.where(Thread.category == wish.category)
    if wish.only_open:
        chosen = chosen.where(Incident.state != CLOSED)
    if wish.after:
        chosen = chosen.where(_before(Thread.last_post_at, Thread.id, wish.after))
    rows = [ThreadRow(*row) for row in db.execute(chosen.limit(wish.limit + 1))]
    return _as_read(viewer, _page_of(rows, wish.limit))


def _before(at: Any, key: Any, cursor: Cursor) -> sa.ColumnElement[bool]:
    # A row value, so that the index is entered at the cursor instead of filtered from the top.
    return sa.tuple_(at, key) < sa.tuple_(sa.literal(cursor.last_post_at, at.type), sa.literal(cursor.thread_id))


def newest_on(db: Session, viewer: Viewer, ward_codes: list[str], limit: int = 6) -> list[ThreadRow]:
    """Return the newest threads of a few boards together, each once."""
    tiers = {code: access.tiers_in(viewer, code) for code in ward_codes}
    if set(tiers.values()) == {(PUBLIC,)}:
        return _copies(db, tuple(ward_codes), ThreadFilter(limit=limit)).rows
    heads = [
        sa.select(ThreadWard.thread_id)
        .where(ThreadWard.ward_code == code, ThreadWard.is_listed, _of_tiers(tiers[code]), _out_for(tiers[code]))
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
    return _as_read(viewer, ThreadPage([ThreadRow(*row) for row in db.execute(ordered)], None)).rows


def public_notices(db: Session, limit: int = 5) -> list[ThreadRow]:
    """Return the newest public copies, for everyone."""
    return [_of_copy(row) for row in copies.newest(db, limit)]
