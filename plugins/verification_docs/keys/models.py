"""Reviewers' public keys. The private ones never come here."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, id_column


class ReviewerKey(Base):
    """The public key (age recipient) of one reviewer; one each. Goes with the member."""

    __tablename__ = "verification_docs_reviewer_key"
    id: Mapped[str] = id_column()
    reviewer_id: Mapped[str] = mapped_column(sa.ForeignKey("core_member.id", ondelete="CASCADE"), unique=True)
    recipient: Mapped[str] = mapped_column(sa.String(100), unique=True)
    added_on: Mapped[date]
