"""Make the table of thread keys.

Revision ID: anonymity_0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "anonymity_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anonymity_thread_key",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("sealed_key", sa.String(length=255), nullable=False),
        sa.Column("delete_from_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_anonymity_thread_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_anonymity_thread_key_delete_from_on"), "anonymity_thread_key", ["delete_from_on"])


def downgrade() -> None:
    op.drop_index(op.f("ix_anonymity_thread_key_delete_from_on"), table_name="anonymity_thread_key")
    op.drop_table("anonymity_thread_key")
