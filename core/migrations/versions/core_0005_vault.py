"""Where a sealed file lies: with the files, or in the vault, which no backup may hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("core_blob", sa.Column("area", sa.String(8), server_default="files", nullable=False))


def downgrade() -> None:
    op.drop_column("core_blob", "area")
