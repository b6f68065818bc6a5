"""Unread marks, public copies and feeds."""

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0005"
down_revision = "ward_boards_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; notices that are out stay out, and who wrote them is a verified member."""
    _create_copies()
    op.create_table(
        "ward_boards_marks",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_ward_boards_marks_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_ward_boards_marks")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ward_boards_feed",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("wards", sa.Text(), nullable=False),
        sa.Column("with_text", sa.Boolean(), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_ward_boards_feed_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_ward_boards_feed_token_hash")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_feed_member_id"), "ward_boards_feed", ["member_id"])
    op.execute(
        "INSERT INTO ward_boards_public (thread_id, from_at, role, role_ward, content_hash) "
        "SELECT t.id, t.opened_at, '', '', '' FROM ward_boards_thread t WHERE t.tier = 'public' AND EXISTS "
        "(SELECT 1 FROM ward_boards_post p WHERE p.thread_id = t.id AND p.number = 1 AND p.state <> 'held')"
    )
    op.execute(
        "INSERT INTO ward_boards_public_place (ward_code, thread_id, from_at) "
        "SELECT w.ward_code, w.thread_id, c.from_at FROM ward_boards_thread_ward w "
        "JOIN ward_boards_public c ON c.thread_id = w.thread_id WHERE w.is_listed"
    )


def _create_copies() -> None:
    op.create_table(
        "ward_boards_public",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("from_at", sa.DateTime(), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("role_ward", sa.String(length=9), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_public_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_ward_boards_public")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ward_boards_public_newest", "ward_boards_public", ["from_at", "thread_id"])
    op.create_table(
        "ward_boards_public_place",
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("from_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_public_place_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ward_code"],
            ["core_ward.code"],
            name=op.f("fk_ward_boards_public_place_ward_code_core_ward"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ward_code", "thread_id", name=op.f("pk_ward_boards_public_place")),
        sqlite_with_rowid=False,
    )
    newest = ["ward_code", "from_at", "thread_id"]
    op.create_index("ix_ward_boards_public_place_newest", "ward_boards_public_place", newest)
    op.create_index("ix_ward_boards_public_place_thread_id", "ward_boards_public_place", ["thread_id"])
    op.create_table(
        "ward_boards_public_board",
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ward_code"],
            ["core_ward.code"],
            name=op.f("fk_ward_boards_public_board_ward_code_core_ward"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ward_code", name=op.f("pk_ward_boards_public_board")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("ward_boards_feed")
    op.drop_table("ward_boards_marks")
    op.drop_table("ward_boards_public_board")
    op.drop_table("ward_boards_public_place")
    op.drop_table("ward_boards_public")
