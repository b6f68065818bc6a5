"""The weekly letter, deputies."""

revision = "ward_boards_0009"
down_revision = "ward_boards_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
