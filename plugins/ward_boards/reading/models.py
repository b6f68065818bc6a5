"""Tables of reading: the public copies of notices, what members have read (sealed), and the addresses of feeds.

None of them has a rowid. Marks keep no time at all, feeds only the day they were made.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column
from core.models import member_key


class PublicCopy(Base):
    """What everyone may see of a public notice, and from when; `from_at` is empty until it went out.

    `role` and `role_ward` say as what a member of staff wrote it; empty for everybody else, and for a
    hidden author always. `content_hash` tells whether what visitors see has changed.
    """

    __tablename__ = "ward_boards_public"
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"), primary_key=True)
    from_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    role: Mapped[str] = mapped_column(sa.String(20), default="")
    role_ward: Mapped[str] = mapped_column(sa.String(9), default="")
    content_hash: Mapped[str] = mapped_column(sa.String(64), default="")
    __table_args__ = (
        sa.Index("ix_ward_boards_public_newest", "from_at", "thread_id"),
        {"sqlite_with_rowid": False},
    )


class PublicPlace(Base):
    """A public copy on one board; the row is there while the board lists the thread."""

    __tablename__ = "ward_boards_public_place"
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"), primary_key=True)
    from_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        sa.Index("ix_ward_boards_public_place_newest", "ward_code", "from_at", "thread_id"),
        sa.Index("ix_ward_boards_public_place_thread_id", "thread_id"),
        {"sqlite_with_rowid": False},
    )


class PublicBoard(Base):
    """How often what visitors see on a board has changed, the arrival of new copies aside."""

    __tablename__ = "ward_boards_public_board"
    ward_code: Mapped[str] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(default=0)
    __table_args__ = {"sqlite_with_rowid": False}


class Marks(Base):
    """How far one member has read, sealed and padded: no table says who read what, and none says when."""

    __tablename__ = "ward_boards_marks"
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    __table_args__ = {"sqlite_with_rowid": False}


class Feed(Base):
    """An address at which a member's feed reader reads the boards they chose; only a keyed hash of it is kept."""

    __tablename__ = "ward_boards_feed"
    id: Mapped[str] = id_column()
    token_hash: Mapped[str] = mapped_column(sa.String(32), unique=True)
    member_id: Mapped[str] = member_key()
    wards: Mapped[str] = mapped_column(sa.Text)
    with_text: Mapped[bool] = mapped_column(default=False)
    made_on: Mapped[date]
    __table_args__ = {"sqlite_with_rowid": False}
