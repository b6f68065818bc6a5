"""What of a member is in the questions: only tags, found by making them anew; and what goes by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.police_links.models import ContactSession
from plugins.police_links.questions import asking
from plugins.police_links.questions.models import Asked, Question, Want
from plugins.police_links.questions.queries import tag_of

KEPT_DAYS = 90


def records(db: Session, member_id: str) -> list[dict[str, Any]]:
    """Return the questions that this member wants answered, for the member only."""
    columns = (ContactSession.title, Question.words, Question.session_id, Want.tag)
    wanted = sa.select(*columns).join(Question, Question.id == Want.question_id)
    found = db.execute(wanted.join(ContactSession, ContactSession.id == Question.session_id).order_by(Question.words))
    return [
        {"kind": "question", "session": title, "question": words}
        for title, words, session_id, tag in found
        if tag == tag_of(session_id, member_id)
    ]


def erase(db: Session, member_id: str) -> int:
    """Take back all that a member wanted; a question that nobody else wants goes too. Return how many tags went."""
    sessions = list(db.scalars(sa.select(Question.session_id).union(sa.select(Asked.session_id))))
    tags = [tag_of(session_id, member_id) for session_id in sessions]
    wanted = list(db.scalars(sa.delete(Want).where(Want.tag.in_(tags)).returning(Want.question_id)))
    asked = list(db.scalars(sa.delete(Asked).where(Asked.tag.in_(tags)).returning(Asked.tag)))
    asking.drop_unwanted(db, wanted)
    return len(wanted) + len(asked)


def forget(db: Session, at: datetime) -> None:
    """Delete the questions and tags of sessions that ended `KEPT_DAYS` days ago."""
    over = sa.select(ContactSession.id).where(ContactSession.ends_at < at - timedelta(days=KEPT_DAYS))
    db.execute(sa.delete(Want).where(Want.question_id.in_(sa.select(Question.id).where(Question.session_id.in_(over)))))
    for table in (Asked, Question):
        db.execute(sa.delete(table).where(table.session_id.in_(over)))
