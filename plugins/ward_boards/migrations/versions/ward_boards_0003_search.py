"""The search index."""

revision = "ward_boards_0003"
down_revision = "ward_boards_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
