"""Defamation notices and complaints."""

revision = "ward_boards_0007"
down_revision = "ward_boards_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
