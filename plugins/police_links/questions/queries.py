"""What pages, letters and the API read of questions: columns in frozen rows, never who asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.instance import instance
from plugins.police_links.models import ContactSession
from plugins.police_links.questions.models import Question, Want

PURPOSE = "police_links.question"


@dataclass(frozen=True)
class QuestionRow:
    """One question. `wanted` is how many members want it answered; `is_mine` whether the reader is one of them."""

    id: str
    words: str
    state: str
    hidden_reason: str
    merged_into: str | None
    answer: str
    answered_on: date | None
    wanted: int
    is_mine: bool

    @property
    def is_answered(self) -> bool:
        """Whether everyone can read an answer."""
        return self.state == "open" and self.answered_on is not None

    @property
    def is_waiting(self) -> bool:
        """Whether it is on the officers' list."""
        return self.state == "open" and self.answered_on is None


@dataclass(frozen=True)
class AnswerRow:
    """An answer for a letter or a panel, with the session it belongs to."""

    session_id: str
    title: str
    words: str
    answer: str
    answered_on: date


def tag_of(session_id: str, member_id: str) -> str:
    """Return what counts a member once in one session; two sessions of one member have nothing in common."""
    return instance().keys.keyed_hash(PURPOSE, session_id, member_id)


def questions(db: Session, session_id: str, member_id: str | None = None) -> list[QuestionRow]:
    """Return every question of a session, merged and hidden ones too, most wanted first."""
    values = {"session_id": session_id, "tag": tag_of(session_id, member_id) if member_id else ""}
    return [QuestionRow(*row) for row in db.execute(_questions(), values)]


@lru_cache(maxsize=1)
def _questions() -> sa.Select[Any]:
    question, want = Question.__table__.c, Want.__table__.c
    of_it = want.question_id == question.id
    wanted = sa.select(sa.func.count()).where(of_it).scalar_subquery()
    is_mine = sa.exists().where(of_it, want.tag == sa.bindparam("tag"))
    columns = [question[name] for name in QuestionRow.__dataclass_fields__ if name not in ("wanted", "is_mine")]
    chosen = sa.select(*columns, wanted, is_mine).where(question.session_id == sa.bindparam("session_id"))
    return chosen.order_by(wanted.desc(), question.id)


def answers(db: Session, ward_codes: Collection[str] | None, since: date) -> list[AnswerRow]:
    """Return answers written on this day or later, newest session first; `None` means every ward."""
    session, question, want = ContactSession.__table__.c, Question.__table__.c, Want.__table__.c
    wanted = sa.select(sa.func.count()).where(want.question_id == question.id).scalar_subquery()
    chosen = (
        sa.select(session.id, session.title, question.words, question.answer, question.answered_on)
        .join(Question.__table__, question.session_id == session.id)
        .where(question.state == "open", question.answered_on >= since)
    )
    if ward_codes is not None:
        chosen = chosen.where(session.ward_code.in_(sorted(ward_codes)))
    ordered = chosen.order_by(session.starts_at.desc(), session.id, wanted.desc(), question.id).limit(50)
    return [AnswerRow(*row) for row in db.execute(ordered)]
