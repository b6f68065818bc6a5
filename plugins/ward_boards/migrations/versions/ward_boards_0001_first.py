"""Boards in their first form: threads on wards, posts, counts, reports."""

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "ward_boards_thread",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("tier", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("opened_at", sa.DateTime(), nullable=False),
        sa.Column("last_post_at", sa.DateTime(), nullable=False),
        sa.Column("posts_count", sa.Integer(), nullable=False),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_thread")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ward_boards_thread_newest", "ward_boards_thread", ["last_post_at", "id"], unique=False)
    op.create_index(
        "ix_ward_boards_thread_tier", "ward_boards_thread", ["tier", "state", "last_post_at", "id"], unique=False
    )
    op.create_table(
        "ward_boards_post",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("ref", sa.String(length=120), nullable=True),
        sa.Column("member_id", sa.String(length=32), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("state_note", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_ward_boards_post_member_id_core_member"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_post_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_post")),
        sa.UniqueConstraint("thread_id", "number", name=op.f("uq_ward_boards_post_thread_id_number")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ward_boards_post_held", "ward_boards_post", ["state", "thread_id"], unique=False)
    op.create_index(op.f("ix_ward_boards_post_member_id"), "ward_boards_post", ["member_id"], unique=False)
    op.create_table(
        "ward_boards_tally",
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("tier", sa.String(length=12), nullable=False),
        sa.Column("threads_count", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ward_code"], ["core_ward.code"], name=op.f("fk_ward_boards_tally_ward_code_core_ward"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("ward_code", "tier", name=op.f("pk_ward_boards_tally")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ward_boards_thread_ward",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("tier", sa.String(length=12), nullable=False),
        sa.Column("is_listed", sa.Boolean(), nullable=False),
        sa.Column("last_post_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_thread_ward_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ward_code"],
            ["core_ward.code"],
            name=op.f("fk_ward_boards_thread_ward_ward_code_core_ward"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", "ward_code", name=op.f("pk_ward_boards_thread_ward")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ward_boards_thread_ward_newest",
        "ward_boards_thread_ward",
        ["ward_code", "is_listed", "last_post_at", "thread_id"],
        unique=False,
    )
    op.create_index(
        "ix_ward_boards_thread_ward_tier",
        "ward_boards_thread_ward",
        ["ward_code", "tier", "is_listed", "last_post_at", "thread_id"],
        unique=False,
    )
    op.create_table(
        "ward_boards_flag",
        sa.Column("post_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("flagged_on", sa.Date(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_ward_boards_flag_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["ward_boards_post.id"],
            name=op.f("fk_ward_boards_flag_post_id_ward_boards_post"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", "member_id", name=op.f("pk_ward_boards_flag")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ward_boards_flag_member_id", "ward_boards_flag", ["member_id"], unique=False)


def downgrade() -> None:
    """Go back."""
    op.drop_index("ix_ward_boards_flag_member_id", table_name="ward_boards_flag")
    op.drop_table("ward_boards_flag")
    op.drop_index("ix_ward_boards_thread_ward_tier", table_name="ward_boards_thread_ward")
    op.drop_index("ix_ward_boards_thread_ward_newest", table_name="ward_boards_thread_ward")
    op.drop_table("ward_boards_thread_ward")
    op.drop_table("ward_boards_tally")
    op.drop_index(op.f("ix_ward_boards_post_member_id"), table_name="ward_boards_post")
    op.drop_index("ix_ward_boards_post_held", table_name="ward_boards_post")
    op.drop_table("ward_boards_post")
    op.drop_index("ix_ward_boards_thread_tier", table_name="ward_boards_thread")
    op.drop_index("ix_ward_boards_thread_newest", table_name="ward_boards_thread")
    op.drop_table("ward_boards_thread")
