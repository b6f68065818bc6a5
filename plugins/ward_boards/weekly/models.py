"""Tables of the weekly letter. Nobody's name is in a letter's row: it speaks for its board."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column

DRAFT, SENT, COVERED, LAPSED = STATES = ("draft", "sent", "covered", "lapsed")
"""`covered`: another board's letter of the week went to this board too. `lapsed`: the week after came first."""


class Letter(Base):
    """The letter of one board for the week that begins on a Monday; there is one, so it cannot go twice."""

    __tablename__ = "ward_boards_letter"
    id: Mapped[str] = id_column()
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"))
    week_on: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(10), default=DRAFT)
    title: Mapped[str] = mapped_column(sa.String(120))
    text: Mapped[str] = mapped_column(sa.Text)
    is_edited: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=1)
    sent_on: Mapped[date | None]
    sent_to: Mapped[str] = mapped_column(sa.Text, default="")
    thread_id: Mapped[str | None] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="SET NULL"))
    __table_args__ = (
        sa.UniqueConstraint("ward_code", "week_on"),
        sa.CheckConstraint("state IN ('draft', 'sent', 'covered', 'lapsed')", name="known_state"),
        sa.Index("ix_ward_boards_letter_week", "state", "week_on"),
        {"sqlite_with_rowid": False},
    )


class LetterMention(Base):
    """A letter speaks of a thread, so that what a writer takes back can be taken out of the letter too."""

    __tablename__ = "ward_boards_letter_mention"
    letter_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_letter.id", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[str] = mapped_column(
        sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    __table_args__ = {"sqlite_with_rowid": False}


class Deputy(Base):
    """A verified member who may look after a board's letter when nobody else has time."""

    __tablename__ = "ward_boards_deputy"
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[str] = mapped_column(
        sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    since_on: Mapped[date]
    __table_args__ = {"sqlite_with_rowid": False}


class Silence(Base):
    """Since when a board has been watched for silence, and the day on which somebody was last told of it."""

    __tablename__ = "ward_boards_silence"
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    since_on: Mapped[date]
    told_on: Mapped[date | None]
    __table_args__ = {"sqlite_with_rowid": False}
