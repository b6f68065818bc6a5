"""Make the tables of blind credentials.

Revision ID: anonymity_0002
Revises: anonymity_0001
"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "anonymity_0002"
down_revision = "anonymity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
