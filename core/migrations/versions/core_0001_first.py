"""Core's tables in their first form."""

import sqlalchemy as sa
from alembic import op

revision = "core_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "core_audit_entry",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(length=32), nullable=False),
        sa.Column("verb", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_core_audit_entry")),
        sa.UniqueConstraint("hash", name=op.f("uq_core_audit_entry_hash")),
    )
    op.create_table(
        "core_event",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_event")),
    )
    with op.batch_alter_table("core_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_event_sequence"), ["sequence"], unique=False)

    op.create_table(
        "core_job",
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("leased_until", sa.DateTime(), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(), nullable=True),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_core_job")),
    )
    op.create_table(
        "core_mail",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_mail")),
    )
    with op.batch_alter_table("core_mail", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_mail_due_at"), ["due_at"], unique=False)

    op.create_table(
        "core_member",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("alias", sa.String(length=40), nullable=False),
        sa.Column("alias_changes", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=10), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("tf_totp_secret", sa.String(length=255), nullable=True),
        sa.Column("tf_primary_method", sa.String(length=64), nullable=True),
        sa.Column("mf_recovery_codes", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_member")),
        sa.UniqueConstraint("alias", name=op.f("uq_core_member_alias")),
        sa.UniqueConstraint("email", name=op.f("uq_core_member_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_core_member_fs_uniquifier")),
    )
    op.create_table(
        "core_postcode",
        sa.Column("postcode", sa.String(length=8), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=True),
        sa.Column("refusal", sa.String(length=20), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_core_postcode")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("core_postcode", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_postcode_ward_code"), ["ward_code"], unique=False)

    op.create_table(
        "core_ward",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("borough_code", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("boundary", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_core_ward")),
    )
    with op.batch_alter_table("core_ward", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_ward_borough_code"), ["borough_code"], unique=False)

    op.create_table(
        "core_blob",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=True),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("delete_from_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["core_member.id"], name=op.f("fk_core_blob_member_id_core_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_blob")),
    )
    with op.batch_alter_table("core_blob", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_blob_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_blob_owner"), ["owner"], unique=False)

    op.create_table(
        "core_membership",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.Column("method", sa.String(length=40), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["core_member.id"], name=op.f("fk_core_membership_member_id_core_member"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["ward_code"], ["core_ward.code"], name=op.f("fk_core_membership_ward_code_core_ward")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_core_membership")),
    )
    with op.batch_alter_table("core_membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_membership_ward_code"), ["ward_code"], unique=False)

    op.create_table(
        "core_receipt",
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.Column("subscriber", sa.String(length=100), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(
            ["event_id"], ["core_event.id"], name=op.f("fk_core_receipt_event_id_core_event"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", "subscriber", name=op.f("pk_core_receipt")),
    )
    with op.batch_alter_table("core_receipt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_receipt_due_at"), ["due_at"], unique=False)

    op.create_table(
        "core_role_grant",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=True),
        sa.Column("granted_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["core_member.id"], name=op.f("fk_core_role_grant_member_id_core_member"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["ward_code"], ["core_ward.code"], name=op.f("fk_core_role_grant_ward_code_core_ward")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_role_grant")),
    )
    with op.batch_alter_table("core_role_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_role_grant_member_id"), ["member_id"], unique=False)

    op.create_table(
        "core_token",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("scopes", sa.String(length=200), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["core_member.id"], name=op.f("fk_core_token_member_id_core_member"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_core_token_token_hash")),
    )
    with op.batch_alter_table("core_token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_token_member_id"), ["member_id"], unique=False)

    op.create_table(
        "core_ward_follow",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("ward_code", sa.String(length=9), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_core_ward_follow_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["ward_code"], ["core_ward.code"], name=op.f("fk_core_ward_follow_ward_code_core_ward")
        ),
        sa.PrimaryKeyConstraint("member_id", "ward_code", name=op.f("pk_core_ward_follow")),
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("core_ward_follow")
    with op.batch_alter_table("core_token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_token_member_id"))

    op.drop_table("core_token")
    with op.batch_alter_table("core_role_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_role_grant_member_id"))

    op.drop_table("core_role_grant")
    with op.batch_alter_table("core_receipt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_receipt_due_at"))

    op.drop_table("core_receipt")
    with op.batch_alter_table("core_membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_membership_ward_code"))

    op.drop_table("core_membership")
    with op.batch_alter_table("core_blob", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_blob_owner"))
        batch_op.drop_index(batch_op.f("ix_core_blob_member_id"))

    op.drop_table("core_blob")
    with op.batch_alter_table("core_ward", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_ward_borough_code"))

    op.drop_table("core_ward")
    with op.batch_alter_table("core_postcode", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_postcode_ward_code"))

    op.drop_table("core_postcode")
    op.drop_table("core_member")
    with op.batch_alter_table("core_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_mail_due_at"))

    op.drop_table("core_mail")
    op.drop_table("core_job")
    with op.batch_alter_table("core_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_core_event_sequence"))

    op.drop_table("core_event")
    op.drop_table("core_audit_entry")
