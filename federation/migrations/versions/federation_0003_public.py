"""Make the tables of the public side: followers and what goes to them.

Revision ID: federation_0003
Revises: federation_0002
"""

import sqlalchemy as sa
from alembic import op

revision = "federation_0003"
down_revision = "federation_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "federation_public_activity",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_public_activity")),
    )
    op.create_index(
        op.f("ix_federation_public_activity_alert_id"), "federation_public_activity", ["alert_id"], unique=False
    )
    op.create_index(
        op.f("ix_federation_public_activity_sequence"), "federation_public_activity", ["sequence"], unique=False
    )
    op.create_table(
        "federation_public_host",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("cavage_until", sa.DateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=40), nullable=True),
        sa.Column("down_since", sa.DateTime(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=False),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_public_host")),
        sa.UniqueConstraint("name", name=op.f("uq_federation_public_host_name")),
    )
    op.create_index(op.f("ix_federation_public_host_next_at"), "federation_public_host", ["next_at"], unique=False)
    op.create_table(
        "federation_public_note",
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_federation_public_note")),
    )
    op.create_index(op.f("ix_federation_public_note_ends_at"), "federation_public_note", ["ends_at"], unique=False)
    op.create_table(
        "federation_public_signature",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_federation_public_signature")),
    )
    op.create_index(
        op.f("ix_federation_public_signature_expires_at"), "federation_public_signature", ["expires_at"], unique=False
    )
    op.create_table(
        "federation_public_delivery",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("activity_id", sa.String(length=32), nullable=False),
        sa.Column("host_id", sa.String(length=32), nullable=False),
        sa.Column("inbox", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("gives_up_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["federation_public_activity.id"],
            name="fk_federation_public_delivery_activity",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["host_id"],
            ["federation_public_host.id"],
            name=op.f("fk_federation_public_delivery_host_id_federation_public_host"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_public_delivery")),
        sa.UniqueConstraint("activity_id", "inbox", name=op.f("uq_federation_public_delivery_activity_id_inbox")),
    )
    op.create_index(
        op.f("ix_federation_public_delivery_activity_id"), "federation_public_delivery", ["activity_id"], unique=False
    )
    op.create_index(
        "ix_federation_public_delivery_host_id_state", "federation_public_delivery", ["host_id", "state"], unique=False
    )
    op.create_table(
        "federation_public_follower",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("actor_id", sa.String(length=500), nullable=False),
        sa.Column("inbox", sa.String(length=500), nullable=False),
        sa.Column("host_id", sa.String(length=32), nullable=False),
        sa.Column("gone_since", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["host_id"],
            ["federation_public_host.id"],
            name=op.f("fk_federation_public_follower_host_id_federation_public_host"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_public_follower")),
        sa.UniqueConstraint("actor_id", name=op.f("uq_federation_public_follower_actor_id")),
    )
    op.create_index(
        op.f("ix_federation_public_follower_host_id"), "federation_public_follower", ["host_id"], unique=False
    )
    op.create_index(op.f("ix_federation_public_follower_inbox"), "federation_public_follower", ["inbox"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_federation_public_follower_inbox"), table_name="federation_public_follower")
    op.drop_index(op.f("ix_federation_public_follower_host_id"), table_name="federation_public_follower")
    op.drop_table("federation_public_follower")
    op.drop_index("ix_federation_public_delivery_host_id_state", table_name="federation_public_delivery")
    op.drop_index(op.f("ix_federation_public_delivery_activity_id"), table_name="federation_public_delivery")
    op.drop_table("federation_public_delivery")
    op.drop_index(op.f("ix_federation_public_signature_expires_at"), table_name="federation_public_signature")
    op.drop_table("federation_public_signature")
    op.drop_index(op.f("ix_federation_public_note_ends_at"), table_name="federation_public_note")
    op.drop_table("federation_public_note")
    op.drop_index(op.f("ix_federation_public_host_next_at"), table_name="federation_public_host")
    op.drop_table("federation_public_host")
    op.drop_index(op.f("ix_federation_public_activity_sequence"), table_name="federation_public_activity")
    op.drop_index(op.f("ix_federation_public_activity_alert_id"), table_name="federation_public_activity")
    op.drop_table("federation_public_activity")
