"""Cases and the papers in them. No column holds a name, an address or a number of a document.

What is left after the end is a receipt: counts, and days. Subjects with rooms of their own keep their tables there.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, UTCDateTime, id_column
from core.models import member_key
from plugins.verification_docs import barriers
from plugins.verification_docs.duplicates import models as duplicate_models  # noqa: F401  # tables of the same schema
from plugins.verification_docs.in_person import models as in_person_models  # noqa: F401  # tables of the same schema
from plugins.verification_docs.keys import models as key_models  # noqa: F401  # tables of the same schema
from plugins.verification_docs.letter import models as letter_models  # noqa: F401  # tables of the same schema
from plugins.verification_docs.purging import models as purge_models  # noqa: F401  # tables of the same schema
from plugins.verification_docs.reviewers import models as reviewer_models  # noqa: F401  # tables of the same schema

COLLECTING, WAITING, RESEND, FROZEN = "collecting", "waiting", "resend", "frozen"
VERIFIED, WITHDRAWN, LAPSED, REFUSED = "verified", "withdrawn", "lapsed", "refused"
OPEN_STATES = (COLLECTING, WAITING, RESEND, FROZEN)
END_STATES = (VERIFIED, WITHDRAWN, LAPSED, REFUSED)
ACCEPTED, REJECTED = "accepted", "rejected"


class Case(Base):
    """One member's way to being verified; when it has ended, its receipt.

    The database itself refuses what would be worst: a member as the reviewer of their own case, a second open
    case, and a postcode that outlives the case.
    """

    __tablename__ = "verification_docs_case"
    id: Mapped[str] = id_column()
    member_id: Mapped[str] = member_key()
    state: Mapped[str] = mapped_column(sa.String(12), default=COLLECTING)
    opened_on: Mapped[date]
    waiting_since_on: Mapped[date | None]
    postcode_sealed: Mapped[str | None] = mapped_column(sa.String(200))
    openings: Mapped[int] = mapped_column(default=0)
    pages_deleted: Mapped[int] = mapped_column(default=0)
    ended_on: Mapped[date | None]
    claimed_by: Mapped[str | None] = member_key(keep_row=True)
    claimed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        sa.UniqueConstraint("id", "member_id"),
        sa.CheckConstraint("claimed_by IS NULL OR claimed_by <> member_id", name="claimed_by_another"),
        sa.CheckConstraint("ended_on IS NULL OR postcode_sealed IS NULL", name="no_postcode_after_end"),
        sa.CheckConstraint(f"state IN {(*OPEN_STATES, *END_STATES)}", name="state"),
        sa.Index(
            "uq_verification_docs_case_open",
            "member_id",
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        ),
        sa.Index("ix_verification_docs_case_queue", "state", "waiting_since_on"),
    )


class Evidence(Base):
    """One paper of a case: what kind, what document, and what was decided by whom (never by the member).

    `number_tag` is the slow keyed hash of the number that the member typed. A reviewer types what they read;
    `number_tries` counts what `typed_by` typed and did not match, `tried_by` is who used up three tries first.
    `override_by` says that the member typed it wrong: from then on `number_tag` is of what they read themselves,
    and somebody else must read the same and decide. Triggers keep both away from the whole case.
    """

    __tablename__ = "verification_docs_evidence"
    id: Mapped[str] = id_column()
    case_id: Mapped[str] = mapped_column(sa.String(32))
    member_id: Mapped[str] = mapped_column(sa.String(32))
    kind: Mapped[str] = mapped_column(sa.String(20))
    document: Mapped[str] = mapped_column(sa.String(30))
    state: Mapped[str] = mapped_column(sa.String(12), default=WAITING)
    reason: Mapped[str | None] = mapped_column(sa.String(30))
    received_on: Mapped[date]
    decided_by: Mapped[str | None] = member_key(keep_row=True)
    number_tag: Mapped[str | None] = mapped_column(sa.String(64))
    number_tries: Mapped[int] = mapped_column(default=0)
    number_matched: Mapped[bool] = mapped_column(default=False)
    typed_by: Mapped[str | None] = member_key(keep_row=True)
    tried_by: Mapped[str | None] = member_key(keep_row=True)
    override_by: Mapped[str | None] = member_key(keep_row=True)
    __table_args__ = (
        # Both columns together: the member of a paper is the member of its case, so the check below holds.
        sa.ForeignKeyConstraint(
            ["case_id", "member_id"],
            ["verification_docs_case.id", "verification_docs_case.member_id"],
            name="fk_verification_docs_evidence_case",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("case_id", "kind"),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> member_id", name="decided_by_another"),
        sa.CheckConstraint("typed_by IS NULL OR typed_by <> member_id", name="typed_by_another"),
        sa.CheckConstraint("tried_by IS NULL OR tried_by <> member_id", name="tried_by_another"),
        sa.CheckConstraint("override_by IS NULL OR override_by <> member_id", name="override_by_another"),
        sa.CheckConstraint(
            "override_by IS NULL OR decided_by IS NULL OR state <> 'accepted' OR override_by <> decided_by",
            name="override_by_two",
        ),
        sa.CheckConstraint(
            "tried_by IS NULL OR override_by IS NULL OR tried_by <> override_by", name="override_by_second"
        ),
        sa.CheckConstraint("kind <> 'id' OR state <> 'accepted' OR number_matched", name="accepted_after_number"),
        sa.CheckConstraint(f"state IN {(WAITING, ACCEPTED, REJECTED)}", name="state"),
        sa.CheckConstraint("(state = 'rejected') = (reason IS NOT NULL)", name="rejected_with_reason"),
    )


class Page(Base):
    """One clean picture of a paper, sealed to the reviewers who had a key; `sealed_to` says which set that was."""

    __tablename__ = "verification_docs_page"
    id: Mapped[str] = id_column()
    evidence_id: Mapped[str] = mapped_column(
        sa.ForeignKey("verification_docs_evidence.id", name="fk_verification_docs_page_evidence", ondelete="CASCADE"),
        index=True,
    )
    number: Mapped[int]
    blob_id: Mapped[str] = mapped_column(sa.ForeignKey("core_blob.id", ondelete="CASCADE"), index=True)
    sealed_to: Mapped[str] = mapped_column(sa.String(64))
    __table_args__ = (sa.UniqueConstraint("evidence_id", "number"),)


barriers.put_up_with(Base.metadata)
