"""What reading holds on one member: that there are marks and how many, and their feeds without the addresses."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.ward_boards.reading import marking
from plugins.ward_boards.reading.models import Feed, Marks


def export(db: Session, member_id: str) -> list[dict[str, Any]]:
    """Return it as records."""
    records: list[dict[str, Any]] = []
    threads = marking.kept_threads(db, member_id)
    if threads is not None:
        records.append({"what": "reading marks", "threads": threads})
    feeds = db.execute(sa.select(Feed.wards, Feed.with_text, Feed.made_on).where(Feed.member_id == member_id))
    records += [
        {"what": "feed", "wards": wards.split(","), "with_text": with_text, "day": day.isoformat()}
        for wards, with_text, day in feeds
    ]
    return records


def erase(db: Session, member_id: str) -> int:
    """Delete marks and feeds; return how many records went."""
    gone = db.execute(sa.delete(Marks).where(Marks.member_id == member_id).returning(Marks.member_id)).all()
    feeds = db.execute(sa.delete(Feed).where(Feed.member_id == member_id).returning(Feed.id)).all()
    return len(gone) + len(feeds)
