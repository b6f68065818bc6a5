"""Tables of moderation. None says who reported, who looks, or who decided: claims and deciders are keyed hashes.

A case's hashes are bound to that case, so that two cases of one moderator do not look alike. Times finer than a day
are there only while something is due, and are emptied then.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column

_THREAD = "ward_boards_thread.id"
_POST = "ward_boards_post.id"


class Case(Base):
    """Something a moderator must decide, from the first report until the outcome; a post has one open case at most.

    `snapshot` is a sealed copy of what it is about; it is emptied when the case closes.
    """

    __tablename__ = "ward_boards_case"
    id: Mapped[str] = id_column()
    post_id: Mapped[str | None] = mapped_column(sa.ForeignKey(_POST, ondelete="SET NULL"))
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey(_THREAD, ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    is_open: Mapped[bool] = mapped_column(default=True)
    urgency_rank: Mapped[int]
    opened_on: Mapped[date]
    hold_code: Mapped[str] = mapped_column(sa.String(60), default="")
    # Whether readers had seen the post before it was held: it is then put back, and not published a second time.
    was_out: Mapped[bool] = mapped_column(default=False)
    claim_hash: Mapped[str] = mapped_column(sa.String(32), default="")
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    escalate_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    escalations: Mapped[int] = mapped_column(default=0)
    snapshot: Mapped[str | None] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.String(12), default="")
    reason: Mapped[str] = mapped_column(sa.String(20), default="")
    words: Mapped[str] = mapped_column(sa.String(300), default="")
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    decider_hash: Mapped[str] = mapped_column(sa.String(32), default="")
    decider_ward: Mapped[str] = mapped_column(sa.String(9), default="")
    closed_on: Mapped[date | None]
    # The case of the decision that an appeal is about; unique, so that there is one appeal at most.
    appeal_of: Mapped[str | None] = mapped_column(sa.String(32), unique=True)
    asked_ward: Mapped[str | None] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"))
    __table_args__ = (
        sa.Index(
            "ix_ward_boards_case_one_open",
            "post_id",
            unique=True,
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        ),
        sa.Index("ix_ward_boards_case_queue", "is_open", "urgency_rank", "opened_on", "id"),
        sa.Index("ix_ward_boards_case_post_id", "post_id"),
        {"sqlite_with_rowid": False},
    )


class KeptPicture(Base):
    """A picture of a post that its writer took back while the case was open; sealed, nobody's, gone with the case."""

    __tablename__ = "ward_boards_case_picture"
    id: Mapped[str] = id_column()
    case_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_case.id", ondelete="CASCADE"))
    number: Mapped[int]
    blob_id: Mapped[str] = mapped_column(sa.ForeignKey("core_blob.id", ondelete="CASCADE"))
    alt: Mapped[str] = mapped_column(sa.String(300), default="")
    width: Mapped[int]
    height: Mapped[int]
    __table_args__ = (
        sa.Index("ix_ward_boards_case_picture_case_id", "case_id", "number"),
        sa.Index("ix_ward_boards_case_picture_blob_id", "blob_id"),
        {"sqlite_with_rowid": False},
    )


class VisitorReport(Base):
    """Somebody who was not signed in asks a coordinator to look at a notice. Nothing says who; gone with the case."""

    __tablename__ = "ward_boards_visitor_report"
    id: Mapped[str] = id_column()
    post_id: Mapped[str] = mapped_column(sa.ForeignKey(_POST, ondelete="CASCADE"), index=True)
    reason: Mapped[str] = mapped_column(sa.String(20))
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    reported_on: Mapped[date]
    __table_args__ = {"sqlite_with_rowid": False}


class LogEntry(Base):
    """What moderators did, for members to read: the day, the deed, the reason, and a role with its ward."""

    __tablename__ = "ward_boards_log"
    id: Mapped[str] = id_column()
    day: Mapped[date]
    verb: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(20), default="")
    role: Mapped[str] = mapped_column(sa.String(20))
    ward_code: Mapped[str] = mapped_column(sa.String(9), default="")
    tier: Mapped[str] = mapped_column(sa.String(12))
    thread_id: Mapped[str | None] = mapped_column(sa.ForeignKey(_THREAD, ondelete="SET NULL"), index=True)
    __table_args__ = (sa.Index("ix_ward_boards_log_day", "day", "id"), {"sqlite_with_rowid": False})


class LogWard(Base):
    """A board whose log an entry belongs to."""

    __tablename__ = "ward_boards_log_ward"
    entry_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_log.id", ondelete="CASCADE"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    __table_args__ = (
        sa.Index("ix_ward_boards_log_ward_ward_code", "ward_code"),
        {"sqlite_with_rowid": False},
    )


class Merge(Base):
    """A thread whose posts now stand in another, `number_offset` further down; its old address leads there."""

    __tablename__ = "ward_boards_merge"
    from_id: Mapped[str] = mapped_column(sa.ForeignKey(_THREAD, ondelete="CASCADE"), primary_key=True)
    into_id: Mapped[str] = mapped_column(sa.ForeignKey(_THREAD, ondelete="CASCADE"), index=True)
    number_offset: Mapped[int]
    __table_args__ = {"sqlite_with_rowid": False}
