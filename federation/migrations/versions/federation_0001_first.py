"""Neighbours, deliveries to them, and their alerts, in their first form."""

import sqlalchemy as sa
from alembic import op

revision = "federation_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "federation_outgoing",
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", "revision", name=op.f("pk_federation_outgoing")),
    )
    op.create_table(
        "federation_peer",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("instance_id", sa.String(length=80), nullable=False),
        sa.Column("base_url", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("area", sa.String(length=9), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("peering_id", sa.String(length=32), nullable=False),
        sa.Column("message", sa.String(length=1000), nullable=False),
        sa.Column("problem_text", sa.String(length=300), nullable=False),
        sa.Column("key", sa.String(length=43), nullable=False),
        sa.Column("thumbprint", sa.String(length=43), nullable=False),
        sa.Column("next_thumbprint", sa.String(length=43), nullable=False),
        sa.Column("previous_key", sa.String(length=43), nullable=True),
        sa.Column("previous_thumbprint", sa.String(length=43), nullable=True),
        sa.Column("previous_until", sa.DateTime(), nullable=True),
        sa.Column("our_thumbprint", sa.String(length=43), nullable=False),
        sa.Column("we_confirmed", sa.Boolean(), nullable=False),
        sa.Column("they_confirmed", sa.Boolean(), nullable=False),
        sa.Column("stopped_by_them", sa.Boolean(), nullable=False),
        sa.Column("notice", sa.String(length=24), nullable=True),
        sa.Column("proposal_ends_at", sa.DateTime(), nullable=False),
        sa.Column("verified_at", sa.DateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=40), nullable=True),
        sa.Column("down_since", sa.DateTime(), nullable=True),
        sa.Column("next_at", sa.DateTime(), nullable=False),
        sa.Column("lease_until", sa.DateTime(), nullable=False),
        sa.Column("lease_token", sa.String(length=32), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("heard_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_peer")),
        sa.UniqueConstraint("base_url", name=op.f("uq_federation_peer_base_url")),
        sa.UniqueConstraint("instance_id", name=op.f("uq_federation_peer_instance_id")),
        sa.UniqueConstraint("peering_id", name=op.f("uq_federation_peer_peering_id")),
    )
    op.create_index(op.f("ix_federation_peer_next_at"), "federation_peer", ["next_at"], unique=False)
    op.create_index(
        op.f("ix_federation_peer_previous_thumbprint"), "federation_peer", ["previous_thumbprint"], unique=False
    )
    op.create_index(op.f("ix_federation_peer_state"), "federation_peer", ["state"], unique=False)
    op.create_index(op.f("ix_federation_peer_thumbprint"), "federation_peer", ["thumbprint"], unique=False)
    op.create_table(
        "federation_delivery",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("peer_id", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("gives_up_at", sa.DateTime(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id", "revision"],
            ["federation_outgoing.alert_id", "federation_outgoing.revision"],
            name="fk_federation_delivery_outgoing",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["peer_id"],
            ["federation_peer.id"],
            name=op.f("fk_federation_delivery_peer_id_federation_peer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_delivery")),
        sa.UniqueConstraint(
            "peer_id",
            "alert_id",
            "revision",
            "kind",
            name=op.f("uq_federation_delivery_peer_id_alert_id_revision_kind"),
        ),
    )
    op.create_index(op.f("ix_federation_delivery_alert_id"), "federation_delivery", ["alert_id"], unique=False)
    op.create_index(
        "ix_federation_delivery_peer_state_sequence",
        "federation_delivery",
        ["peer_id", "state", "sequence"],
        unique=False,
    )
    op.create_table(
        "federation_nonce",
        sa.Column("peer_id", sa.String(length=32), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["peer_id"],
            ["federation_peer.id"],
            name=op.f("fk_federation_nonce_peer_id_federation_peer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("peer_id", "nonce", name=op.f("pk_federation_nonce")),
    )
    op.create_index(op.f("ix_federation_nonce_expires_at"), "federation_nonce", ["expires_at"], unique=False)
    op.create_table(
        "federation_refusal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("peer_id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["peer_id"],
            ["federation_peer.id"],
            name=op.f("fk_federation_refusal_peer_id_federation_peer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_refusal")),
    )
    op.create_index(op.f("ix_federation_refusal_peer_id"), "federation_refusal", ["peer_id"], unique=False)
    op.create_table(
        "federation_remote_alert",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("peer_id", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("activity", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["peer_id"],
            ["federation_peer.id"],
            name=op.f("fk_federation_remote_alert_peer_id_federation_peer"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_remote_alert")),
        sa.UniqueConstraint("peer_id", "alert_id", name=op.f("uq_federation_remote_alert_peer_id_alert_id")),
    )
    op.create_index(op.f("ix_federation_remote_alert_peer_id"), "federation_remote_alert", ["peer_id"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index(op.f("ix_federation_remote_alert_peer_id"), table_name="federation_remote_alert")
    op.drop_table("federation_remote_alert")
    op.drop_index(op.f("ix_federation_refusal_peer_id"), table_name="federation_refusal")
    op.drop_table("federation_refusal")
    op.drop_index(op.f("ix_federation_nonce_expires_at"), table_name="federation_nonce")
    op.drop_table("federation_nonce")
    op.drop_index("ix_federation_delivery_peer_state_sequence", table_name="federation_delivery")
    op.drop_index(op.f("ix_federation_delivery_alert_id"), table_name="federation_delivery")
    op.drop_table("federation_delivery")
    op.drop_index(op.f("ix_federation_peer_thumbprint"), table_name="federation_peer")
    op.drop_index(op.f("ix_federation_peer_state"), table_name="federation_peer")
    op.drop_index(op.f("ix_federation_peer_previous_thumbprint"), table_name="federation_peer")
    op.drop_index(op.f("ix_federation_peer_next_at"), table_name="federation_peer")
    op.drop_table("federation_peer")
    op.drop_table("federation_outgoing")
