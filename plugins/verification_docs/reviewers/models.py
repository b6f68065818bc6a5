"""Reviewers' vetting, people they must not judge, and whom they passed."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column
from core.models import member_key


class Vetting(Base):
    """How, when and by whom one reviewer was checked, and until which day that holds. The last one counts."""

    __tablename__ = "verification_docs_vetting"
    reviewer_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    vetted_on: Mapped[date]
    until_on: Mapped[date]
    vetted_by: Mapped[str | None] = member_key(keep_row=True)
    # The shortest notice of the end that was given, in days; none yet when empty.
    reminded_days: Mapped[int | None]
    __table_args__ = (
        sa.CheckConstraint("vetted_by IS NULL OR vetted_by <> reviewer_id", name="vetted_by_another"),
        sa.CheckConstraint("until_on >= vetted_on", name="ends_later"),
    )


class ClosePerson(Base):
    """Somebody a reviewer lives with, is related to, or could not judge fairly; the database refuses the pair.

    `person_hash` is a keyed hash of the e-mail address; `member_id` is set once there is an account with it.
    `by_reviewer` and `by_member` say who wants it so; a reviewer must not undo what a member asked for.
    """

    __tablename__ = "verification_docs_close_person"
    id: Mapped[str] = id_column()
    reviewer_id: Mapped[str] = member_key()
    person_hash: Mapped[str] = mapped_column(sa.String(32), index=True)
    member_id: Mapped[str | None] = member_key(nullable=True)
    by_reviewer: Mapped[bool] = mapped_column(default=True)
    by_member: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (sa.UniqueConstraint("reviewer_id", "person_hash"),)


class Passed(Base):
    """A reviewer had a part in verifying a member: kept so that it can be looked at again, while they are verified.

    `look_again_until_on` is set while the member is asked to show their papers to somebody else.
    """

    __tablename__ = "verification_docs_passed"
    id: Mapped[str] = id_column()
    member_id: Mapped[str] = member_key()
    reviewer_id: Mapped[str | None] = member_key(keep_row=True)
    passed_on: Mapped[date]
    look_again_until_on: Mapped[date | None]
    __table_args__ = (
        sa.UniqueConstraint("member_id", "reviewer_id"),
        sa.CheckConstraint("reviewer_id IS NULL OR reviewer_id <> member_id", name="passed_by_another"),
    )
