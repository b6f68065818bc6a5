"""Checks at a counter. No file, no name, no address, no postcode: a ward, and who signed."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column
from core.models import member_key


class CounterCheck(Base):
    """One member's appointment with two reviewers. The row goes when it is done, or on its last day.

    `shown` are the kinds of paper that the first saw, in one line; `number_tag` compares what both read.
    """

    __tablename__ = "verification_docs_counter_check"
    id: Mapped[str] = id_column()
    member_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), unique=True)
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    until_on: Mapped[date]
    first_by: Mapped[str | None] = member_key(keep_row=True)
    shown: Mapped[str | None] = mapped_column(sa.String(80))
    ward_code: Mapped[str | None] = mapped_column(sa.String(9))
    number_tag: Mapped[str | None] = mapped_column(sa.String(64))
    person_tag: Mapped[str | None] = mapped_column(sa.String(64))
    tries: Mapped[int] = mapped_column(default=0)
    second_by: Mapped[str | None] = member_key(keep_row=True)
    __table_args__ = (
        sa.CheckConstraint("first_by IS NULL OR first_by <> member_id", name="first_by_another"),
        sa.CheckConstraint("second_by IS NULL OR second_by <> member_id", name="second_by_another"),
        sa.CheckConstraint("first_by IS NULL OR second_by IS NULL OR first_by <> second_by", name="two_people"),
    )
