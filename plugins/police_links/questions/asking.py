"""The members' side: put a question, say "me too", take that back. Nobody can be shown to have done so. No commits."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Viewer
from core.permissions import require
from plugins.police_links.contact_sessions import NoSuchSession, SessionClosed
from plugins.police_links.models import ContactSession
from plugins.police_links.questions.models import Asked, Question, Want
from plugins.police_links.questions.own_case import is_own_case
from plugins.police_links.questions.queries import tag_of

ASK = "police_links.ask_question"
MOST_QUESTIONS = 3
LONGEST = 300


class NoSuchQuestion(LookupError):
    """This session has no such question, or it was left out."""


class OwnCase(ValueError):
    """It looks like a question about an own case; 101 and the online route are for those."""


class EnoughAsked(Exception):
    """This member has put `MOST_QUESTIONS` questions to this session."""


def ask(db: Session, viewer: Viewer, session_id: str, words: str, at: datetime) -> tuple[str, bool]:
    """Put a question and return its id and whether it is new; the same words again count as "me too".

    Raises:
        NoSuchSession: there is none.
        Denied: only verified members may.
        SessionClosed: cancelled or begun.
        OwnCase: see there.
        EnoughAsked: see there.
    """
    tag = _asker(db, viewer, session_id, at)
    words = " ".join(words.split())
    if is_own_case(words):
        raise OwnCase(session_id)
    waiting = (Question.session_id == session_id, Question.state == "open")
    same = db.scalar(sa.select(Question.id).where(*waiting, Question.words == words))
    if same is not None:
        _want(db, same, tag)
        return same, False
    asked = db.get(Asked, (session_id, tag))
    if asked is not None and asked.count >= MOST_QUESTIONS:
        raise EnoughAsked(session_id)
    if asked is None:
        db.add(Asked(session_id=session_id, tag=tag, count=1))
    else:
        asked.count += 1
    question = Question(session_id=session_id, words=words, state="open")
    db.add(question)
    db.flush()
    _want(db, question.id, tag)
    return question.id, True


def me_too(db: Session, viewer: Viewer, session_id: str, question_id: str, *, at: datetime) -> tuple[str, bool]:
    """Say that one wants it answered too; return where it counts now, and whether it is new.

    A question that was merged meanwhile counts where it went to.

    Raises:
        NoSuchSession, Denied, SessionClosed: as for `ask`.
        NoSuchQuestion: not of this session, or left out.
    """
    tag = _asker(db, viewer, session_id, at)
    found = _standing(db, session_id, question_id)
    return found, _want(db, found, tag)


def take_back(db: Session, member_id: str, session_id: str, question_id: str) -> bool:
    """Want it no more; return whether there was something to take back.

    A question that nobody wants any more, and nobody has answered, goes: so whoever asked it can withdraw it.

    Raises:
        NoSuchQuestion: not of this session, or left out.
    """
    found = _standing(db, session_id, question_id)
    mine = sa.delete(Want).where(Want.question_id == found, Want.tag == tag_of(session_id, member_id))
    is_gone = db.execute(mine.returning(Want.tag)).one_or_none() is not None
    drop_unwanted(db, [found])
    return is_gone


def drop_unwanted(db: Session, question_ids: list[str]) -> None:
    """Delete those of these that wait for an answer which nobody wants any more."""
    wanted = sa.select(Want.question_id)
    waiting = (Question.state == "open", Question.answered_on.is_(None), Question.id.not_in(wanted))
    gone = list(db.scalars(sa.select(Question.id).where(Question.id.in_(question_ids), *waiting)))
    db.execute(sa.delete(Question).where(Question.merged_into.in_(gone)))
    db.execute(sa.delete(Question).where(Question.id.in_(gone)))


def _asker(db: Session, viewer: Viewer, session_id: str, at: datetime) -> str:
    """Return the viewer's tag in a session that still takes questions."""
    session = db.get(ContactSession, session_id)
    if session is None or viewer.member_id is None:
        raise NoSuchSession(session_id)
    require(viewer, ASK, session.ward_code)
    if session.state != "open" or session.starts_at <= at:
        raise SessionClosed(session_id)
    return tag_of(session_id, viewer.member_id)


def _standing(db: Session, session_id: str, question_id: str) -> str:
    """Return the id of the question itself, or of the one it was merged into.

    Writers queue (`core.database`), so no merge comes between this look and what is written after it.
    """
    question = db.get(Question, question_id)
    if question is not None and question.state == "merged" and question.merged_into is not None:
        question = db.get(Question, question.merged_into)
    if question is None or question.session_id != session_id or question.state != "open":
        raise NoSuchQuestion(question_id)
    return question.id


def _want(db: Session, question_id: str, tag: str) -> bool:
    if db.get(Want, (question_id, tag)) is not None:
        return False
    db.add(Want(question_id=question_id, tag=tag))
    db.flush()
    return True
