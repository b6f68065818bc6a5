"""Reads of one thread and its posts, as this viewer may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import permissions, posting
from core.contributions import Viewer
from core.models import Member
from plugins.ward_boards import access
from plugins.ward_boards.models import COORDINATORS, HELD, HIDDEN, PUBLISHED, WITHDRAWN, Flag, Post, Thread, ThreadWard

POSTS_PER_PAGE = 20


@dataclass(frozen=True)
class ThreadView:
    """A thread and what this viewer may do in it."""

    id: str
    title: str
    category: str
    tier: str
    state: str
    opened_at: datetime
    last_post_at: datetime
    posts_count: int
    last_number: int
    is_locked: bool
    revision: int
    ward_codes: tuple[str, ...]
    own_refs: frozenset[str]
    reads_replies: bool
    moderates: bool
    posts: bool

    @property
    def takes_replies(self) -> bool:
        """Whether this viewer may answer here now."""
        return self.posts and self.reads_replies and not self.is_locked and self.state in (PUBLISHED, WITHDRAWN)


class PostRow(NamedTuple):
    """One post; `text` and `html` are empty when this viewer may not see them any more."""

    id: str
    thread_id: str
    number: int
    kind: str
    label: str
    ref: str | None
    alias: str | None
    published_at: datetime
    state: str
    state_note: str
    text: str
    html: str
    is_own: bool


class Window(NamedTuple):
    """Which posts of a thread: those after a number, or (when set) the last ones before another; at most `limit`."""

    after: int = 0
    before: int = 0
    limit: int = POSTS_PER_PAGE


class PostPage(NamedTuple):
    """A page of posts by number; `before` and `after` are where the neighbouring pages are, or None."""

    rows: list[PostRow]
    before: int | None
    after: int | None


def thread_view(db: Session, viewer: Viewer, thread_id: str) -> ThreadView | None:
    """Return a thread, or None when there is none that this viewer may read. One query, and one for own refs."""
    on_it = sa.select(ThreadWard.ward_code).where(ThreadWard.thread_id == Thread.id).correlate(Thread)
    own_refs = posting.own_refs(viewer, thread_id) if viewer.is_signed_in else frozenset()
    own = sa.exists().where(Post.thread_id == Thread.id, Post.number == 1, _own(viewer, own_refs))
    seen = sa.or_(
        sa.and_(Thread.state.in_((PUBLISHED, WITHDRAWN)), sa.exists(on_it.where(access.readable(viewer)))),
        sa.exists(on_it.where(access.moderated(viewer))),
        own,
    )
    codes = on_it.with_only_columns(sa.func.aggregate_strings(ThreadWard.ward_code, ",")).scalar_subquery()
    columns = (
        Thread.id,
        Thread.title,
        Thread.category,
        Thread.tier,
        Thread.state,
        Thread.opened_at,
        Thread.last_post_at,
        Thread.posts_count,
        Thread.last_number,
        Thread.is_locked,
        Thread.revision,
        codes.label("codes"),
    )
    row = db.execute(sa.select(*columns).where(Thread.id == thread_id, seen)).one_or_none()
    return None if row is None else _view(viewer, row, own_refs)


def _view(viewer: Viewer, row: Any, own_refs: frozenset[str]) -> ThreadView:
    columns = dict(row._mapping)
    ward_codes = frozenset(columns.pop("codes").split(","))
    # Whoever lost their rights still sees what they wrote, and nothing that others answered.
    reading = access.READ_COORDINATORS if row.tier == COORDINATORS else access.READ
    moderates = bool(ward_codes & permissions.wards_where(viewer, access.MODERATE))
    return ThreadView(
        **columns,
        ward_codes=tuple(sorted(ward_codes)),
        own_refs=own_refs,
        reads_replies=moderates or bool(ward_codes & permissions.wards_where(viewer, reading)),
        moderates=moderates,
        posts=bool(ward_codes & permissions.wards_where(viewer, access.POST)),
    )


def _own(viewer: Viewer, own_refs: frozenset[str]) -> sa.ColumnElement[bool]:
    if viewer.member_id is None:
        return sa.false()
    mine = Post.member_id == viewer.member_id
    return sa.or_(mine, Post.ref.in_(sorted(own_refs))) if own_refs else mine


def _post_columns(viewer: Viewer, thread: ThreadView) -> sa.Select[Any]:
    own = _own(viewer, thread.own_refs)
    staff = sa.true() if thread.moderates else sa.false()
    shown = sa.or_(Post.state == PUBLISHED, sa.and_(Post.state.in_((HELD, HIDDEN)), sa.or_(own, staff)))
    noted = sa.or_(own, staff)
    chosen = (
        sa.select(
            Post.id,
            Post.thread_id,
            Post.number,
            Post.kind,
            Post.label,
            Post.ref,
            Member.alias,
            Post.published_at,
            Post.state,
            sa.case((noted, Post.state_note), else_=""),
            sa.case((shown, Post.text), else_=""),
            sa.case((shown, Post.html), else_=""),
            sa.case((own, sa.true()), else_=sa.false()),
        )
        .outerjoin(Member, Member.id == Post.member_id)
        .where(Post.thread_id == thread.id, sa.or_(Post.state != HELD, noted))
    )
    return chosen if thread.reads_replies else chosen.where(Post.number == 1)


def post_page(db: Session, viewer: Viewer, thread: ThreadView, window: Window) -> PostPage:
    """Return a window of a thread's posts, by number. One query."""
    chosen = _post_columns(viewer, thread)
    if window.before:
        chosen = chosen.where(Post.number < window.before).order_by(Post.number.desc())
    else:
        chosen = chosen.where(Post.number > window.after).order_by(Post.number)
    rows = [PostRow(*row) for row in db.execute(chosen.limit(window.limit + 1))]
    goes_on = len(rows) > window.limit
    rows = rows[: window.limit]
    if window.before:
        rows.reverse()
        return PostPage(rows, rows[0].number if goes_on else None, rows[-1].number if rows else None)
    earlier = rows[0].number if rows and window.after else None
    return PostPage(rows, earlier, rows[-1].number if goes_on else None)


