"""The verbs of moderators and of readers who report: hide, restore, lock, flag. None of them commits.

Every verb of a moderator writes to the audit; who reported a post is never told to anybody.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, event_log
from core.contributions import Viewer
from core.events import PostHidden, PostRestored
from plugins.ward_boards import markup
from plugins.ward_boards.models import HELD, HIDDEN, PUBLISHED, Flag, Post, Thread, ThreadWard
from plugins.ward_boards.services import PostGone, publish, settle


def hide(db: Session, viewer: Viewer, post_id: str, reason: str) -> str:
    """Take a post off the boards, or refuse a held one; the reason goes to its writer and the audit.

    Raises:
        PostGone: it is not there to be hidden.
    """
    post = db.get(Post, post_id)
    if post is None or post.state not in (PUBLISHED, HELD):
        raise PostGone(post_id)
    if post.state == PUBLISHED:
        taken = sa.update(Thread).where(Thread.id == post.thread_id).values(posts_count=Thread.posts_count - 1)
        db.execute(taken)
    _set_state(db, post, HIDDEN, reason)
    audit.record(db, viewer.member_id, "ward_boards.hide", f"post {post.id}", reason)
    event_log.append(db, PostHidden(post_id=post.id, thread_id=post.thread_id))
    return post.thread_id


def restore(db: Session, viewer: Viewer, post_id: str, reason: str) -> str:
    """Put a hidden post back, or let a held one out.

    Raises:
        PostGone: it is not hidden or held.
    """
    post = db.get(Post, post_id)
    if post is None or post.state not in (HIDDEN, HELD):
        raise PostGone(post_id)
    was_held = post.state == HELD
    _set_state(db, post, PUBLISHED, "")
    codes = tuple(db.scalars(sa.select(ThreadWard.ward_code).where(ThreadWard.thread_id == post.thread_id)))
    if was_held:
        publish(db, post, codes)
    else:
        back = sa.update(Thread).where(Thread.id == post.thread_id).values(posts_count=Thread.posts_count + 1)
        db.execute(back)
        settle(db, post.thread_id)
        event_log.append(db, PostRestored(post_id=post.id, thread_id=post.thread_id))
    audit.record(db, viewer.member_id, "ward_boards.restore", f"post {post.id}", reason)
    return post.thread_id


def _set_state(db: Session, post: Post, state: str, note: str) -> None:
    post.state, post.state_note = state, note[:300]
    db.flush()
    if post.number == 1:
        db.execute(sa.update(Thread).where(Thread.id == post.thread_id).values(state=state))
    db.execute(sa.update(Flag).where(Flag.post_id == post.id).values(is_open=False))
    if state == HIDDEN:
        settle(db, post.thread_id)


def set_locked(db: Session, viewer: Viewer, thread_id: str, *, locked: bool, reason: str) -> None:
    """Stop a thread from taking replies, or let it take them again."""
    db.execute(sa.update(Thread).where(Thread.id == thread_id).values(is_locked=locked))
    settle(db, thread_id)
    verb = "ward_boards.lock" if locked else "ward_boards.unlock"
    audit.record(db, viewer.member_id, verb, f"thread {thread_id}", reason)


def flag(db: Session, member_id: str, post_id: str, *, reason: str, note: str, now: datetime) -> None:
    """Ask the moderators to look at a post; asking again replaces what was said before."""
    values = {"reason": reason, "note": markup.clean(note)[:500], "flagged_on": now.date(), "is_open": True}
    again = sa.update(Flag).where(Flag.post_id == post_id, Flag.member_id == member_id).values(values)
    if db.execute(again.returning(Flag.post_id)).one_or_none() is None:
        db.add(Flag(post_id=post_id, member_id=member_id, **values))
        db.flush()
