"""Tables of complaints. What people wrote of themselves is sealed, and emptied or deleted a year after the end.

A notice keeps hours only while something is due: they are emptied when it closes.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column

_POST = "ward_boards_post.id"


class LegalNotice(Base):
    """A notice that a post says something untrue about somebody. Source: Defamation Act 2013, section 5.

    `due_at` is by when the law wants the next step; `act_at` is when the regular job takes it if nobody did before.
    """

    __tablename__ = "ward_boards_notice"
    id: Mapped[str] = id_column()
    post_id: Mapped[str | None] = mapped_column(sa.ForeignKey(_POST, ondelete="SET NULL"), index=True)
    thread_id: Mapped[str] = mapped_column(sa.String(32))
    ward_list: Mapped[str] = mapped_column(sa.String(800))
    state: Mapped[str] = mapped_column(sa.String(12))
    sealed: Mapped[str] = mapped_column(sa.Text)
    sealed_answer: Mapped[str | None] = mapped_column(sa.Text)
    received_on: Mapped[date]
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    act_at: Mapped[datetime | None] = mapped_column(UTCDateTime, index=True)
    closed_on: Mapped[date | None]
    __table_args__ = ({"sqlite_with_rowid": False},)


class LegalStep(Base):
    """One step of a notice, by number and day: its log."""

    __tablename__ = "ward_boards_notice_step"
    notice_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_notice.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(sa.String(20))
    taken_on: Mapped[date]
    __table_args__ = ({"sqlite_with_rowid": False},)


class Complaint(Base):
    """Any other complaint: about content, a decision, personal data or the site. The receipt is kept as a hash."""

    __tablename__ = "ward_boards_complaint"
    id: Mapped[str] = id_column()
    receipt_hash: Mapped[str] = mapped_column(sa.String(32), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    ward_list: Mapped[str] = mapped_column(sa.String(800))
    post_id: Mapped[str | None] = mapped_column(sa.ForeignKey(_POST, ondelete="SET NULL"), index=True)
    sealed: Mapped[str] = mapped_column(sa.Text)
    sealed_answer: Mapped[str | None] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.String(12), default="")
    received_on: Mapped[date]
    due_on: Mapped[date]
    closed_on: Mapped[date | None]
    __table_args__ = (sa.Index("ix_ward_boards_complaint_open", "closed_on", "due_on"), {"sqlite_with_rowid": False})


class Proceedings(Base):
    """A court case is active about what a thread speaks of: it takes no replies. Source: Contempt of Court Act 1981."""

    __tablename__ = "ward_boards_proceedings"
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"), primary_key=True)
    since_on: Mapped[date]
    __table_args__ = ({"sqlite_with_rowid": False},)
