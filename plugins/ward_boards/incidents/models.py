"""Tables of incidents: how a matter that a thread tells of stands. Only days are kept, and no member."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base

OPEN, UPDATED, CLOSED = STATES = ("open", "updated", "closed")


class Incident(Base):
    """The state of a thread that tells of something that happened.

    `news_on` is the day of the last news: when it began, was updated, opened again, or said to go on. `asked_on` is
    the day on which its writer was asked for more. `note` is the sentence beside an outcome, or why it is open again.
    """

    __tablename__ = "ward_boards_incident"
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(8), default=OPEN)
    outcome: Mapped[str | None] = mapped_column(sa.String(12))
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    news_on: Mapped[date]
    closed_on: Mapped[date | None]
    asked_on: Mapped[date | None]
    __table_args__ = (
        sa.CheckConstraint("state IN ('open', 'updated', 'closed')", name="known_state"),
        sa.CheckConstraint("(state = 'closed') = (outcome IS NOT NULL)", name="closed_with_outcome"),
        sa.CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed_on_a_day"),
        sa.Index("ix_ward_boards_incident_state", "state", "news_on", "thread_id"),
        sa.Index("ix_ward_boards_incident_closed_on", "closed_on", "thread_id"),
        {"sqlite_with_rowid": False},
    )


class IncidentUpdate(Base):
    """A post that tells how the matter went on."""

    __tablename__ = "ward_boards_incident_update"
    post_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_post.id", ondelete="CASCADE"), primary_key=True)
    __table_args__ = {"sqlite_with_rowid": False}
