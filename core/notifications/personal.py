"""What is held on a member for telling them, for their own eyes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.models import NoticeChoice, WaitingNote
from core.notifications import choices, following, inbox, push
from core.notifications.notes import unseal


def held(db: Session, member_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return the records by kind, opened; seals are for thieves, not for the member."""
    chosen = db.execute(sa.select(*choices.COLUMNS).where(NoticeChoice.member_id == member_id)).one_or_none()
    waiting = db.scalars(sa.select(WaitingNote.sealed).where(WaitingNote.member_id == member_id))
    return {
        "notice_choice": [asdict(choices.of_row(chosen))] if chosen else [],
        "followed_topics": [{"topic": topic} for topic in sorted(following.topics(db, member_id).values())],
        "waiting_notes": [
            {"subject": note.subject, "text": note.text, "path": note.path} for note in map(unseal, waiting) if note
        ],
        "notices": [
            {"subject": each.note.subject, "path": each.note.path, "noticed_on": each.noticed_on}
            for each in inbox.notices(db, member_id)
        ],
        "push_browsers": push.described(db, member_id),
    }
