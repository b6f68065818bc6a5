"""Make the tables of the tip box.

Revision ID: anonymity_0005
Revises: anonymity_0004
"""

import sqlalchemy as sa
from alembic import op

revision = "anonymity_0005"
down_revision = "anonymity_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anonymity_tip",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("receipt_hash", sa.String(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=True),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("is_new", sa.Boolean(), nullable=False),
        sa.Column("handed_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_anonymity_tip_state")),
        sa.ForeignKeyConstraint(
            ["ward_code"], ["core_ward.code"], name=op.f("fk_anonymity_tip_ward_code_core_ward"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anonymity_tip")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_anonymity_tip_receipt_hash")),
        sqlite_with_rowid=False,
    )
    for column in ("last_on", "ward_code"):
        op.create_index(op.f(f"ix_anonymity_tip_{column}"), "anonymity_tip", [column])
    op.create_table(
        "anonymity_tip_words",
        sa.Column("tip_id", sa.String(length=32), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("said_by", sa.String(length=6), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("said_on", sa.Date(), nullable=False),
        sa.CheckConstraint("said_by IN ('sender', 'desk')", name=op.f("ck_anonymity_tip_words_said_by")),
        sa.ForeignKeyConstraint(
            ["tip_id"],
            ["anonymity_tip.id"],
            name=op.f("fk_anonymity_tip_words_tip_id_anonymity_tip"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tip_id", "place", name=op.f("pk_anonymity_tip_words")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("anonymity_tip_words")
    op.drop_table("anonymity_tip")
