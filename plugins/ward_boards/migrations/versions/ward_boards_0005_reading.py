"""Unread marks and feeds."""

revision = "ward_boards_0005"
down_revision = "ward_boards_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
