"""Doors, contact sessions, their bookings, and requests for a session."""

import sqlalchemy as sa
from alembic import op

from core.database import UTCDateTime

revision = "police_links_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the four tables."""
    op.create_table(
        "police_links_door",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("ward_code", sa.String(9), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("url", sa.String(500), nullable=True),
        sa.Column("is_for", sa.String(500), nullable=False),
        sa.Column("not_for", sa.String(500), nullable=False),
        sa.Column("hours", sa.String(200), nullable=False),
        sa.Column("source", sa.String(300), nullable=False),
        sa.Column("last_checked_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_police_links_door"),
        sa.ForeignKeyConstraint(
            ["ward_code"], ["core_ward.code"], name="fk_police_links_door_ward_code_core_ward", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("ward_code", "kind", name="uq_police_links_door_ward_code_kind"),
    )
    op.create_index("ix_police_links_door_ward_code", "police_links_door", ["ward_code"])
    op.create_table(
        "police_links_session",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("ward_code", sa.String(9), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("place", sa.String(200), nullable=False),
        sa.Column("details", sa.String(1000), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("cancel_reason", sa.String(200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("published_by_role", sa.String(20), nullable=False),
        sa.Column("revised_on", sa.Date(), nullable=False),
        sa.Column("is_reminded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_police_links_session"),
        sa.ForeignKeyConstraint(
            ["ward_code"], ["core_ward.code"], name="fk_police_links_session_ward_code_core_ward", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_police_links_session_ward_code", "police_links_session", ["ward_code"])
    op.create_index("ix_police_links_session_starts_at", "police_links_session", ["starts_at"])
    _people()


def _people() -> None:
    op.create_table(
        "police_links_booking",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("session_id", sa.String(32), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("cancel_token_hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_police_links_booking"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["police_links_session.id"],
            name="fk_police_links_booking_session_id_police_links_session",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["core_member.id"], name="fk_police_links_booking_member_id_core_member", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("session_id", "member_id", name="uq_police_links_booking_session_id_member_id"),
        sa.UniqueConstraint("cancel_token_hash", name="uq_police_links_booking_cancel_token_hash"),
    )
    op.create_index("ix_police_links_booking_member_id", "police_links_booking", ["member_id"])
    op.create_table(
        "police_links_request",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("ward_code", sa.String(9), nullable=False),
        sa.Column("member_id", sa.String(32), nullable=False),
        sa.Column("suits", sa.String(20), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.Column("requested_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_police_links_request"),
        sa.ForeignKeyConstraint(
            ["ward_code"], ["core_ward.code"], name="fk_police_links_request_ward_code_core_ward", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["core_member.id"], name="fk_police_links_request_member_id_core_member", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("ward_code", "member_id", name="uq_police_links_request_ward_code_member_id"),
    )
    op.create_index("ix_police_links_request_ward_code", "police_links_request", ["ward_code"])
    op.create_index("ix_police_links_request_member_id", "police_links_request", ["member_id"])


def downgrade() -> None:
    """Drop them, those that point at others first."""
    for table in ("request", "booking", "session", "door"):
        op.drop_table(f"police_links_{table}")
