"""Notes that waited: at their hour all of one member's go out as one mail, exactly once."""

from __future__ import annotations

import logging
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import mail
from core.database import now, reading, transaction
from core.models import WaitingNote
from core.notifications import composing, following, recipients
from core.notifications.notes import unseal

log = logging.getLogger(__name__)
AT_A_TIME = 500


def send_due(at: datetime | None = None) -> float | None:
    """Queue one mail for each member with notes that are due; return 1 when there are more, or None.

    The notes go in the transaction in which their mail is queued: a worker that dies between leaves both as they
    were, and of two workers one finds nothing more to do. One member's failure stops nobody else's mail.
    """
    moment = at or now()
    with reading() as db:
        chosen = sa.select(WaitingNote.member_id).where(WaitingNote.due_at <= moment).distinct().limit(AT_A_TIME)
        members = db.scalars(chosen).all()
    for member_id in members:
        try:
            with transaction() as db:
                _send(db, member_id, moment)
        except Exception:
            log.exception("the notes of one member could not be put into a mail")
    return 1.0 if len(members) == AT_A_TIME else None


def _send(db: Session, member_id: str, moment: datetime) -> None:
    mine = sa.delete(WaitingNote).where(WaitingNote.member_id == member_id, WaitingNote.due_at <= moment)
    sealed = db.scalars(mine.returning(WaitingNote.sealed)).all()
    found = [note for note in map(unseal, sealed) if note is not None]
    to = recipients.one(db, member_id)
    if not found or to is None or not to.choice.by_mail:
        return
    found.sort(key=lambda note: (-note.rank, note.subject, note.path))
    titles = following.titles(db, member_id, found) if to.choice.with_titles else {}
    content = composing.one(to, found[0], titles) if len(found) == 1 else composing.several(to, found, titles)
    mail.queue(db, to.email, *content)
