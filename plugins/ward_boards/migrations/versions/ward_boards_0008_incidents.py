"""Incidents, the cap on urgent alerts, and where threads stood before their ward ended."""

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0008"
down_revision = "ward_boards_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward; threads that tell of something that happened are open incidents from their last post's day."""
    _create_incidents()
    op.execute(
        "INSERT INTO ward_boards_incident (thread_id, state, note, news_on) "
        "SELECT id, 'open', '', date(last_post_at) FROM ward_boards_thread "
        "WHERE category IN ('crime', 'suspicious', 'nuisance', 'safety')"
    )
    op.create_table(
        "ward_boards_thread_former",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_thread_former_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ward_code"],
            ["core_ward.code"],
            name=op.f("fk_ward_boards_thread_former_ward_code_core_ward"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", "ward_code", name=op.f("pk_ward_boards_thread_former")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ward_boards_alert_proposal",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("alert_row", sa.String(length=32), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("proposer_hash", sa.String(length=64), nullable=False),
        sa.Column("confirmer_hash", sa.String(length=64), nullable=True),
        sa.Column("until_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "(alert_row IS NULL) = (revision IS NULL)", name=op.f("ck_ward_boards_alert_proposal_update_of_a_revision")
        ),
        sa.CheckConstraint(
            "confirmer_hash IS NULL OR confirmer_hash <> proposer_hash",
            name=op.f("ck_ward_boards_alert_proposal_four_eyes"),
        ),
        sa.ForeignKeyConstraint(
            ["alert_row"],
            ["ward_boards_alert.id"],
            name=op.f("fk_ward_boards_alert_proposal_alert_row_ward_boards_alert"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_alert_proposal")),
        sqlite_with_rowid=False,
    )


def _create_incidents() -> None:
    op.create_table(
        "ward_boards_incident",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=True),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("news_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'updated', 'closed')", name=op.f("ck_ward_boards_incident_known_state")),
        sa.CheckConstraint(
            "(state = 'closed') = (outcome IS NOT NULL)", name=op.f("ck_ward_boards_incident_closed_with_outcome")
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_on IS NOT NULL)", name=op.f("ck_ward_boards_incident_closed_on_a_day")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_incident_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_ward_boards_incident")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ward_boards_incident_state", "ward_boards_incident", ["state", "news_on", "thread_id"])
    op.create_index("ix_ward_boards_incident_closed_on", "ward_boards_incident", ["closed_on", "thread_id"])
    op.create_table(
        "ward_boards_incident_update",
        sa.Column("post_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["ward_boards_post.id"],
            name=op.f("fk_ward_boards_incident_update_post_id_ward_boards_post"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_ward_boards_incident_update")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("ward_boards_thread_former")
    op.drop_table("ward_boards_alert_proposal")
    op.drop_table("ward_boards_incident_update")
    op.drop_table("ward_boards_incident")
