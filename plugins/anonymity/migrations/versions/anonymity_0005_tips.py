"""Make the tables of the tip box.

Revision ID: anonymity_0005
Revises: anonymity_0004
"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "anonymity_0005"
down_revision = "anonymity_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
