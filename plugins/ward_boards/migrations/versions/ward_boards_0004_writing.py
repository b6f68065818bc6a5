"""Files, drafts, coarse place and time."""

revision = "ward_boards_0004"
down_revision = "ward_boards_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
