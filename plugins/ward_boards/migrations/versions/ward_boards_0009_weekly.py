"""The weekly letter of each board, who may send it, and since when a board has been silent."""

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0009"
down_revision = "ward_boards_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    _create_letter()
    op.create_table(
        "ward_boards_letter_mention",
        sa.Column("letter_id", sa.String(length=32), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"],
            ["ward_boards_letter.id"],
            name=op.f("fk_ward_boards_letter_mention_letter_id_ward_boards_letter"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_letter_mention_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("letter_id", "thread_id", name=op.f("pk_ward_boards_letter_mention")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_letter_mention_thread_id"), "ward_boards_letter_mention", ["thread_id"])
    _create_people()


def _create_letter() -> None:
    op.create_table(
        "ward_boards_letter",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("week_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_edited", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sent_on", sa.Date(), nullable=True),
        sa.Column("sent_to", sa.Text(), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'sent', 'covered', 'lapsed')", name=op.f("ck_ward_boards_letter_known_state")
        ),
        sa.ForeignKeyConstraint(
            ["ward_code"],
            ["core_ward.code"],
            name=op.f("fk_ward_boards_letter_ward_code_core_ward"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_letter_thread_id_ward_boards_thread"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_letter")),
        sa.UniqueConstraint("ward_code", "week_on", name=op.f("uq_ward_boards_letter_ward_code_week_on")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ward_boards_letter_week", "ward_boards_letter", ["state", "week_on"])


def _create_people() -> None:
    op.create_table(
        "ward_boards_deputy",
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ward_code"],
            ["core_ward.code"],
            name=op.f("fk_ward_boards_deputy_ward_code_core_ward"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_ward_boards_deputy_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ward_code", "member_id", name=op.f("pk_ward_boards_deputy")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_deputy_member_id"), "ward_boards_deputy", ["member_id"])
    op.create_table(
        "ward_boards_silence",
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["ward_code"],
            ["core_ward.code"],
            name=op.f("fk_ward_boards_silence_ward_code_core_ward"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ward_code", name=op.f("pk_ward_boards_silence")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("ward_boards_silence")
    op.drop_table("ward_boards_deputy")
    op.drop_table("ward_boards_letter_mention")
    op.drop_table("ward_boards_letter")
