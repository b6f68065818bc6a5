"""Answers from the mail."""

revision = "ward_boards_0010"
down_revision = "ward_boards_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
