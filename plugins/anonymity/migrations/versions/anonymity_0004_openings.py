"""Make the tables of openings by two custodians.

Revision ID: anonymity_0004
Revises: anonymity_0003
"""

import sqlalchemy as sa
from alembic import op

revision = "anonymity_0004"
down_revision = "anonymity_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anonymity_opening",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=8), nullable=False),
        sa.Column("sealed_words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_by", sa.String(length=32), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("sealed_result", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'granted', 'refused', 'lapsed')", name=op.f("ck_anonymity_opening_state")
        ),
        sa.CheckConstraint("decided_by <> asked_by", name=op.f("ck_anonymity_opening_two_people")),
        sa.CheckConstraint("sealed_result IS NULL OR state = 'granted'", name=op.f("ck_anonymity_opening_result")),
        sa.ForeignKeyConstraint(
            ["asked_by"],
            ["core_member.id"],
            name=op.f("fk_anonymity_opening_asked_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"],
            ["core_member.id"],
            name=op.f("fk_anonymity_opening_decided_by_core_member"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anonymity_opening")),
        sqlite_with_rowid=False,
    )
    for column in ("asked_by", "decided_by", "post_id", "until_on"):
        op.create_index(op.f(f"ix_anonymity_opening_{column}"), "anonymity_opening", [column])
    op.create_table(
        "anonymity_opening_count",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", "reason", "outcome", name=op.f("pk_anonymity_opening_count")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "anonymity_opening_note",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("tell_on", sa.Date(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("is_put_off", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anonymity_opening_note")),
        sqlite_with_rowid=False,
    )
    for column in ("tag", "tell_on"):
        op.create_index(op.f(f"ix_anonymity_opening_note_{column}"), "anonymity_opening_note", [column])


def downgrade() -> None:
    op.drop_table("anonymity_opening_note")
    op.drop_table("anonymity_opening_count")
    op.drop_table("anonymity_opening")
