"""The public copy of a notice: what everyone may see of it, and only after a delay, so that a mistake can be undone.

Members who are verified read the notice itself, at once. The copy has no author but a role, no time but a day,
no answers. Every question that shows public things to others asks here whether the copy is out yet.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Viewer
from core.database import UTCDateTime, now
from core.instance import instance
from plugins.ward_boards.models import PUBLIC, PUBLISHED, Post, Thread
from plugins.ward_boards.moments import LONDON, PART_HOURS
from plugins.ward_boards.reading.models import PublicBoard, PublicCopy, PublicPlace

KIND = "public_copy"
STAFF_ROLES = ("officer", "coordinator")
DELAY = "public_delay_minutes"
DEFAULT_DELAY_MINUTES = 30
LONGEST_DELAY_MINUTES = 7 * 24 * 60
_COPY, _PLACE, _THREAD = PublicCopy.__table__, PublicPlace.__table__, Thread.__table__


def check_delay(value: int) -> str | None:
    """Return what is wrong with the setting, or None."""
    if 0 <= value <= LONGEST_DELAY_MINUTES:
        return None
    return f"expected minutes from 0 to {LONGEST_DELAY_MINUTES}, a week"


def moment() -> sa.BindParameter[datetime]:
    """Return the present as a parameter that is read when the query runs, so that built queries can be kept."""
    return sa.bindparam(None, callable_=now, type_=UTCDateTime, unique=True)


def is_out(thread_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return the condition that the copy of this thread may be seen by everyone now."""
    return sa.exists().where(_COPY.c.thread_id == thread_id, _COPY.c.from_at <= moment())


def day_of(at: datetime) -> datetime:
    """Return the start of the day in London: the only time a copy has."""
    return at.astimezone(LONDON).replace(hour=0, minute=0, second=0, microsecond=0)


def sign(db: Session, viewer: Viewer, thread_id: str, ward_codes: tuple[str, ...]) -> None:
    """Note as what a member of staff wrote a notice under their alias; others are a verified member to everyone."""
    held = {(grant.role, grant.ward_code) for grant in viewer.grants}
    found = next(((role, code) for role in STAFF_ROLES for code in ward_codes if (role, code) in held), None)
    copy = db.get(PublicCopy, thread_id)
    if copy is not None and found is not None:
        copy.role, copy.role_ward = found
        db.flush()


def prepare(db: Session, thread_id: str) -> PublicCopy:
    """Make the row of a new public notice; it is seen by nobody before `release`."""
    copy = PublicCopy(thread_id=thread_id, from_at=None, role="", role_ward="", content_hash="")
    db.add(copy)
    db.flush()
    return copy


def release(db: Session, post: Post, not_before: datetime | None = None) -> None:
    """Start the delay of a notice that now is on the boards; one that was out before keeps its time.

    `not_before` is when a moderator let it out. A hidden author's counts from the end of the part of the day in
    which it was written: a finer time is not stored here either.
    """
    copy = db.get(PublicCopy, post.thread_id)
    if copy is None or copy.from_at is not None:
        return
    is_hidden = post.ref is not None or post.member_id is None
    written = post.published_at + timedelta(hours=PART_HOURS if is_hidden else 0)
    start = max(written, not_before.replace(second=0, microsecond=0)) if not_before else written
    copy.from_at = start + timedelta(minutes=_delay_minutes())
    db.flush()


def _delay_minutes() -> int:
    lines = instance().config.plugin.get("ward_boards", {})
    return int(lines.get(DELAY, DEFAULT_DELAY_MINUTES))


def settle(db: Session, thread_id: str, ward_codes: list[str], *, listed: bool) -> None:
    """Bring the copy on its boards in line with the thread, and count the change where everyone can see it."""
    copy = db.get(PublicCopy, thread_id) or prepare(db, thread_id)
    if copy.from_at is None and listed:  # a moderator let it out
        release(db, db.scalars(sa.select(Post).where(Post.thread_id == thread_id, Post.number == 1)).one(), now())
    if copy.from_at is None:
        return
    before = set(db.scalars(sa.select(PublicPlace.ward_code).where(PublicPlace.thread_id == thread_id)))
    after = set(ward_codes) if listed else set()
    gone = PublicPlace.ward_code.in_(sorted(before - after))
    db.execute(sa.delete(PublicPlace).where(PublicPlace.thread_id == thread_id, gone))
    db.add_all(PublicPlace(ward_code=code, thread_id=thread_id, from_at=copy.from_at) for code in after - before)
    content = _content_hash(db, thread_id)
    changed = content != copy.content_hash or before != after
    copy.content_hash = content
    db.flush()
    if changed and copy.from_at <= now():  # a change to what nobody sees yet is told to nobody
        for code in sorted(before | after):
            _bump(db, code)


def _content_hash(db: Session, thread_id: str) -> str:
    row = db.execute(
        sa.select(Thread.title, Thread.category, Thread.state, Thread.is_locked, Post.html)
        .join(Post, sa.and_(Post.thread_id == Thread.id, Post.number == 1))
        .where(Thread.id == thread_id)
    ).one()
    return hashlib.sha256(repr(tuple(row)).encode()).hexdigest()


