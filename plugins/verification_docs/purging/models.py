"""The chain of deletions. Each entry is signed and bound to the one before; none names a person."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class PurgeEntry(Base):
    """One signed record (RFC 8785 JSON) of papers that were deleted, or of a day's run of the job.

    `case_code` repeats what the record says, so that a member's receipt is found; the signature covers the record.
    """

    __tablename__ = "verification_docs_purge"
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    case_code: Mapped[str | None] = mapped_column(sa.String(12), index=True)
    record: Mapped[str] = mapped_column(sa.Text)
    hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    signature: Mapped[str] = mapped_column(sa.String(128))
