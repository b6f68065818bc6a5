"""What the boards' own verbs tell an incident: that its thread was opened, and that a post is out."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.ward_boards.incidents.models import CLOSED, OPEN, UPDATED, Incident, IncidentUpdate
from plugins.ward_boards.incidents.states import CATEGORIES


def open_with(db: Session, thread_id: str, category: str, today: date) -> None:
    """Open an incident with a thread of a kind that has an end to wait for; other kinds pass."""
    if category in CATEGORIES:
        db.add(Incident(thread_id=thread_id, state=OPEN, note="", news_on=today))
        db.flush()


def post_is_out(db: Session, thread_id: str, post_id: str, today: date) -> None:
    """Count a post as news if it was marked so when it was written: it may have been held until now."""
    marked = sa.exists().where(IncidentUpdate.post_id == post_id)
    news = sa.case((Incident.news_on < today, today), else_=Incident.news_on)
    db.execute(
        sa.update(Incident)
        .where(Incident.thread_id == thread_id, Incident.state != CLOSED, marked)
        .values(state=UPDATED, news_on=news, asked_on=None)
    )
