"""Which reminder of its end a verification has had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("core_membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reminded_days", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("core_membership", schema=None) as batch_op:
        batch_op.drop_column("reminded_days")
