"""Make the table of keys behind the names of a week.

Revision ID: anonymity_0003
Revises: anonymity_0002
"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "anonymity_0003"
down_revision = "anonymity_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
