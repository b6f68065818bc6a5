"""Defamation notices and complaints."""

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0007"
down_revision = "ward_boards_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    _create_notice()
    op.create_table(
        "ward_boards_complaint",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("receipt_hash", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ward_list", sa.String(length=800), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("sealed_answer", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["ward_boards_post.id"],
            name=op.f("fk_ward_boards_complaint_post_id_ward_boards_post"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_complaint")),
        sa.UniqueConstraint("receipt_hash", name=op.f("uq_ward_boards_complaint_receipt_hash")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_complaint_post_id"), "ward_boards_complaint", ["post_id"])
    op.create_index("ix_ward_boards_complaint_open", "ward_boards_complaint", ["closed_on", "due_on"])
    op.create_table(
        "ward_boards_proceedings",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_proceedings_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_ward_boards_proceedings")),
        sqlite_with_rowid=False,
    )


def _create_notice() -> None:
    op.create_table(
        "ward_boards_notice",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=True),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("ward_list", sa.String(length=800), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("sealed_answer", sa.Text(), nullable=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("act_at", sa.DateTime(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["ward_boards_post.id"],
            name=op.f("fk_ward_boards_notice_post_id_ward_boards_post"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_notice")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_notice_post_id"), "ward_boards_notice", ["post_id"])
    op.create_index(op.f("ix_ward_boards_notice_act_at"), "ward_boards_notice", ["act_at"])
    op.create_table(
        "ward_boards_notice_step",
        sa.Column("notice_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"],
            ["ward_boards_notice.id"],
            name=op.f("fk_ward_boards_notice_step_notice_id_ward_boards_notice"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("notice_id", "number", name=op.f("pk_ward_boards_notice_step")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("ward_boards_proceedings")
    op.drop_table("ward_boards_complaint")
    op.drop_table("ward_boards_notice_step")
    op.drop_table("ward_boards_notice")
