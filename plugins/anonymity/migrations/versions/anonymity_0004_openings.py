"""Make the tables of openings by two custodians.

Revision ID: anonymity_0004
Revises: anonymity_0003
"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "anonymity_0004"
down_revision = "anonymity_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
