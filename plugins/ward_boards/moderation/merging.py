"""Two threads about one thing become one: every post of the one goes to the end of the other, in its order.

Posts keep their ids, and the old address leads to where they are now. Nobody reads more than before.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import notifications
from core.contributions import Viewer
from plugins.ward_boards import conversation
from plugins.ward_boards.following.topics import topic_of
from plugins.ward_boards.models import COORDINATORS, HIDDEN, PUBLISHED, TIERS, WITHDRAWN, Post, Thread, ThreadWard
from plugins.ward_boards.moderation import log
from plugins.ward_boards.moderation.carrying import carry
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.models import Case, Merge
from plugins.ward_boards.moderation.threads import ThreadGone, WouldWiden, record
from plugins.ward_boards.search import indexing, me_too
from plugins.ward_boards.services import settle


def merge(db: Session, viewer: Viewer, from_id: str, into_id: str, ruling: Ruling, *, now: datetime) -> int:
    """Move every post of a thread to the end of another. Return the number of the first post that came.

    Raises:
        ThreadGone: one of them is not on the boards, or they are one.
        WouldWiden: the other has readers that this one has not.
    """
    source, target = db.get(Thread, from_id), db.get(Thread, into_id)
    on_boards = (PUBLISHED, WITHDRAWN)
    if source is None or target is None or from_id == into_id:
        raise ThreadGone(from_id)
    if source.state not in on_boards or target.state not in on_boards:
        raise ThreadGone(from_id)  # its posts would come to light again in the other
    _refuse_to_widen(db, source, target)
    offset = target.last_number
    longer = {
        "posts_count": Thread.posts_count + source.posts_count,
        "last_number": Thread.last_number + source.last_number,
        "last_post_at": max(source.last_post_at, target.last_post_at),
    }
    record(db, viewer, "merge", from_id, ruling, now=now)
    _empty(db, from_id)
    _lead(db, from_id, into_id, offset)
    moved = sa.update(Post).where(Post.thread_id == from_id)
    db.execute(moved.values(thread_id=into_id, number=Post.number + offset))
    db.execute(sa.update(Case).where(Case.thread_id == from_id).values(thread_id=into_id))
    carry(db, from_id, into_id)
    me_too.move(db, from_id, into_id)
    notifications.move_topic(db, topic_of(from_id), topic_of(into_id))
    db.execute(sa.update(Thread).where(Thread.id == into_id).values(longer))
    settle(db, into_id)
    indexing.put_thread(db, into_id)
    db.expire_all()
    return offset + 1


def _refuse_to_widen(db: Session, source: Thread, target: Thread) -> None:
    if TIERS.index(target.tier) < TIERS.index(source.tier):
        raise WouldWiden(source.id)
    # Each board has coordinators of its own.
    among_coordinators = target.tier == COORDINATORS and source.tier == COORDINATORS
    if among_coordinators and not log.boards_of(db, target.id) <= log.boards_of(db, source.id):
        raise WouldWiden(source.id)


def _empty(db: Session, thread_id: str) -> None:
    """Take a thread off its boards for good, by way of `settle`, so that all counts follow."""
    gone = {"state": HIDDEN, "title": "", "is_locked": True, "posts_count": 0}
    db.execute(sa.update(Thread).where(Thread.id == thread_id).values(gone))
    settle(db, thread_id)
    db.execute(sa.delete(ThreadWard).where(ThreadWard.thread_id == thread_id))


def _lead(db: Session, from_id: str, into_id: str, offset: int) -> None:
    """Let an address lead on, and those that led to it before."""
    led_here = sa.update(Merge).where(Merge.into_id == from_id)
    db.execute(led_here.values(into_id=into_id, number_offset=Merge.number_offset + offset))
    db.add(Merge(from_id=from_id, into_id=into_id, number_offset=offset))
    db.flush()


def leads_to(db: Session, viewer: Viewer, thread_id: str) -> tuple[str, int] | None:
    """Return where the posts of a joined thread begin now: a thread's id and a number.

    None when it was not joined, or with a thread that this viewer may not read: that looks like no thread at all.
    """
    row = db.execute(sa.select(Merge.into_id, Merge.number_offset).where(Merge.from_id == thread_id)).one_or_none()
    if row is None or conversation.thread_view(db, viewer, row.into_id) is None:
        return None
    return row.into_id, row.number_offset + 1
