"""Keep cursors, epochs and sightings.

Revision ID: federation_0005
Revises: federation_0004
"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "federation_0005"
down_revision = "federation_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
