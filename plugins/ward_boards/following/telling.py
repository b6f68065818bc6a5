"""Who hears of a post: followers of its thread of an answer, members of its wards of a new thread. Each once.

Who wrote a post under their alias is not told of it. Who wrote one that hides them cannot be left out, for nobody
here knows them: were they to follow the thread they would be told of their own answer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import notifications, permissions, wards
from core.contributions import Viewer
from core.events import PostPublished
from core.notifications import Note
from plugins.ward_boards import access, moments
from plugins.ward_boards.categories import LETTER
from plugins.ward_boards.conversation import POSTS_PER_PAGE
from plugins.ward_boards.following.topics import topic_of
from plugins.ward_boards.models import COORDINATORS, PUBLISHED, WITHDRAWN, Post, Thread, ThreadWard

REPLY_PATH = "/r"


def tell(db: Session, event: PostPublished) -> None:
    """Tell those who want to know that a post is there, unless it has gone again meanwhile."""
    row = db.execute(
        sa.select(
            Post.thread_id,
            Post.number,
            Post.kind,
            Post.ref,
            Post.member_id,
            Post.published_at,
            Thread.tier,
            Thread.state.label("thread_state"),
        )
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.id == event.post_id, Post.state == PUBLISHED)
    ).one_or_none()
    if row is None or row.thread_state not in (PUBLISHED, WITHDRAWN):
        return
    codes = sorted(db.scalars(sa.select(ThreadWard.ward_code).where(ThreadWard.thread_id == row.thread_id)))
    if row.number > 1:
        _tell_followers(db, row, codes)
    elif row.tier != COORDINATORS and row.kind != LETTER:  # letters are mailed by themselves
        _tell_wards(db, row, codes)


def _tell_followers(db: Session, row: Any, codes: list[str]) -> None:
    reading = access.READ_COORDINATORS if row.tier == COORDINATORS else access.READ
    places = frozenset(codes)

    def may_read(viewer: Viewer) -> bool:
        return bool(places & permissions.wards_where(viewer, reading))

    after = f"?after={row.number - 1}" if row.number > POSTS_PER_PAGE else ""
    note = Note(
        subject=_("A new answer"),
        text=_("There is an answer in a thread you follow."),
        path=f"/threads/{row.thread_id}{after}#post-{row.number}",
        reply_path=REPLY_PATH,
        reply_to=row.thread_id,
        about=topic_of(row.thread_id),
        not_before=_not_before(row),
    )
    notifications.tell(db, [topic_of(row.thread_id)], note, leave_out=_writer(row), only_if=may_read)


def _tell_wards(db: Session, row: Any, codes: list[str]) -> None:
    names = ", ".join(wards.name_of(code) for code in codes)
    note = Note(
        subject=_("A new thread for your area"),
        text=_("A neighbour wrote on the board of %(areas)s.", areas=names),
        path=f"/threads/{row.thread_id}",
        about=topic_of(row.thread_id),
        not_before=_not_before(row),
    )
    notifications.tell(db, [f"ward:{code}" for code in codes], note, leave_out=_writer(row))


def _writer(row: Any) -> list[str]:
    return [row.member_id] if row.member_id is not None and row.ref is None else []


def _not_before(row: Any) -> datetime | None:
    """Return when it may be told at the earliest: a mail's time is finer than the one we store of a hidden author."""
    is_hidden = row.ref is not None or row.member_id is None
    return moments.end_of_part(row.published_at) if is_hidden else None
