"""Copies of threads for readers who come without an account: what verified members read, published posts only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from flask_babel import format_date
from sqlalchemy.orm import Session

from core.models import Member
from core.released import PostCopy, ThreadCopy
from plugins.ward_boards import words
from plugins.ward_boards.complaints import marks
from plugins.ward_boards.models import PUBLISHED, VERIFIED, WITHDRAWN, Post, Thread, ThreadWard
from plugins.ward_boards.moments import day_of

MOST_POSTS = 50
"""Of one thread, its newest; and its first, without which the answers make no sense."""
LONGEST_NAME = 120


def newest(db: Session, limit: int) -> list[ThreadCopy]:
    """Return the newest threads of the verified tier on any board, newest activity first, each with its posts."""
    shown = (Thread.id, Thread.title, Thread.category, Thread.is_locked)
    chosen = sa.select(*shown, marks.has_proceedings(Thread.id).label("is_stopped")).where(
        Thread.tier == VERIFIED,
        Thread.posts_count > 0,
        Thread.state.in_((PUBLISHED, WITHDRAWN)),
    )
    rows = db.execute(chosen.order_by(Thread.last_post_at.desc(), Thread.id.desc()).limit(limit)).all()
    ids = [row.id for row in rows]
    boards, posts = _boards(db, ids), _posts(db, ids)
    return [
        ThreadCopy(
            thread_id=row.id,
            title=row.title,
            category=row.category,
            ward_codes=boards[row.id],
            takes_replies=not row.is_locked and not row.is_stopped,
            posts=tuple(posts[row.id]),
        )
        for row in rows
    ]


def _boards(db: Session, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    chosen = sa.select(ThreadWard.thread_id, ThreadWard.ward_code).where(ThreadWard.thread_id.in_(ids))
    for thread_id, code in db.execute(chosen):
        found[thread_id].append(code)
    return {thread_id: tuple(sorted(codes)) for thread_id, codes in found.items()}


def _posts(db: Session, ids: Sequence[str]) -> dict[str, list[PostCopy]]:
    place = sa.func.row_number().over(partition_by=Post.thread_id, order_by=Post.number.desc()).label("place")
    out = sa.select(Post.id, place).where(Post.thread_id.in_(ids), Post.state == PUBLISHED).subquery()
    chosen = (
        sa.select(
            Post.id, Post.thread_id, Post.number, Post.label, Post.ref, Member.alias, Post.html, Post.published_at
        )
        .join(out, out.c.id == Post.id)
        .outerjoin(Member, Member.id == Post.member_id)
        .where(sa.or_(out.c.place <= MOST_POSTS, Post.number == 1))
        .order_by(Post.thread_id, Post.number)
    )
    found: dict[str, list[PostCopy]] = defaultdict(list)
    for row in db.execute(chosen):
        when = _when(row.published_at, words.is_coarse(row))
        found[row.thread_id].append(PostCopy(row.id, row.number, words.author(row)[:LONGEST_NAME], row.html, when))
    return found


def _when(at: datetime, is_hidden: bool) -> str:
    """Return the day, and its part for a hidden author; never "today", which a copy would go on saying tomorrow."""
    day = str(format_date(day_of(at), "d MMM yyyy"))
    return f"{day}, {words.part_words(at)}" if is_hidden else day