def _bump(db: Session, code: str) -> None:
    grown = sa.update(PublicBoard).where(PublicBoard.ward_code == code).values(revision=PublicBoard.revision + 1)
    if db.execute(grown.returning(PublicBoard.revision)).one_or_none() is None:
        db.add(PublicBoard(ward_code=code, revision=1))
        db.flush()


class CopyRow(NamedTuple):
    """A public copy in a list. `ward_list` holds codes, with commas."""

    id: str
    title: str
    category: str
    state: str
    is_locked: bool
    from_at: datetime
    role: str
    role_ward: str
    ward_list: str


def on_boards(
    db: Session, ward_codes: tuple[str, ...], *, category: str | None, after_id: str | None, most: int
) -> list[CopyRow]:
    """Return the copies on one board or several (none named: on all), newest first, after one by its thread's id."""
    statement = _list_statement(len(ward_codes) == 1, bool(ward_codes), bool(category), bool(after_id))
    values: dict[str, Any] = {"most": most, "now": now()}
    if ward_codes:
        values |= {"code": ward_codes[0]} if len(ward_codes) == 1 else {"codes": sorted(ward_codes)}
    if category:
        values["category"] = category
    if after_id:
        values["after_id"] = after_id
    return [CopyRow(*row) for row in db.execute(statement, values)]


@lru_cache(maxsize=16)
def _list_statement(is_one: bool, is_some: bool, has_category: bool, goes_on: bool) -> Any:
    places = sa.func.aggregate_strings(_PLACE.c.ward_code, ",")
    codes = sa.select(places).where(_PLACE.c.thread_id == _THREAD.c.id).correlate(_THREAD).scalar_subquery()
    here = _PLACE.alias("here")
    order = here.c if is_one else _COPY.c
    columns = (_THREAD.c.id, _THREAD.c.title, _THREAD.c.category, _THREAD.c.state, _THREAD.c.is_locked)
    chosen = (
        sa.select(*columns, _COPY.c.from_at, _COPY.c.role, _COPY.c.role_ward, codes)
        .select_from(_COPY.join(_THREAD, _THREAD.c.id == _COPY.c.thread_id))
        .where(_THREAD.c.tier == PUBLIC, order.from_at <= sa.bindparam("now", type_=UTCDateTime))
    )
    if is_one:
        chosen = chosen.join(here, here.c.thread_id == _THREAD.c.id).where(here.c.ward_code == sa.bindparam("code"))
    else:
        listed = sa.exists().where(here.c.thread_id == _THREAD.c.id)
        codes_in = here.c.ward_code.in_(sa.bindparam("codes", expanding=True))
        chosen = chosen.where(listed.where(codes_in) if is_some else listed)
    if has_category:
        chosen = chosen.where(_THREAD.c.category == sa.bindparam("category"))
    if goes_on:
        # The cursor names the last thread seen; its time stays with us, for an address would tell the minute.
        last = _COPY.alias("last")
        after_id = sa.bindparam("after_id", type_=sa.String)
        edge = sa.select(last.c.from_at).where(last.c.thread_id == after_id).scalar_subquery()
        chosen = chosen.where(sa.tuple_(order.from_at, order.thread_id) < sa.tuple_(edge, after_id))
    ordered = chosen.order_by(order.from_at.desc(), order.thread_id.desc())
    return ordered.limit(sa.bindparam("most", type_=sa.Integer))


def newest_of(ward_code: sa.ColumnElement[str]) -> sa.Select[Any]:
    """Return the choice of the newest copy of a board, by its thread's id."""
    here = sa.and_(_PLACE.c.ward_code == ward_code, _PLACE.c.from_at <= moment())
    return (
        sa.select(_PLACE.c.thread_id).where(here).order_by(_PLACE.c.from_at.desc(), _PLACE.c.thread_id.desc()).limit(1)
    )


def newest(db: Session, limit: int) -> list[CopyRow]:
    """Return the newest copies of all boards whose text still stands."""
    return [row for row in on_boards(db, (), category=None, after_id=None, most=limit) if row.state == PUBLISHED]


def not_out(db: Session) -> dict[str, int]:
    """Return how many public notices of each board are not out yet; boards without any are missing."""
    waiting = sa.select(_PLACE.c.ward_code, sa.func.count()).where(_PLACE.c.from_at > now())
    found: list[Any] = list(db.execute(waiting.group_by(_PLACE.c.ward_code)))
    return {row[0]: row[1] for row in found}


def revision(db: Session, ward_code: str) -> str:
    """Return a text that changes whenever what everyone sees of a board does, and never before."""
    row = db.execute(_revision_statement(), {"code": ward_code, "now": now()}).one()
    return f"{row.revision or 0}-{row.newest}"


@lru_cache(maxsize=1)
def _revision_statement() -> Any:
    board = PublicBoard.__table__.c
    code, at = sa.bindparam("code", type_=sa.String), sa.bindparam("now", type_=UTCDateTime)
    grown = sa.select(board.revision).where(board.ward_code == code).scalar_subquery()
    newest_out = sa.select(sa.func.max(_PLACE.c.from_at)).where(_PLACE.c.ward_code == code, _PLACE.c.from_at <= at)
    return sa.select(grown.label("revision"), newest_out.scalar_subquery().label("newest"))
