"""Tables of the boards. Threads belong to wards, posts to threads; a post may let go of its member.

No table has a rowid and every id is random: neither tells in which order hidden authors wrote.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column
from core.models import member_key
from plugins.ward_boards.alerts import models as alert_models  # noqa: F401  # tables of the same schema
from plugins.ward_boards.complaints import models as complaint_models  # noqa: F401
from plugins.ward_boards.following import models as following_models  # noqa: F401
from plugins.ward_boards.incidents import models as incident_models  # noqa: F401
from plugins.ward_boards.moderation import models as moderation_models  # noqa: F401
from plugins.ward_boards.reading import models as reading_models  # noqa: F401
from plugins.ward_boards.search import models as search_models  # noqa: F401
from plugins.ward_boards.weekly import models as weekly_models  # noqa: F401
from plugins.ward_boards.writing import models as writing_models  # noqa: F401

PUBLIC, VERIFIED, COORDINATORS = TIERS = ("public", "verified", "coordinators")
PUBLISHED, HELD, HIDDEN, WITHDRAWN = STATES = ("published", "held", "hidden", "withdrawn")


class Thread(Base):
    """A conversation on one or more boards. `state` is that of its first post."""

    __tablename__ = "ward_boards_thread"
    id: Mapped[str] = id_column()
    title: Mapped[str] = mapped_column(sa.String(120))
    category: Mapped[str] = mapped_column(sa.String(20))
    tier: Mapped[str] = mapped_column(sa.String(12))
    state: Mapped[str] = mapped_column(sa.String(10), default=PUBLISHED)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_post_at: Mapped[datetime] = mapped_column(UTCDateTime)
    posts_count: Mapped[int] = mapped_column(default=0)
    last_number: Mapped[int] = mapped_column(default=0)
    is_locked: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        sa.Index("ix_ward_boards_thread_newest", "last_post_at", "id"),
        sa.Index("ix_ward_boards_thread_tier", "tier", "state", "last_post_at", "id"),
        {"sqlite_with_rowid": False},
    )


class ThreadWard(Base):
    """A thread on one board, with what the board's list sorts and filters by."""

    __tablename__ = "ward_boards_thread_ward"
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    tier: Mapped[str] = mapped_column(sa.String(12))
    is_listed: Mapped[bool] = mapped_column(default=True)
    last_post_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        sa.Index("ix_ward_boards_thread_ward_newest", "ward_code", "is_listed", "last_post_at", "thread_id"),
        sa.Index("ix_ward_boards_thread_ward_tier", "ward_code", "tier", "is_listed", "last_post_at", "thread_id"),
        {"sqlite_with_rowid": False},
    )


class ThreadFormer(Base):
    """A board on which a thread stood until its ward ended; the boards that follow list it now."""

    __tablename__ = "ward_boards_thread_former"
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"), primary_key=True)
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    __table_args__ = {"sqlite_with_rowid": False}


class Tally(Base):
    """How many threads of one tier a board lists, and how often that list has changed."""

    __tablename__ = "ward_boards_tally"
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    tier: Mapped[str] = mapped_column(sa.String(12), primary_key=True)
    threads_count: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    __table_args__ = {"sqlite_with_rowid": False}


class Post(Base):
    """One contribution to a thread.

    With `ref` set nobody's member is stored and `published_at` is the start of a part of the day.
    `label` is empty for an alias: that is looked up, so that it goes when the member goes.
    """

    __tablename__ = "ward_boards_post"
    id: Mapped[str] = id_column()
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(40))
    label: Mapped[str] = mapped_column(sa.String(120), default="")
    ref: Mapped[str | None] = mapped_column(sa.String(120))
    member_id: Mapped[str | None] = member_key(keep_row=True)
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    published_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(sa.String(10), default=PUBLISHED)
    state_note: Mapped[str] = mapped_column(sa.String(300), default="")
    # The code of the reason; its words are looked up in the reader's language.
    state_reason: Mapped[str] = mapped_column(sa.String(60), default="", server_default="")
    is_changed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    __table_args__ = (
        sa.UniqueConstraint("thread_id", "number"),
        sa.Index("ix_ward_boards_post_held", "state", "thread_id"),
        {"sqlite_with_rowid": False},
    )


class Flag(Base):
    """A member asks a coordinator to look at a post. Who asked is never shown; the day is all the time there is."""

    __tablename__ = "ward_boards_flag"
    post_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_post.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(20))
    note: Mapped[str] = mapped_column(sa.String(500), default="")
    flagged_on: Mapped[date]
    is_open: Mapped[bool] = mapped_column(default=True)
    __table_args__ = (
        sa.Index("ix_ward_boards_flag_member_id", "member_id"),
        {"sqlite_with_rowid": False},
    )