def post_row(db: Session, viewer: Viewer, post_id: str) -> tuple[ThreadView, PostRow] | None:
    """Return one post with its thread, or None when this viewer may not read it. Two or three queries."""
    thread_id = db.scalar(sa.select(Post.thread_id).where(Post.id == post_id))
    thread = None if thread_id is None else thread_view(db, viewer, thread_id)
    if thread is None:
        return None
    row = db.execute(_post_columns(viewer, thread).where(Post.id == post_id)).one_or_none()
    return None if row is None else (thread, PostRow(*row))


class WaitingRow(NamedTuple):
    """A post that a moderator should look at: held before it went out, or reported by readers."""

    post_id: str
    thread_id: str
    number: int
    title: str
    text: str
    state: str
    state_note: str
    flags_count: int


def waiting_posts(db: Session, viewer: Viewer, ward_code: str | None = None, limit: int = 50) -> list[WaitingRow]:
    """Return held and reported posts of the wards the viewer moderates (or one of them); never who reported."""
    here = sa.exists().where(ThreadWard.thread_id == Post.thread_id, access.moderated(viewer))
    if ward_code is not None:
        here = here.where(ThreadWard.ward_code == ward_code)
    flags = sa.select(sa.func.count()).where(Flag.post_id == Post.id, Flag.is_open).correlate(Post).scalar_subquery()
    held = sa.select(Post.id).where(Post.state == HELD)
    flagged = sa.select(Flag.post_id).where(Flag.is_open)
    chosen = (
        sa.select(Post.id, Post.thread_id, Post.number, Thread.title, Post.text, Post.state, Post.state_note, flags)
        .join(Thread, Thread.id == Post.thread_id)
        .where(here, Post.id.in_(sa.union(held, flagged)), Post.state.in_((HELD, PUBLISHED)))
        .order_by(Thread.last_post_at.desc(), Post.number)
        .limit(limit)
    )
    return [WaitingRow(*row) for row in db.execute(chosen)]
