"""What members follow, how they are told, and what waits for them."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None
TABLES = ("core_topic_follow", "core_notice_choice", "core_waiting_note", "core_notice", "core_push_subscription")


def upgrade() -> None:
    """Go forward."""
    _create(
        "core_topic_follow",
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("topic_hash", sa.String(32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        keys=("member_id", "topic_hash"),
    )
    op.create_index(op.f("ix_core_topic_follow_topic_hash"), "core_topic_follow", ["topic_hash"])
    _create_choice()
    _create(
        "core_waiting_note",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
    )
    _create(
        "core_notice",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("noticed_on", sa.Date(), nullable=False),
        sa.Column("is_read", sa.Boolean(), nullable=False),
    )
    _create(
        "core_push_subscription",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("endpoint_hash", sa.String(32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("fails", sa.Integer(), nullable=False),
        sa.UniqueConstraint("endpoint_hash", name=op.f("uq_core_push_subscription_endpoint_hash")),
    )
    for table, column in (
        ("core_waiting_note", "due_at"),
        ("core_notice", "noticed_on"),
        ("core_push_subscription", "due_at"),
    ):
        op.create_index(op.f(f"ix_{table}_member_id"), table, ["member_id"])
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


def _create_choice() -> None:
    _create(
        "core_notice_choice",
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("least", sa.String(10), nullable=False),
        sa.Column("rhythm", sa.String(8), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("digest_hour", "digest_weekday", "quiet_from", "quiet_until")
        ),
        *(
            sa.Column(name, sa.Boolean(), nullable=False)
            for name in ("urgent_in_quiet", "by_mail", "by_web", "letters", "with_titles")
        ),
        keys=("member_id",),
        has_rowid=True,
    )


def _create(table: str, *columns: Any, keys: tuple[str, ...] = ("id",), has_rowid: bool = False) -> None:
    op.create_table(
        table,
        *columns,
        sa.ForeignKeyConstraint(
            ["member_id"], ["core_member.id"], name=op.f(f"fk_{table}_member_id_core_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{table}")),
        sqlite_with_rowid=has_rowid,
    )


def downgrade() -> None:
    """Go back."""
    for table in TABLES:
        op.drop_table(table)
