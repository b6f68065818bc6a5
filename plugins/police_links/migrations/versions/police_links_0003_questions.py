"""Questions to a contact session, who wants them answered (as keyed hashes), and their answers."""

import sqlalchemy as sa
from alembic import op

revision = "police_links_0003"
down_revision = "police_links_0002"
branch_labels = None
depends_on = None


def _session(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_session_id_police_links_session")
    return sa.ForeignKeyConstraint(["session_id"], ["police_links_session.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    """Make the three tables."""
    op.create_table(
        "police_links_question",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("words", sa.String(300), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("hidden_reason", sa.String(200), nullable=False),
        sa.Column("merged_into", sa.String(32), nullable=True),
        sa.Column("answer", sa.String(2000), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_police_links_question")),
        _session("police_links_question"),
        sa.ForeignKeyConstraint(
            ["merged_into"],
            ["police_links_question.id"],
            name=op.f("fk_police_links_question_merged_into_police_links_question"),
            ondelete="SET NULL",
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_police_links_question_session_id"), "police_links_question", ["session_id"])
    op.create_index(op.f("ix_police_links_question_answered_on"), "police_links_question", ["answered_on"])
    op.create_table(
        "police_links_want",
        sa.Column("question_id", sa.String(32), nullable=False),
        sa.Column("tag", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("question_id", "tag", name=op.f("pk_police_links_want")),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["police_links_question.id"],
            name=op.f("fk_police_links_want_question_id_police_links_question"),
            ondelete="CASCADE",
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "police_links_asked",
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("tag", sa.String(32), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "tag", name=op.f("pk_police_links_asked")),
        _session("police_links_asked"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("police_links_asked")
    op.drop_table("police_links_want")
    op.drop_table("police_links_question")
