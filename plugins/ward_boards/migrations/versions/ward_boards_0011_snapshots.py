"""Keep the pictures of a reported post with its sealed copy.

Revision ID: ward_boards_0011
Revises: ward_boards_0010
"""

import sqlalchemy as sa  # noqa: F401
from alembic import op  # noqa: F401

revision = "ward_boards_0011"
down_revision = "ward_boards_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
