"""Answers from the mail."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0010"
down_revision = "ward_boards_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "ward_boards_reply_link_use",
        sa.Column("link_hash", sa.String(length=32), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("link_hash", name=op.f("pk_ward_boards_reply_link_use")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_reply_link_use_used_on"), "ward_boards_reply_link_use", ["used_on"])


def downgrade() -> None:
    """Go back."""
    op.drop_table("ward_boards_reply_link_use")
