"""Claims, snapshots, the log and appeals."""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0006"
down_revision = "ward_boards_0005"
branch_labels = None
depends_on = None

TABLES = ("merge", "log_ward", "log", "visitor_report", "case")


def upgrade() -> None:
    """Go forward. Posts that wait when the tables come get their cases; there was no copy of them before."""
    op.add_column("ward_boards_post", sa.Column("state_reason", sa.String(60), nullable=False, server_default=""))
    op.add_column("ward_boards_post", sa.Column("is_changed", sa.Boolean(), nullable=False, server_default=sa.false()))
    _create_case()
    _create_the_rest()
    _open_cases()


def _create_case() -> None:
    op.create_table(
        "ward_boards_case",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=True),
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("urgency_rank", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("hold_code", sa.String(length=60), nullable=False),
        sa.Column("was_out", sa.Boolean(), nullable=False),
        sa.Column("claim_hash", sa.String(length=32), nullable=False),
        sa.Column("claimed_until", sa.DateTime(), nullable=True),
        sa.Column("escalate_at", sa.DateTime(), nullable=True),
        sa.Column("escalations", sa.Integer(), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("decider_hash", sa.String(length=32), nullable=False),
        sa.Column("decider_ward", sa.String(length=9), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("appeal_of", sa.String(length=32), nullable=True),
        sa.Column("asked_ward", sa.String(length=9), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_ward"],
            ["core_ward.code"],
            name=op.f("fk_ward_boards_case_asked_ward_core_ward"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["ward_boards_post.id"],
            name=op.f("fk_ward_boards_case_post_id_ward_boards_post"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_case_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_case")),
        sa.UniqueConstraint("appeal_of", name=op.f("uq_ward_boards_case_appeal_of")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_ward_boards_case_one_open",
        "ward_boards_case",
        ["post_id"],
        unique=True,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_index("ix_ward_boards_case_post_id", "ward_boards_case", ["post_id"], unique=False)
    op.create_index(
        "ix_ward_boards_case_queue", "ward_boards_case", ["is_open", "urgency_rank", "opened_on", "id"], unique=False
    )
    op.create_index(op.f("ix_ward_boards_case_thread_id"), "ward_boards_case", ["thread_id"], unique=False)


def _create_the_rest() -> None:
    op.create_table(
        "ward_boards_visitor_report",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("reported_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["ward_boards_post.id"],
            name=op.f("fk_ward_boards_visitor_report_post_id_ward_boards_post"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_visitor_report")),
        sqlite_with_rowid=False,
    )
    op.create_index(
        op.f("ix_ward_boards_visitor_report_post_id"), "ward_boards_visitor_report", ["post_id"], unique=False
    )
    op.create_table(
        "ward_boards_log",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("verb", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("tier", sa.String(length=12), nullable=False),
        sa.Column("thread_id", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_log_thread_id_ward_boards_thread"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_log")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ward_boards_log_day", "ward_boards_log", ["day", "id"], unique=False)
    op.create_index(op.f("ix_ward_boards_log_thread_id"), "ward_boards_log", ["thread_id"], unique=False)
    op.create_table(
        "ward_boards_log_ward",
        sa.Column("entry_id", sa.String(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["ward_boards_log.id"],
            name=op.f("fk_ward_boards_log_ward_entry_id_ward_boards_log"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ward_code"],
            ["core_ward.code"],
            name=op.f("fk_ward_boards_log_ward_ward_code_core_ward"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", "ward_code", name=op.f("pk_ward_boards_log_ward")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ward_boards_log_ward_ward_code", "ward_boards_log_ward", ["ward_code"], unique=False)
    op.create_table(
        "ward_boards_merge",
        sa.Column("from_id", sa.String(length=32), nullable=False),
        sa.Column("into_id", sa.String(length=32), nullable=False),
        sa.Column("number_offset", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_merge_from_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["into_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_merge_into_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("from_id", name=op.f("pk_ward_boards_merge")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_merge_into_id"), "ward_boards_merge", ["into_id"], unique=False)


def _open_cases() -> None:
    db = op.get_bind()
    waiting = db.execute(
        sa.text(
            "SELECT id, thread_id, state FROM ward_boards_post WHERE state = 'held' OR (state = 'published' "
            "AND id IN (SELECT post_id FROM ward_boards_flag WHERE is_open))"
        )
    ).all()
    exposing = set(
        db.scalars(sa.text("SELECT post_id FROM ward_boards_flag WHERE is_open AND reason = 'exposes'")).all()
    )
    columns = ("id", "post_id", "thread_id", "kind", "is_open", "urgency_rank", "opened_on", "hold_code", "was_out")
    columns += ("claim_hash", "escalations", "outcome", "reason", "words", "note", "decider_hash", "decider_ward")
    table = sa.table("ward_boards_case", *(sa.column(n, sa.Date() if n == "opened_on" else None) for n in columns))
    empty = dict.fromkeys(columns, "") | {"is_open": True, "was_out": False, "escalations": 0}
    for post in waiting:
        rank = 0 if post.id in exposing else 3 if post.state == "held" else 4
        values = {"id": uuid4().hex, "post_id": post.id, "thread_id": post.thread_id, "urgency_rank": rank}
        values["kind"] = "held" if post.state == "held" else "report"
        db.execute(table.insert().values(empty | values | {"opened_on": datetime.now(UTC).date()}))


def downgrade() -> None:
    """Go back."""
    for name in TABLES:
        op.drop_table(f"ward_boards_{name}")
    op.drop_column("ward_boards_post", "is_changed")
    op.drop_column("ward_boards_post", "state_reason")
