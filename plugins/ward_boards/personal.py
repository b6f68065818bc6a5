"""What the boards hold on one member: to hand over, and to erase."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import ErasurePart, ExportPart
from plugins.ward_boards import services
from plugins.ward_boards.models import WITHDRAWN, Flag, Post, Thread
from plugins.ward_boards.reading import holdings
from plugins.ward_boards.search import me_too
from plugins.ward_boards.writing import contributions as writing


def export(db: Session, member_id: str) -> ExportPart:
    """Return the posts under the member's alias, the reports they made and where they said "me too".

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
    records += [{"what": "me too", "thread": title} for title in me_too.said_by(db, member_id)]
    return ExportPart("boards", [*records, *holdings.export(db, member_id), *writing.export(db, member_id)])


def erase(db: Session, member_id: str) -> ErasurePart:
    """Withdraw every post under the member's alias, delete the reports they made and take back every "me too"."""
    posts = db.scalars(sa.select(Post).where(Post.member_id == member_id, Post.state != WITHDRAWN)).all()
    for post in posts:
        services.blank(db, post)
    gone = db.execute(sa.delete(Flag).where(Flag.member_id == member_id).returning(Flag.post_id)).all()
    return ErasurePart(deleted=len(posts) + len(gone) + me_too.erase(db, member_id) + writing.erase(db, member_id))
