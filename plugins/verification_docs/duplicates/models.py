"""Tags of documents and people, and the cases that met because of one. A tag leads back to no number."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column
from core.models import member_key

DOCUMENT, PERSON = TAG_KINDS = ("document", "person")
SEPARATE, KEEP_OLD, KEEP_NEW = OUTCOMES = ("separate", "keep_old", "keep_new")


class Tag(Base):
    """The slow keyed hash of what a reviewer read from a document, and whose document it is.

    `case_id` is set until the case in which it was read ends well; it dies with a case that ends otherwise.
    `until_on` is empty while its member is verified or the case is open; then it is the day on which it dies.
    """

    __tablename__ = "verification_docs_tag"
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(10))
    tag: Mapped[str] = mapped_column(sa.String(64), index=True)
    member_id: Mapped[str] = member_key()
    case_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("verification_docs_case.id", name="fk_verification_docs_tag_case", ondelete="CASCADE"),
        index=True,
    )
    until_on: Mapped[date | None]
    __table_args__ = (
        sa.UniqueConstraint("kind", "tag", "member_id"),
        sa.CheckConstraint(f"kind IN {TAG_KINDS}", name="kind"),
    )


class Conflict(Base):
    """One document or person met two accounts: somebody who has not decided in it before says what holds.

    `case_id` is the case of `member_id` in which it was found; empty after a check in person. A pair that is
    said to be two people (`separate`) is kept, so that it does not stop either of them again.
    """

    __tablename__ = "verification_docs_conflict"
    id: Mapped[str] = id_column()
    case_id: Mapped[str | None] = mapped_column(
        sa.ForeignKey("verification_docs_case.id", name="fk_verification_docs_conflict_case", ondelete="SET NULL"),
        index=True,
    )
    member_id: Mapped[str] = member_key()
    other_member_id: Mapped[str] = member_key()
    kind: Mapped[str] = mapped_column(sa.String(10))
    found_by: Mapped[str | None] = member_key(keep_row=True)
    found_on: Mapped[date]
    decided_by: Mapped[str | None] = member_key(keep_row=True)
    outcome: Mapped[str | None] = mapped_column(sa.String(10))
    __table_args__ = (
        sa.Index(
            "uq_verification_docs_conflict_open",
            "member_id",
            "other_member_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        ),
        sa.CheckConstraint("decided_by IS NULL OR found_by IS NULL OR decided_by <> found_by", name="decided_by_third"),
        sa.CheckConstraint(
            "decided_by IS NULL OR (decided_by <> member_id AND decided_by <> other_member_id)", name="not_own"
        ),
        sa.CheckConstraint(f"outcome IS NULL OR outcome IN {OUTCOMES}", name="outcome"),
    )
