"""What writing adds to the plugin's front door: the daily end of old drafts, and a member's share of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.contributions import Job
from core.database import transaction
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.writing import drafts

EVERY_SECONDS = 6 * 3600


def jobs() -> list[Job]:
    """Return the job that throws old drafts away."""
    return [Job("old_drafts", throw_old_drafts, EVERY_SECONDS)]


def throw_old_drafts(now: datetime) -> None:
    """Throw away drafts that nobody touched for seven days."""
    with transaction() as db:
        drafts.delete_old(db, day_of(now))


def export(db: Session, member_id: str) -> list[dict[str, Any]]:
    """Return a member's drafts with their words and how many pictures lie in each."""
    found = []
    for kept in drafts.of_member(db, member_id):
        words = {"title": kept.values.get("title") or "", "text": kept.values.get("text") or ""}
        day = kept.saved_on.isoformat() if kept.saved_on else ""
        found.append({"what": "draft", **words, "pictures": len(kept.files), "day": day})
    return found


def erase(db: Session, member_id: str) -> int:
    """Throw a member's drafts away; return how many there were."""
    return drafts.delete_of_member(db, member_id)
