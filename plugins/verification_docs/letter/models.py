"""Letters with a code. The address is sealed to the reviewers and goes when the letter is in the post."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column
from core.models import member_key

ASKED, POSTED, OVER = LETTER_STATES = ("asked", "posted", "over")


class LetterCode(Base):
    """One letter of a case: asked for, then posted, then over. What is over holds the day it was asked for, no more.

    That day is kept for a month, so that nobody has letters sent to a stranger's door without end.
    """

    __tablename__ = "verification_docs_letter"
    id: Mapped[str] = id_column()
    case_id: Mapped[str] = mapped_column(sa.String(32), index=True)
    member_id: Mapped[str] = mapped_column(sa.String(32))
    state: Mapped[str] = mapped_column(sa.String(8), default=ASKED)
    asked_on: Mapped[date]
    address_sealed: Mapped[str | None] = mapped_column(sa.Text)
    sealed_to: Mapped[str | None] = mapped_column(sa.String(64))
    code_hash: Mapped[str | None] = mapped_column(sa.String(64))
    until_on: Mapped[date | None]
    tries: Mapped[int] = mapped_column(default=0)
    posted_by: Mapped[str | None] = member_key(keep_row=True)
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["case_id", "member_id"],
            ["verification_docs_case.id", "verification_docs_case.member_id"],
            name="fk_verification_docs_letter_case",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("posted_by IS NULL OR posted_by <> member_id", name="posted_by_another"),
        sa.CheckConstraint("state = 'asked' OR address_sealed IS NULL", name="no_address_after_posting"),
        sa.CheckConstraint("state <> 'over' OR code_hash IS NULL", name="no_code_when_over"),
        sa.CheckConstraint("state <> 'posted' OR (code_hash IS NOT NULL AND until_on IS NOT NULL)", name="posted_code"),
        sa.CheckConstraint(f"state IN {LETTER_STATES}", name="state"),
        sa.Index(
            "uq_verification_docs_letter_open",
            "case_id",
            unique=True,
            sqlite_where=sa.text("state <> 'over'"),
            postgresql_where=sa.text("state <> 'over'"),
        ),
    )
