"""Reports: a reader asks for a look at a post. Who asked is shown to nobody, and of visitors it is not even stored."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import new_id
from plugins.ward_boards import markup
from plugins.ward_boards.models import PUBLISHED, Flag, Post
from plugins.ward_boards.moderation import cases, vocabulary
from plugins.ward_boards.moderation.models import VisitorReport
from plugins.ward_boards.services import PostGone

MOST_VISITOR_REPORTS = 20
"""Of one post at a time: more would tell a moderator nothing new, and fill the database for a stranger."""


def flag(db: Session, member_id: str, post_id: str, *, reason: str, note: str, now: datetime) -> None:
    """Ask the moderators to look at a post; asking again replaces what was said before.

    Raises:
        PostGone: it is not on the board any more.
    """
    post = _reported(db, post_id)
    values = {"reason": reason, "note": markup.clean(note)[:500], "flagged_on": now.date(), "is_open": True}
    again = sa.update(Flag).where(Flag.post_id == post_id, Flag.member_id == member_id).values(values)
    if db.execute(again.returning(Flag.post_id)).one_or_none() is None:
        db.add(Flag(post_id=post_id, member_id=member_id, **values))
        db.flush()
    _bring(db, post, reason, now)


def report_as_visitor(db: Session, post_id: str, *, reason: str, note: str, now: datetime) -> None:
    """Ask for a look at a notice without being signed in. The same words twice count once.

    Raises:
        PostGone: it is not on the board any more.
    """
    post = _reported(db, post_id)
    said = {"reason": reason, "note": markup.clean(note)[:500]}
    before = db.execute(
        sa.select(VisitorReport.reason, VisitorReport.note).where(VisitorReport.post_id == post_id)
    ).all()
    if len(before) < MOST_VISITOR_REPORTS and (said["reason"], said["note"]) not in [tuple(row) for row in before]:
        db.add(VisitorReport(id=new_id(), post_id=post_id, reported_on=now.date(), **said))
        db.flush()
    _bring(db, post, reason, now)


def _reported(db: Session, post_id: str) -> Post:
    post = db.get(Post, post_id)
    if post is None or post.state != PUBLISHED:
        raise PostGone(post_id)
    return post


def _bring(db: Session, post: Post, reason: str, now: datetime) -> None:
    rank = vocabulary.RANKS.get(reason, vocabulary.REPORT_RANK)
    cases.bring(db, post, cases.Matter(vocabulary.REPORT, rank, was_out=True), now=now)
