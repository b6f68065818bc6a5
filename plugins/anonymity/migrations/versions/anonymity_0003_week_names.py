"""Make the table of keys behind the names of a week.

Revision ID: anonymity_0003
Revises: anonymity_0002
"""

import sqlalchemy as sa
from alembic import op

revision = "anonymity_0003"
down_revision = "anonymity_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anonymity_week_name_key",
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("sealed_key", sa.String(length=255), nullable=False),
        sa.Column("delete_from_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_anonymity_week_name_key")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_anonymity_week_name_key_delete_from_on"), "anonymity_week_name_key", ["delete_from_on"])


def downgrade() -> None:
    op.drop_index(op.f("ix_anonymity_week_name_key_delete_from_on"), table_name="anonymity_week_name_key")
    op.drop_table("anonymity_week_name_key")
