"""Keep what is trusted of each neighbour, their policies, and what waits to be looked at.

Revision ID: federation_0004
Revises: federation_0003
"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "federation_0004"
down_revision = "federation_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
