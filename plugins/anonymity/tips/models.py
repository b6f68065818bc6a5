"""Tables of tips. Nothing of the sender is in them: no name, no address, no time; days only, and no order of rows."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column

OPEN, CLOSED = "open", "closed"
SENDER, DESK = "sender", "desk"


class Tip(Base):
    """A tip from somebody without an account. `receipt_hash` is a keyed hash of the number that only they have.

    `waits` says that the sender spoke last; `is_new` that the desk has not been told so yet.
    """

    __tablename__ = "anonymity_tip"
    id: Mapped[str] = id_column()
    receipt_hash: Mapped[str] = mapped_column(sa.String(32), unique=True)
    ward_code: Mapped[str | None] = mapped_column(sa.ForeignKey("core_ward.code", ondelete="SET NULL"), index=True)
    state: Mapped[str] = mapped_column(sa.String(6), default=OPEN)
    last_on: Mapped[date] = mapped_column(index=True)
    waits: Mapped[bool] = mapped_column(default=True)
    is_new: Mapped[bool] = mapped_column(default=True)
    handed_on: Mapped[date | None]
    __table_args__ = (
        sa.CheckConstraint("state IN ('open', 'closed')", name="state"),
        {"sqlite_with_rowid": False},
    )


class TipWords(Base):
    """What the sender or the desk said in a tip, sealed; `place` is the order inside this one tip."""

    __tablename__ = "anonymity_tip_words"
    tip_id: Mapped[str] = mapped_column(sa.ForeignKey("anonymity_tip.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    said_by: Mapped[str] = mapped_column(sa.String(6))
    sealed: Mapped[str] = mapped_column(sa.Text)
    said_on: Mapped[date]
    __table_args__ = (
        sa.CheckConstraint("said_by IN ('sender', 'desk')", name="said_by"),
        {"sqlite_with_rowid": False},
    )
