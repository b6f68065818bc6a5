"""Keep what is trusted of each neighbour, their policies, and what waits to be looked at.

Alerts that came before are shown as they were: they had been let in under the rules of their time.

Revision ID: federation_0004
Revises: federation_0003
"""

import sqlalchemy as sa
from alembic import op

revision = "federation_0004"
down_revision = "federation_0003"
branch_labels = None
depends_on = None


def _of_peer(name: str) -> list[sa.schema.SchemaItem]:
    foreign = op.f(f"fk_{name}_peer_id_federation_peer")
    return [
        sa.ForeignKeyConstraint(["peer_id"], ["federation_peer.id"], name=foreign, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("peer_id", name=op.f(f"pk_{name}")),
    ]


def upgrade() -> None:
    op.create_table(
        "federation_trust",
        sa.Column("peer_id", sa.String(length=32), nullable=False),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("floor", sa.String(length=20), nullable=True),
        sa.Column("accepts", sa.String(length=40), nullable=True),
        *_of_peer("federation_trust"),
    )
    op.create_table(
        "federation_policy",
        sa.Column("peer_id", sa.String(length=32), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(), nullable=False),
        *_of_peer("federation_policy"),
    )
    op.create_table(
        "federation_standing",
        sa.Column("alert_row", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("tlp", sa.String(length=12), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("is_looked_at", sa.Boolean(), nullable=False),
        sa.Column("was_shown", sa.Boolean(), nullable=False),
        sa.Column("shows_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_row"],
            ["federation_remote_alert.id"],
            name=op.f("fk_federation_standing_alert_row_federation_remote_alert"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("alert_row", name=op.f("pk_federation_standing")),
    )
    for column in ("state", "shows_at"):
        op.create_index(op.f(f"ix_federation_standing_{column}"), "federation_standing", [column])
    op.execute(
        "INSERT INTO federation_standing (alert_row, state, reason, tlp, level, is_looked_at, was_shown) "
        "SELECT id, 'shown', '', CASE scope WHEN 'public' THEN 'CLEAR' WHEN 'all_verified' THEN 'GREEN' "
        "ELSE 'AMBER' END, 'none', true, true FROM federation_remote_alert"
    )


def downgrade() -> None:
    op.drop_table("federation_standing")
    op.drop_table("federation_policy")
    op.drop_table("federation_trust")
