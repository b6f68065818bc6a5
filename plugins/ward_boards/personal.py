"""What the boards hold on one member: to hand over, and to erase."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import ErasurePart, ExportPart
from plugins.ward_boards import services
from plugins.ward_boards.models import WITHDRAWN, Flag, Post, Thread


def export(db: Session, member_id: str) -> ExportPart:
    """Return the posts under the member's alias and the reports they made.

    Posts that hide their author are not among them: the boards do not know whose they are.
    """
    posts = db.execute(
        sa.select(Thread.title, Post.number, Post.text, Post.published_at, Post.state)
        .join(Thread, Thread.id == Post.thread_id)
        .where(Post.member_id == member_id)
        .order_by(Post.published_at, Post.id)
    )
    records = [
        {"what": "post", "thread": title, "number": number, "text": text, "day": at.date().isoformat(), "state": state}
        for title, number, text, at, state in posts
    ]
    flags = db.execute(sa.select(Flag.reason, Flag.note, Flag.flagged_on).where(Flag.member_id == member_id))
    records += [
        {"what": "report", "reason": reason, "note": note, "day": day.isoformat()} for reason, note, day in flags
    ]
    return ExportPart("boards", records)


def erase(db: Session, member_id: str) -> ErasurePart:
    """Withdraw every post under the member's alias and delete the reports they made."""
    posts = db.scalars(sa.select(Post).where(Post.member_id == member_id, Post.state != WITHDRAWN)).all()
    for post in posts:
        services.blank(db, post)
    gone = db.execute(sa.delete(Flag).where(Flag.member_id == member_id).returning(Flag.post_id)).all()
    return ErasurePart(deleted=len(posts) + len(gone))
