"""Tables of the unlinkable side: a file of their own, which no member's row is in and no table of ours points into.

None has a rowid, a counter or a time of writing: neither may tell in which order posts came. A day is kept while it
counts, and the moment of the batch, which is the same for all posts of half a day.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from core.database import NAMING, UTCDateTime

WAITING, PUBLISHED, HELD, HIDDEN = "waiting", "published", "held", "hidden"
WITHDRAWN, REFUSED = "withdrawn", "refused"
ENDED = (WITHDRAWN, REFUSED)
"""States that nothing follows on."""
VERSION = 1
"""Of these tables; they are made anew each week in effect, so a later version may begin with an empty file."""

_WITHOUT_ROWID = {"sqlite_with_rowid": False}


class Side(DeclarativeBase):
    """The tables of this file and no others: migrations and the main database do not know them."""

    metadata = sa.MetaData(naming_convention=NAMING)


class Week(Side):
    """The public key of a scope in the week that is on, and how many voices were issued for it."""

    __tablename__ = "anonymity_open_week"
    epoch: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    scope: Mapped[str] = mapped_column(sa.String(9), primary_key=True)
    spki: Mapped[bytes] = mapped_column(sa.LargeBinary)
    issued: Mapped[int]
    __table_args__ = _WITHOUT_ROWID


class Place(Side):
    """A board of the instance, by GSS code."""

    __tablename__ = "anonymity_place"
    code: Mapped[str] = mapped_column(sa.String(9), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(10))
    __table_args__ = _WITHOUT_ROWID


class Sent(Side):
    """A post that a voice sent, under the id it chose: where it is now, and never what it says.

    `due_at` is the batch it comes out with. `thread_id` is the thread it answers, or the one it opened once it is out.
    """

    __tablename__ = "anonymity_sent"
    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(32), index=True)
    epoch: Mapped[str] = mapped_column(sa.String(8))
    sent_on: Mapped[date]
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(sa.String(10))
    thread_id: Mapped[str | None] = mapped_column(sa.String(32))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    # Taken back by its writer, and still on the boards until the worker has looked.
    is_leaving: Mapped[bool] = mapped_column(default=False)
    __table_args__ = _WITHOUT_ROWID


class Waiting(Side):
    """What a post says while it waits; deleted in the moment it is out."""

    __tablename__ = "anonymity_waiting"
    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    handle: Mapped[str] = mapped_column(sa.String(120))
    title: Mapped[str] = mapped_column(sa.String(120))
    text: Mapped[str] = mapped_column(sa.Text)
    category: Mapped[str] = mapped_column(sa.String(20))
    wards: Mapped[str] = mapped_column(sa.String(400))
    __table_args__ = _WITHOUT_ROWID


class Ban(Side):
    """A voice that may write no more until its week ends."""

    __tablename__ = "anonymity_ban"
    ref: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    epoch: Mapped[str] = mapped_column(sa.String(8))
    __table_args__ = _WITHOUT_ROWID


class CopiedThread(Side):
    """A thread of the boards as verified members read it; the newest has the place 0."""

    __tablename__ = "anonymity_copied_thread"
    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    place: Mapped[int]
    title: Mapped[str] = mapped_column(sa.String(120))
    category: Mapped[str] = mapped_column(sa.String(20))
    wards: Mapped[str] = mapped_column(sa.String(400))
    takes_replies: Mapped[bool]
    posts_count: Mapped[int]
    __table_args__ = _WITHOUT_ROWID


class CopiedPost(Side):
    """A post of such a thread."""

    __tablename__ = "anonymity_copied_post"
    thread_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(sa.String(32))
    label: Mapped[str] = mapped_column(sa.String(120))
    html: Mapped[str] = mapped_column(sa.Text)
    when: Mapped[str] = mapped_column(sa.String(60))
    __table_args__ = _WITHOUT_ROWID


class Mark(Side):
    """What the copies were made from, as a digest, so that they are written only when something changed."""

    __tablename__ = "anonymity_mark"
    name: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    value: Mapped[str] = mapped_column(sa.String(64))
    __table_args__ = _WITHOUT_ROWID
