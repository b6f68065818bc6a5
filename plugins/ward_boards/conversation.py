"""Reads of one thread and its posts, as this viewer may see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import permissions, posting, wards
from core.contributions import Viewer
from core.models import Member
from plugins.ward_boards import access
from plugins.ward_boards.complaints import marks
from plugins.ward_boards.incidents.models import Incident, IncidentUpdate
from plugins.ward_boards.incidents.states import Standing
from plugins.ward_boards.models import (
    COORDINATORS,
    HELD,
    HIDDEN,
    PUBLIC,
    PUBLISHED,
    WITHDRAWN,
    Post,
    Thread,
    ThreadFormer,
    ThreadWard,
)
from plugins.ward_boards.moderation.models import Merge
from plugins.ward_boards.reading import copies
from plugins.ward_boards.reading.bylines import byline
from plugins.ward_boards.reading.models import PublicCopy
from plugins.ward_boards.search import counts
from plugins.ward_boards.writing import attachments
from plugins.ward_boards.writing.about import Rough
from plugins.ward_boards.writing.models import About

POSTS_PER_PAGE = 20
# Columns of tables, not of classes: SQLAlchemy then need not ask for each row which object it belongs to.
_THREAD, _PLACE, _POST, _MEMBER = Thread.__table__, ThreadWard.__table__, Post.__table__, Member.__table__
_INCIDENT, _UPDATE = Incident.__table__, IncidentUpdate.__table__
_FORMER = ThreadFormer.__table__
_COPY = PublicCopy.__table__
_MERGE = Merge.__table__
_ABOUT = About.__table__
_ABOUT_COLUMNS = ("square", "happened_on", "half")


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
    has_proceedings: bool
    revision: int
    ward_codes: tuple[str, ...]
    own_refs: frozenset[str]
    reads_replies: bool
    moderates: bool
    posts: bool
    is_writer: bool
    public_from: datetime | None
    role: str | None
    role_ward: str | None
    incident: Standing | None
    former_codes: tuple[str, ...]
    me_too_count: int
    said_me_too: bool
    rough: Rough

    @property
    def is_copy(self) -> bool:
        """Whether this viewer sees the public copy only: no author, no minute, no answers, no attachments."""
        return self.tier == PUBLIC and not self.reads_replies

    @property
    def takes_replies(self) -> bool:
        """Whether this viewer may answer here now."""
        is_open = not self.is_locked and not self.has_proceedings and self.state in (PUBLISHED, WITHDRAWN)
        return self.posts and self.reads_replies and is_open

    @property
    def takes_updates(self) -> bool:
        """Whether this viewer may mark an answer as news of the matter."""
        return self.incident is not None and not self.incident.is_closed and (self.is_writer or self.moderates)


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
    is_update: bool
    state_reason: str
    is_changed: bool
    files_text: str | None = None
    has_notice: bool = False

    @property
    def files(self) -> tuple[attachments.Picture, ...]:
        """Its pictures; none when the viewer may not see its text."""
        return attachments.pictures(self.files_text)


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
    own_refs: frozenset[str] = posting.own_refs(viewer, thread_id) if viewer.is_signed_in else frozenset()
    statement = _thread_statement(
        permissions.wards_where(viewer, access.READ),
        permissions.wards_where(viewer, access.READ_COORDINATORS),
        moderated=permissions.wards_where(viewer, access.MODERATE),
        everywhere=frozenset(row.code for row in wards.boards()),
        own=_owned_by(viewer, own_refs),
    )
    values = {"thread_id": thread_id, **_owner_values(viewer, own_refs), **counts.values(viewer, thread_id)}
    row = db.execute(statement, values).one_or_none()
    if row is None:
        return None
    if row.merged and viewer.is_signed_in:  # refs belong to the thread they were made for
        own_refs = own_refs.union(*(posting.own_refs(viewer, each) for each in row.merged.split(",")))
    return _view(viewer, row, own_refs)


@lru_cache(maxsize=256)
def _thread_statement(
    read: frozenset[str], staff: frozenset[str], *, moderated: frozenset[str], everywhere: frozenset[str], own: str
) -> Any:
    """Build the query once per set of rights: building it costs more than running it."""
    on_it = sa.select(_PLACE.c.ward_code).where(_PLACE.c.thread_id == _THREAD.c.id).correlate(_THREAD)
    ways = [
        sa.and_(
            sa.or_(_THREAD.c.state == PUBLISHED, _THREAD.c.state == WITHDRAWN),
            sa.exists(on_it.where(access.readable_in(read, staff, everywhere))),
        )
    ]
    if moderated:
        ways.append(sa.exists(on_it.where(_PLACE.c.ward_code.in_(sorted(moderated)))))
    if own != NOBODY:
        ways.append(sa.exists().where(_POST.c.thread_id == _THREAD.c.id, _POST.c.number == 1, _own(own)))
    joined = _THREAD.outerjoin(_INCIDENT, _INCIDENT.c.thread_id == _THREAD.c.id)
    joined = joined.outerjoin(_COPY, _COPY.c.thread_id == _THREAD.c.id)
    joined = joined.outerjoin(_ABOUT, _ABOUT.c.thread_id == _THREAD.c.id)
    chosen = sa.select(*_thread_columns(own)).select_from(joined)
    return chosen.where(_THREAD.c.id == sa.bindparam("thread_id"), sa.or_(*ways))


def _thread_columns(own: str) -> tuple[Any, ...]:
    plain = "id title category tier state opened_at last_post_at posts_count last_number is_locked revision"
    return (
        *(_THREAD.c[name] for name in plain.split()),
        _listed(_PLACE.c.ward_code, _PLACE.c.thread_id).label("codes"),
        _listed(_FORMER.c.ward_code, _FORMER.c.thread_id).label("former"),
        _listed(_MERGE.c.from_id, _MERGE.c.into_id).label("merged"),
        sa.exists().where(_POST.c.thread_id == _THREAD.c.id, _POST.c.number == 1, _own(own)).label("is_writer"),
        marks.has_proceedings(_THREAD.c.id).label("has_proceedings"),
        _COPY.c.from_at.label("public_from"),
        _COPY.c.role,
        _COPY.c.role_ward,
        counts.counted(_THREAD.c.id).label("me_too_count"),
        counts.is_said(_THREAD.c.id).label("said_me_too"),
        *(_ABOUT.c[name].label(f"about_{name}") for name in _ABOUT_COLUMNS),
        *(_INCIDENT.c[name].label(f"incident_{name}") for name in Standing.__dataclass_fields__),
    )


def _listed(column: sa.ColumnElement[Any], key: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """Return the values that belong to the thread, with commas between, or null when there are none."""
    joined = sa.func.aggregate_strings(column, ",")
    return sa.select(joined).where(key == _THREAD.c.id).correlate(_THREAD).scalar_subquery()


def _view(viewer: Viewer, row: Any, own_refs: frozenset[str]) -> ThreadView:
    columns = dict(row._mapping)
    ward_codes = frozenset(columns.pop("codes").split(","))
    columns.pop("merged")
    rough = Rough(*(columns.pop(f"about_{name}") for name in _ABOUT_COLUMNS))
    former: str | None = columns.pop("former")
    standing = {name: columns.pop(f"incident_{name}") for name in Standing.__dataclass_fields__}
    # Whoever lost their rights still sees what they wrote, and nothing that others answered.
    reading = access.READ_COORDINATORS if row.tier == COORDINATORS else access.READ
    moderates = bool(ward_codes & permissions.wards_where(viewer, access.MODERATE))
    view = ThreadView(
        **columns,
        ward_codes=tuple(sorted(ward_codes)),
        own_refs=own_refs,
        reads_replies=moderates or bool(ward_codes & permissions.wards_where(viewer, reading)),
        moderates=moderates,
        posts=bool(ward_codes & permissions.wards_where(viewer, access.POST)),
        incident=Standing(**standing) if standing["state"] else None,
        former_codes=tuple(sorted(filter(None, (former or "").split(",")))),
        rough=rough,
    )
    return _as_copy(view) if view.is_copy else view


def _as_copy(view: ThreadView) -> ThreadView:
    """Take from a public notice what only members may know of it; its own writer keeps their post."""
    day = copies.day_of(view.public_from or view.opened_at)
    hidden: dict[str, Any] = {"posts_count": 1, "last_number": 1, "revision": 0, "incident": None, "me_too_count": 0}
    return replace(view, opened_at=day, last_post_at=day, **hidden)


def _post_of(thread: ThreadView, row: Any) -> PostRow:
    post = PostRow(*row)
    if not thread.is_copy or post.is_own:
        return post
    return post._replace(
        kind=copies.KIND,
        label=byline(thread.role or "", thread.role_ward or ""),
        ref=None,
        alias=None,
        published_at=thread.opened_at,
        is_update=False,
        files_text=None,
    )


NOBODY, BY_ALIAS, BY_REFS = "nobody", "alias", "refs"


def _owned_by(viewer: Viewer, own_refs: frozenset[str]) -> str:
    if viewer.member_id is None:
        return NOBODY
    return BY_REFS if own_refs else BY_ALIAS


def _owner_values(viewer: Viewer, own_refs: frozenset[str]) -> dict[str, Any]:
    owned = _owned_by(viewer, own_refs)
    values: dict[str, Any] = {} if owned == NOBODY else {"member_id": viewer.member_id}
    return values | ({"own_refs": sorted(own_refs)} if owned == BY_REFS else {})


def _own(owned: str) -> sa.ColumnElement[bool]:
    if owned == NOBODY:
        return sa.false()
    mine = _POST.c.member_id == sa.bindparam("member_id")
    return sa.or_(mine, _POST.c.ref.in_(sa.bindparam("own_refs", expanding=True))) if owned == BY_REFS else mine


@lru_cache(maxsize=32)
def _post_columns(owned: str, moderates: bool, reads_replies: bool) -> Any:
    """Build the choice of posts once per kind of reader."""
    own = _own(owned)
    staff = sa.true() if moderates else sa.false()
    shown = sa.or_(
        _POST.c.state == PUBLISHED, sa.and_(sa.or_(_POST.c.state == HELD, _POST.c.state == HIDDEN), sa.or_(own, staff))
    )
    noted = sa.or_(own, staff)
    chosen = (
        sa.select(
            _POST.c.id,
            _POST.c.thread_id,
            _POST.c.number,
            _POST.c.kind,
            _POST.c.label,
            _POST.c.ref,
            _MEMBER.c.alias,
            _POST.c.published_at,
            _POST.c.state,
            sa.case((noted, _POST.c.state_note), else_=""),
            sa.case((shown, _POST.c.text), else_=""),
            sa.case((shown, _POST.c.html), else_=""),
            sa.case((own, sa.true()), else_=sa.false()),
            _UPDATE.c.post_id.is_not(None),
            sa.case((noted, _POST.c.state_reason), else_=""),
            _POST.c.is_changed,
            sa.case((shown, attachments.listed(_POST)), else_=""),
            sa.and_(own, marks.has_open_notice(_POST.c.id)),
        )
        .select_from(_POST)
        .outerjoin(_MEMBER, _MEMBER.c.id == _POST.c.member_id)
        .outerjoin(_UPDATE, _UPDATE.c.post_id == _POST.c.id)
        .where(_POST.c.thread_id == sa.bindparam("thread_id"), sa.or_(_POST.c.state != HELD, noted))
    )
    return chosen if reads_replies else chosen.where(_POST.c.number == 1)


@lru_cache(maxsize=64)
def _page_statement(owned: str, moderates: bool, reads_replies: bool, *, backwards: bool) -> Any:
    chosen = _post_columns(owned, moderates, reads_replies)
    edge = sa.bindparam("edge", type_=sa.Integer)
    if backwards:
        chosen = chosen.where(_POST.c.number < edge).order_by(_POST.c.number.desc())
    else:
        chosen = chosen.where(_POST.c.number > edge).order_by(_POST.c.number)
    return chosen.limit(sa.bindparam("most", type_=sa.Integer))


def post_page(db: Session, viewer: Viewer, thread: ThreadView, window: Window) -> PostPage:
    """Return a window of a thread's posts, by number. One query."""
    owned = _owned_by(viewer, thread.own_refs)
    statement = _page_statement(owned, thread.moderates, thread.reads_replies, backwards=bool(window.before))
    values = {"thread_id": thread.id, "edge": window.before or window.after, "most": window.limit + 1}
    found = db.execute(statement, values | _owner_values(viewer, thread.own_refs))
    rows = [_post_of(thread, row) for row in found]
    goes_on = len(rows) > window.limit
    rows = rows[: window.limit]
    if window.before:
        rows.reverse()
        return PostPage(rows, rows[0].number if goes_on else None, rows[-1].number if rows else None)
    earlier = rows[0].number if rows and window.after else None
    return PostPage(rows, earlier, rows[-1].number if goes_on else None)


def post_row(db: Session, viewer: Viewer, post_id: str) -> tuple[ThreadView, PostRow] | None:
    """Return one post with its thread, or None when this viewer may not read it. Three queries, one for own refs."""
    thread_id = db.scalar(sa.select(Post.thread_id).where(Post.id == post_id))
    thread = None if thread_id is None else thread_view(db, viewer, thread_id)
    if thread is None:
        return None
    owned = _owned_by(viewer, thread.own_refs)
    statement = _post_columns(owned, thread.moderates, thread.reads_replies).where(Post.id == post_id)
    row = db.execute(statement, {"thread_id": thread.id, **_owner_values(viewer, thread.own_refs)}).one_or_none()
    return None if row is None else (thread, _post_of(thread, row))
