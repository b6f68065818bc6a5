"""The officers' side: merge what asks the same, leave out what is unfit, answer. All audited. Nothing commits."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
from core.contributions import Viewer
from core.permissions import require
from plugins.police_links.contact_sessions import PUBLISH, NoSuchSession
from plugins.police_links.models import ContactSession
from plugins.police_links.questions.asking import NoSuchQuestion
from plugins.police_links.questions.models import Question, Want


class NotMergeable(ValueError):
    """Fewer than two were picked, or one of them was merged, answered or left out meanwhile."""


def merge(db: Session, viewer: Viewer, session_id: str, picked: Collection[str], *, words: str) -> str:
    """Make one question of several and return its id. Whoever wanted any of them wants it, once.

    Raises:
        NoSuchSession: there is none.
        Denied: the viewer may not publish sessions in its ward.
        NotMergeable: see there.
    """
    _required(db, viewer, session_id)
    ids = sorted(set(picked))
    waiting = (Question.session_id == session_id, Question.state == "open", Question.answered_on.is_(None))
    found = db.scalars(sa.select(Question.id).where(Question.id.in_(ids), *waiting)).all()
    if len(ids) < 2 or len(found) != len(ids):
        raise NotMergeable(session_id)
    merged = Question(session_id=session_id, words=" ".join(words.split()), state="open")
    db.add(merged)
    db.flush()
    tags = db.scalars(sa.select(Want.tag).where(Want.question_id.in_(ids)).distinct()).all()
    db.execute(sa.delete(Want).where(Want.question_id.in_(ids)))
    db.add_all([Want(question_id=merged.id, tag=tag) for tag in sorted(tags)])
    # What was merged into one of these before leads on to the new one, so that one step always finds it.
    these = sa.or_(Question.id.in_(ids), Question.merged_into.in_(ids))
    db.execute(sa.update(Question).where(these).values(state="merged", merged_into=merged.id))
    db.flush()
    audit.record(db, viewer.member_id, "police_links.questions_merged", merged.id)
    return merged.id


def hide(db: Session, viewer: Viewer, session_id: str, question_id: str, *, reason: str) -> None:
    """Leave a question out. Members read the reason and not the question.

    Raises:
        NoSuchSession, Denied: as for `merge`.
        NoSuchQuestion: not of this session, or merged.
    """
    question = _question(db, viewer, session_id, question_id)
    question.state, question.hidden_reason = "hidden", reason
    audit.record(db, viewer.member_id, "police_links.question_hidden", question_id, reason)


def show(db: Session, viewer: Viewer, session_id: str, question_id: str) -> None:
    """Take a question that was left out back on the list.

    Raises:
        NoSuchSession, Denied, NoSuchQuestion: as for `hide`.
    """
    question = _question(db, viewer, session_id, question_id)
    question.state, question.hidden_reason = "open", ""
    audit.record(db, viewer.member_id, "police_links.question_shown", question_id)


def answer(db: Session, viewer: Viewer, session_id: str, question_id: str, *, words: str, on: date) -> None:
    """Write the answer for all to read, or a better one in its place; the day is that of the first.

    Raises:
        NoSuchSession, Denied: as for `merge`.
        NoSuchQuestion: not of this session, merged, or left out.
    """
    question = _question(db, viewer, session_id, question_id)
    if question.state != "open":
        raise NoSuchQuestion(question_id)
    question.answer = words
    question.answered_on = question.answered_on or on
    audit.record(db, viewer.member_id, "police_links.question_answered", question_id)


def _required(db: Session, viewer: Viewer, session_id: str) -> None:
    session = db.get(ContactSession, session_id)
    if session is None:
        raise NoSuchSession(session_id)
    require(viewer, PUBLISH, session.ward_code)


def _question(db: Session, viewer: Viewer, session_id: str, question_id: str) -> Question:
    _required(db, viewer, session_id)
    question = db.get(Question, question_id)
    if question is None or question.session_id != session_id or question.state == "merged":
        raise NoSuchQuestion(question_id)
    return question
