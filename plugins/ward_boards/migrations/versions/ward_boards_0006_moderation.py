"""Claims, snapshots, the log and appeals."""

revision = "ward_boards_0006"
down_revision = "ward_boards_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""
