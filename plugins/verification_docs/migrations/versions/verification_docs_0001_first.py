"""Cases, papers and pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.database import UTCDateTime

revision = "verification_docs_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "verification_docs_case",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("waiting_since_on", sa.Date(), nullable=True),
        sa.Column("postcode_sealed", sa.String(200), nullable=True),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("pages_deleted", sa.Integer(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("claimed_by", sa.String(32), nullable=True),
        sa.Column("claimed_until", UTCDateTime(), nullable=True),
        sa.CheckConstraint(
            "claimed_by IS NULL OR claimed_by <> member_id",
            name=op.f("ck_verification_docs_case_claimed_by_another"),
        ),
        sa.CheckConstraint(
            "ended_on IS NULL OR postcode_sealed IS NULL",
            name=op.f("ck_verification_docs_case_no_postcode_after_end"),
        ),
        sa.CheckConstraint(
            "state IN ('collecting', 'waiting', 'resend', 'verified', 'withdrawn', 'lapsed')",
            name=op.f("ck_verification_docs_case_state"),
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_case_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_case_claimed_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_case")),
        sa.UniqueConstraint("id", "member_id", name=op.f("uq_verification_docs_case_id_member_id")),
    )
    op.create_index(op.f("ix_verification_docs_case_member_id"), "verification_docs_case", ["member_id"])
    op.create_index(op.f("ix_verification_docs_case_claimed_by"), "verification_docs_case", ["claimed_by"])
    op.create_index("ix_verification_docs_case_queue", "verification_docs_case", ["state", "waiting_since_on"])
    op.create_index(
        "uq_verification_docs_case_open",
        "verification_docs_case",
        ["member_id"],
        unique=True,
        sqlite_where=sa.text("ended_on IS NULL"),
        postgresql_where=sa.text("ended_on IS NULL"),
    )
    op.create_table(
        "verification_docs_evidence",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("case_id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("document", sa.String(30), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("reason", sa.String(30), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(32), nullable=True),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> member_id",
            name=op.f("ck_verification_docs_evidence_decided_by_another"),
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'rejected')",
            name=op.f("ck_verification_docs_evidence_state"),
        ),
        sa.CheckConstraint(
            "(state = 'rejected') = (reason IS NOT NULL)",
            name=op.f("ck_verification_docs_evidence_rejected_with_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id", "member_id"],
            ["verification_docs_case.id", "verification_docs_case.member_id"],
            name="fk_verification_docs_evidence_case",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["core_member.id"],
            name=op.f("fk_verification_docs_evidence_decided_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_evidence")),
        sa.UniqueConstraint("case_id", "kind", name=op.f("uq_verification_docs_evidence_case_id_kind")),
    )
    op.create_index(op.f("ix_verification_docs_evidence_decided_by"), "verification_docs_evidence", ["decided_by"])
    op.create_table(
        "verification_docs_page",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("evidence_id", sa.String(32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["evidence_id"],
            ["verification_docs_evidence.id"],
            name="fk_verification_docs_page_evidence",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["blob_id"],
            ["core_blob.id"],
            name=op.f("fk_verification_docs_page_blob_id_core_blob"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification_docs_page")),
        sa.UniqueConstraint("evidence_id", "number", name=op.f("uq_verification_docs_page_evidence_id_number")),
    )
    op.create_index(op.f("ix_verification_docs_page_evidence_id"), "verification_docs_page", ["evidence_id"])
    op.create_index(op.f("ix_verification_docs_page_blob_id"), "verification_docs_page", ["blob_id"])


def downgrade() -> None:
    op.drop_table("verification_docs_page")
    op.drop_table("verification_docs_evidence")
    op.drop_table("verification_docs_case")
