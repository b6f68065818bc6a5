"""Keep what each member wants the site to look like.

Revision ID: core_0008
Revises: core_0007
"""

import sqlalchemy as sa
from alembic import op

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_member", sa.Column("disguise", sa.String(16), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("core_member", "disguise")
