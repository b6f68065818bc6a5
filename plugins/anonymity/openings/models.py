"""Tables of openings: what waits or was decided of late, numbers by year, and whom to tell. Days only, no times."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column
from core.models import member_key

WAITING, GRANTED, REFUSED, LAPSED = "waiting", "granted", "refused", "lapsed"
STATES = (WAITING, GRANTED, REFUSED, LAPSED)
REASONS = ("life", "court", "police", "crime")


class Opening(Base):
    """A custodian asks whose a post is; another decides. The row goes seven days after that, with all it says.

    `until_on` is the last day to decide, and then the last day the row is kept. Words, the order's reference and the
    result are sealed. The database itself refuses that one person asks and decides.
    """

    __tablename__ = "anonymity_opening"
    id: Mapped[str] = id_column()
    post_id: Mapped[str] = mapped_column(sa.String(32), index=True)
    reason: Mapped[str] = mapped_column(sa.String(8))
    sealed_words: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(8), default=WAITING)
    asked_by: Mapped[str | None] = member_key(keep_row=True)
    asked_on: Mapped[date]
    decided_by: Mapped[str | None] = member_key(keep_row=True)
    until_on: Mapped[date] = mapped_column(index=True)
    sealed_result: Mapped[str | None] = mapped_column(sa.Text)
    __table_args__ = (
        sa.CheckConstraint("state IN ('waiting', 'granted', 'refused', 'lapsed')", name="state"),
        sa.CheckConstraint("decided_by <> asked_by", name="two_people"),
        sa.CheckConstraint("sealed_result IS NULL OR state = 'granted'", name="result"),
        {"sqlite_with_rowid": False},
    )


class OpeningCount(Base):
    """How many there were in a year, by reason and by what became of them (`asked` counts each once)."""

    __tablename__ = "anonymity_opening_count"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    outcome: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    __table_args__ = {"sqlite_with_rowid": False}


class OpeningNote(Base):
    """A member whose name was opened must be told from a day on. Which post it was is not here.

    `tag` is a keyed hash of the member, so that they find it; who it is, when and why is sealed.
    """

    __tablename__ = "anonymity_opening_note"
    id: Mapped[str] = id_column()
    tag: Mapped[str] = mapped_column(sa.String(32), index=True)
    sealed: Mapped[str] = mapped_column(sa.Text)
    tell_on: Mapped[date] = mapped_column(index=True)
    is_told: Mapped[bool] = mapped_column(default=False)
    is_put_off: Mapped[bool] = mapped_column(default=False)
    __table_args__ = {"sqlite_with_rowid": False}
