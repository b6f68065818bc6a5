"""What time does to openings: requests lapse, results go, members are told."""

from __future__ import annotations

import logging
from datetime import date, timedelta

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, notifications
from plugins.anonymity.openings import counting, sealed, services
from plugins.anonymity.openings.models import LAPSED, WAITING, Opening, OpeningNote
from plugins.anonymity.openings.sealed import Told

log = logging.getLogger(__name__)
NOTE_KEPT_DAYS = 90
TOLD_PATH = "/anonymity/openings/told"


def lapse(db: Session, today: date) -> int:
    """End the requests that nobody decided in time, and return how many."""
    late = db.scalars(sa.select(Opening).where(Opening.state == WAITING, Opening.until_on < today)).all()
    for row in late:
        row.state, row.until_on = LAPSED, today + timedelta(days=services.SHOWN_DAYS)
        audit.record(db, None, "opening.lapse", services.subject_of(row.post_id), row.reason)
        counting.count(db, today, row.reason, LAPSED)
    db.flush()
    return len(late)


def forget(db: Session, today: date) -> int:
    """Delete what was decided more than seven days ago, results included, and old notes; return how many rows."""
    over = sa.delete(Opening).where(Opening.state != WAITING, Opening.until_on < today)
    old = OpeningNote.tell_on < today - timedelta(days=NOTE_KEPT_DAYS)
    told = sa.delete(OpeningNote).where(OpeningNote.is_told, old)
    return sum(len(db.scalars(each).all()) for each in (over.returning(Opening.id), told.returning(OpeningNote.id)))


def tell(db: Session, today: date) -> int:
    """Tell the members whose day has come by a neutral mail; return how many."""
    due = db.scalars(sa.select(OpeningNote).where(OpeningNote.tell_on <= today, OpeningNote.is_told.is_(False))).all()
    for note in due:
        note.is_told = True
        if (told := _opened(note)) is not None:
            text = _("There is a note for you on your own page. Please read it when you are alone.")
            notifications.tell_member(db, told.member_id, _("A note about your account"), text, TOLD_PATH)
    db.flush()
    return len(due)


def told_to(db: Session, member_id: str) -> list[Told]:
    """Return what a member was told already, the newest first."""
    mine = sa.select(OpeningNote).where(OpeningNote.tag == sealed.tag_of(member_id), OpeningNote.is_told)
    opened = [told for note in db.scalars(mine) if (told := _opened(note)) is not None]
    return sorted(opened, key=lambda told: told.opened_on, reverse=True)


def erase(db: Session, member_id: str) -> int:
    """Delete the notes to a member who leaves; return how many."""
    gone = db.execute(sa.delete(OpeningNote).where(OpeningNote.tag == sealed.tag_of(member_id)))
    return int(gone.rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE


def _opened(note: OpeningNote) -> Told | None:
    try:
        return sealed.open_told(note.sealed)
    except InvalidTag:
        log.error("a note to a member was sealed under another secret and cannot be read any more")
        return None
