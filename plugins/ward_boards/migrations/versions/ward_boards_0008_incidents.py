"""Incidents and the cap on urgent alerts."""

revision = "ward_boards_0008"
down_revision = "ward_boards_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
