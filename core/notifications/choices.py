"""How each member wants to be told: read, kept, and switched off by one click in a mail."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import now
from core.instance import instance
from core.models import Member, NoticeChoice, WaitingNote
from core.notifications.notes import LETTER, NOTE
from core.notifications.timing import AT_ONCE, Choice, default_choice, next_digest, quiet_end

FIELDS = tuple(Choice.__dataclass_fields__)
COLUMNS = tuple(NoticeChoice.__table__.c[name] for name in FIELDS)
KINDS = (NOTE, LETTER)


def default() -> Choice:
    """Return what holds for a member who has chosen nothing."""
    return default_choice(instance().config.quiet_hours)


def of_row(row: Any) -> Choice:
    """Return the choice in a row that has `COLUMNS` by name; the default when they are empty."""
    if row.least is None:
        return default()
    return Choice(**{name: getattr(row, name) for name in FIELDS})


def choice(db: Session, member_id: str) -> Choice:
    """Return how a member wants to be told."""
    row = db.execute(sa.select(*COLUMNS).where(NoticeChoice.member_id == member_id)).one_or_none()
    return default() if row is None else of_row(row)


def choose(db: Session, member_id: str, wanted: Choice) -> None:
    """Keep how a member wants to be told; what waits for them follows."""
    db.execute(sa.delete(NoticeChoice).where(NoticeChoice.member_id == member_id))
    db.execute(sa.insert(NoticeChoice).values(member_id=member_id, **asdict(wanted)))
    waiting = WaitingNote.member_id == member_id
    if not wanted.by_mail:
        db.execute(sa.delete(WaitingNote).where(waiting))
        return
    moment = now()
    due = moment if wanted.rhythm == AT_ONCE else next_digest(moment, wanted)
    due = quiet_end(due, wanted.quiet_from, wanted.quiet_until)
    db.execute(sa.update(WaitingNote).where(waiting, WaitingNote.due_at > due).values(due_at=due))


def unsubscribe(db: Session, member_id: str, kind: str) -> None:
    """Send a member no more mails of a kind, `note` or `letter`; their own page still shows notes."""
    if db.get(Member, member_id) is None:
        return  # a link outlives the account
    had = choice(db, member_id)
    choose(db, member_id, replace(had, letters=False) if kind == LETTER else replace(had, by_mail=False))
