"""Priorities and monthly figures of the wards, from the open data of the police."""

import sqlalchemy as sa
from alembic import op

revision = "police_links_0002"
down_revision = "police_links_0001"
branch_labels = None
depends_on = None


def _ward(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["ward_code"], ["core_ward.code"], name=op.f(f"fk_{table}_ward_code_core_ward"), ondelete="CASCADE"
    )


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "police_links_neighbourhood",
        sa.Column("ward_code", sa.String(9), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("read_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("ward_code", name=op.f("pk_police_links_neighbourhood")),
        _ward("police_links_neighbourhood"),
    )
    op.create_table(
        "police_links_priority",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("ward_code", sa.String(9), nullable=False),
        sa.Column("issue", sa.String(1000), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("action", sa.String(1000), nullable=False),
        sa.Column("acted_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_police_links_priority")),
        _ward("police_links_priority"),
    )
    op.create_index(op.f("ix_police_links_priority_ward_code"), "police_links_priority", ["ward_code"])
    op.create_table(
        "police_links_crime_count",
        sa.Column("ward_code", sa.String(9), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ward_code", "month", "category", name=op.f("pk_police_links_crime_count")),
        _ward("police_links_crime_count"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("police_links_crime_count")
    op.drop_table("police_links_priority")
    op.drop_table("police_links_neighbourhood")
