"""A writer changes their own post, for a short while and until somebody has answered.

The old text is not kept, but for the copy that an open case holds. Hidden authors can do it too; of their posts only
the part of the day is known, so they have until it ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Draft, Viewer
from plugins.ward_boards import markup, ownership
from plugins.ward_boards.models import HELD, PUBLISHED, Post, Thread
from plugins.ward_boards.moderation import cases, log, vocabulary
from plugins.ward_boards.moderation.services import take_down
from plugins.ward_boards.moments import PART_HOURS
from plugins.ward_boards.publishing import held_for
from plugins.ward_boards.search import indexing
from plugins.ward_boards.services import NotYours, PostGone, settle
from plugins.ward_boards.weekly.forgetting import forget_thread

MINUTES = 30


class TooLate(Exception):
    """Somebody has answered, or the time is over: what others have read must not change under them."""


@dataclass(frozen=True)
class Change:
    """What a post says from now on; the title counts for the first post of a thread only."""

    text: str
    title: str = ""


def deadline(post_is_coarse: bool, published_at: datetime) -> datetime:
    """Return until when a post can be changed: half an hour, or the end of the part of the day it was written in."""
    return published_at + (timedelta(hours=PART_HOURS) if post_is_coarse else timedelta(minutes=MINUTES))


def edit(db: Session, viewer: Viewer, post_id: str, change: Change, *, now: datetime) -> str:
    """Replace the text of one's own post; reasons to hold or refuse it are asked for again. Return its state.

    Raises:
        PostGone: it is not on the board, nor waits for it.
        NotYours: somebody else wrote it, as far as can be known.
        TooLate: it has been answered, or the time is over.
        plugins.ward_boards.publishing.Refused: it may not go out like this; the old text stays.
    """
    post, thread = _changeable(db, viewer, post_id, now)
    title = markup.one_line(change.title) if post.number == 1 else None
    draft = Draft(
        thread_id=thread.id,
        ward_codes=tuple(sorted(log.boards_of(db, thread.id))),
        title=title,
        text=change.text,
        category=thread.category,
        tier=thread.tier,
    )
    hold = held_for(db, draft)
    post.text = markup.clean(change.text)
    post.html = markup.render(post.text)
    post.is_changed = True
    if title is not None and title != thread.title:
        thread.title = title
        forget_thread(db, thread.id)  # a letter has the old title in its words
    db.flush()
    if hold.note:
        _hold(db, post, hold.code, now)
        post.state_note = hold.note[:300]
        db.flush()
    settle(db, thread.id)
    indexing.put_post(db, post.id)
    return post.state


def _changeable(db: Session, viewer: Viewer, post_id: str, now: datetime) -> tuple[Post, Thread]:
    post = db.get(Post, post_id)
    if post is None or post.state not in (PUBLISHED, HELD):
        raise PostGone(post_id)
    if not ownership.owns(db, viewer, post):
        raise NotYours(post_id)
    thread = db.get_one(Thread, post.thread_id)
    answered = sa.exists().where(Post.thread_id == thread.id, Post.number > post.number)
    is_coarse = post.ref is not None or post.member_id is None
    if thread.is_locked or now >= deadline(is_coarse, post.published_at) or db.scalar(sa.select(answered)):
        raise TooLate(post_id)
    return post, thread


def _hold(db: Session, post: Post, code: str, now: datetime) -> None:
    matter = cases.Matter(vocabulary.HELD, vocabulary.HELD_RANK, code, was_out=post.state == PUBLISHED)
    cases.bring(db, post, matter, now=now)
    if post.state == PUBLISHED:
        take_down(db, post, HELD, "", "")
