"""Alerts of this borough and of its neighbours, with their areas and their history."""

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0002"
down_revision = "ward_boards_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    _create_alert()
    op.create_table(
        "ward_boards_alert_area",
        sa.Column("alert_row", sa.String(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_row"],
            ["ward_boards_alert.id"],
            name=op.f("fk_ward_boards_alert_area_alert_row_ward_boards_alert"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alert_row", "ward_code", name=op.f("pk_ward_boards_alert_area")),
    )
    with op.batch_alter_table("ward_boards_alert_area", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ward_boards_alert_area_ward_code"), ["ward_code"], unique=False)
    op.create_table(
        "ward_boards_alert_revision",
        sa.Column("alert_row", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("sent", sa.DateTime(), nullable=False),
        sa.Column("issuer_role", sa.String(length=20), nullable=False),
        sa.Column("issuer_ward", sa.String(length=9), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_row"],
            ["ward_boards_alert.id"],
            name=op.f("fk_ward_boards_alert_revision_alert_row_ward_boards_alert"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alert_row", "revision", name=op.f("pk_ward_boards_alert_revision")),
    )
    op.create_table(
        "ward_boards_alert_block",
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("blocked_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_ward_boards_alert_block")),
    )


def _create_alert() -> None:
    op.create_table(
        "ward_boards_alert",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("origin_name", sa.String(length=120), nullable=False),
        sa.Column("alert_id", sa.String(length=200), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("headline", sa.String(length=160), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("instruction", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("severity", sa.String(length=10), nullable=False),
        sa.Column("severity_rank", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(length=10), nullable=False),
        sa.Column("certainty", sa.String(length=10), nullable=False),
        sa.Column("onset", sa.DateTime(), nullable=False),
        sa.Column("sent", sa.DateTime(), nullable=False),
        sa.Column("expires", sa.DateTime(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("issuer_role", sa.String(length=20), nullable=False),
        sa.Column("issuer_ward", sa.String(length=9), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_ward_boards_alert_positive_revision")),
        sa.CheckConstraint("state IN ('active', 'cancelled')", name=op.f("ck_ward_boards_alert_known_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_alert")),
        sa.UniqueConstraint("origin", "alert_id", name=op.f("uq_ward_boards_alert_origin_alert_id")),
    )
    with op.batch_alter_table("ward_boards_alert", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ward_boards_alert_expires"), ["expires"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_table("ward_boards_alert_block")
    op.drop_table("ward_boards_alert_revision")
    op.drop_table("ward_boards_alert_area")
    op.drop_table("ward_boards_alert")
