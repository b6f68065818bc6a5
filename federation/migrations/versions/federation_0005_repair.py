"""Keep cursors, epochs, quotas and sightings.

Revision ID: federation_0005
Revises: federation_0004
"""

import sqlalchemy as sa
from alembic import op

revision = "federation_0005"
down_revision = "federation_0004"
branch_labels = None
depends_on = None


def _linked(name: str, column: str, table: str, *others: str) -> list[sa.schema.SchemaItem]:
    foreign = op.f(f"fk_{name}_{column}_{table}")
    return [
        sa.ForeignKeyConstraint([column], [f"{table}.id"], name=foreign, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(column, *others, name=op.f(f"pk_{name}")),
    ]


def upgrade() -> None:
    op.create_table(
        "federation_epoch",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("beat", sa.Integer(), nullable=False),
        sa.Column("restored_at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_federation_epoch")),
    )
    op.create_table(
        "federation_cursor",
        sa.Column("peer_id", sa.String(length=32), nullable=False),
        sa.Column("cursor", sa.String(length=500), nullable=False),
        sa.Column("epoch", sa.String(length=32), nullable=False),
        sa.Column("is_due", sa.Boolean(), nullable=False),
        sa.Column("pulled_at", sa.DateTime(), nullable=True),
        sa.Column("compared_at", sa.DateTime(), nullable=True),
        sa.Column("newer_there", sa.Integer(), nullable=False),
        *_linked("federation_cursor", "peer_id", "federation_peer"),
    )
    op.create_table(
        "federation_quota",
        sa.Column("peer_id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("pulled", sa.Integer(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        *_linked("federation_quota", "peer_id", "federation_peer", "day"),
    )
    _sightings()


def _sightings() -> None:
    op.create_table(
        "federation_sighting",
        sa.Column("alert_row", sa.String(length=32), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        *_linked("federation_sighting", "alert_row", "federation_remote_alert", "mark"),
    )
    op.create_table(
        "federation_sightings_sent",
        sa.Column("alert_row", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=False),
        *_linked("federation_sightings_sent", "alert_row", "federation_remote_alert"),
    )
    op.create_table(
        "federation_sightings_there",
        sa.Column("peer_id", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("heard_at", sa.DateTime(), nullable=False),
        *_linked("federation_sightings_there", "peer_id", "federation_peer", "alert_id"),
    )


def downgrade() -> None:
    for name in ("sightings_there", "sightings_sent", "sighting", "quota", "cursor", "epoch"):
        op.drop_table(f"federation_{name}")
