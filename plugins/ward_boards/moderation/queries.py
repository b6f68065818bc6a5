"""What moderators should look at: posts held before they went out, and posts that readers reported."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Viewer
from plugins.ward_boards import access
from plugins.ward_boards.models import HELD, PUBLISHED, Flag, Post, Thread, ThreadWard


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
