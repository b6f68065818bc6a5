"""Tables of questions to a session. No row names a member, and no order of rows tells who asked when."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column


def _session() -> sa.ForeignKey:
    return sa.ForeignKey("police_links_session.id", ondelete="CASCADE")


class Question(Base):
    """A question, or the one that several became: those are `merged` then and say into which.

    `state` is `open`, `merged` or `hidden`. An open one with `answered_on` is answered.
    """

    __tablename__ = "police_links_question"
    id: Mapped[str] = id_column()
    session_id: Mapped[str] = mapped_column(_session(), index=True)
    words: Mapped[str] = mapped_column(sa.String(300))
    state: Mapped[str] = mapped_column(sa.String(10), default="open")
    hidden_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    merged_into: Mapped[str | None] = mapped_column(sa.ForeignKey("police_links_question.id", ondelete="SET NULL"))
    answer: Mapped[str] = mapped_column(sa.String(2000), default="")
    answered_on: Mapped[date | None] = mapped_column(index=True)
    __table_args__ = {"sqlite_with_rowid": False}


class Want(Base):
    """Somebody wants this answered: who asked it, and who said "me too".

    `tag` is a keyed hash of session and member. It is one for all questions of a session, so that whoever wanted
    two of them still counts once when they are merged; two sessions of one member have nothing in common.
    """

    __tablename__ = "police_links_want"
    question_id: Mapped[str] = mapped_column(
        sa.ForeignKey("police_links_question.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    __table_args__ = {"sqlite_with_rowid": False}


class Asked(Base):
    """How many questions one member has put to a session; not which. `tag` as in `Want`."""

    __tablename__ = "police_links_asked"
    session_id: Mapped[str] = mapped_column(_session(), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    count: Mapped[int]
    __table_args__ = {"sqlite_with_rowid": False}
