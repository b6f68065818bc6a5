"""Tables of what belongs to writing: pictures of posts, where and when a thread is about, and kept drafts.

A picture that belongs to a hidden author is stored like the post: nobody's member, and no order but its number.
A draft's key and its owner are keyed hashes, so that rows tell neither the thread nor the member.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column


class Attachment(Base):
    """One clean picture of a post; the sealed bytes lie in the store, and the row goes when they go."""

    __tablename__ = "ward_boards_attachment"
    id: Mapped[str] = id_column()
    post_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_post.id", ondelete="CASCADE"))
    number: Mapped[int]
    blob_id: Mapped[str] = mapped_column(sa.ForeignKey("core_blob.id", ondelete="CASCADE"))
    alt: Mapped[str] = mapped_column(sa.String(300), default="")
    width: Mapped[int]
    height: Mapped[int]
    __table_args__ = (
        sa.Index("ix_ward_boards_attachment_post_id", "post_id", "number"),
        sa.Index("ix_ward_boards_attachment_blob_id", "blob_id"),
        {"sqlite_with_rowid": False},
    )


class About(Base):
    """Where and when a thread is about, as coarse as it was stored: an area or a 300 m square, a day and its half."""

    __tablename__ = "ward_boards_about"
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"), primary_key=True)
    square: Mapped[str | None] = mapped_column(sa.String(20))
    happened_on: Mapped[date | None]
    half: Mapped[str | None] = mapped_column(sa.String(10))
    __table_args__ = {"sqlite_with_rowid": False}


class KeptDraft(Base):
    """What somebody has begun to write, sealed; the day it was saved is all the time there is."""

    __tablename__ = "ward_boards_draft"
    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(sa.String(32), index=True)
    sealed: Mapped[str] = mapped_column(sa.Text)
    saved_on: Mapped[date]
    __table_args__ = {"sqlite_with_rowid": False}


class DraftFile(Base):
    """One clean picture that waits in a draft; its words are in the sealed text."""

    __tablename__ = "ward_boards_draft_file"
    id: Mapped[str] = id_column()
    draft_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_draft.id", ondelete="CASCADE"), index=True)
    blob_id: Mapped[str] = mapped_column(sa.ForeignKey("core_blob.id", ondelete="CASCADE"), index=True)
    __table_args__ = {"sqlite_with_rowid": False}
