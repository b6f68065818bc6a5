"""Make the tables of blind credentials.

Revision ID: anonymity_0002
Revises: anonymity_0001
"""

import sqlalchemy as sa
from alembic import op

revision = "anonymity_0002"
down_revision = "anonymity_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "anonymity_epoch_key",
        sa.Column("epoch", sa.String(length=8), nullable=False),
        sa.Column("scope", sa.String(length=9), nullable=False),
        sa.Column("spki", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_private", sa.LargeBinary(), nullable=True),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["scope"], ["core_ward.code"], name=op.f("fk_anonymity_epoch_key_scope_core_ward")),
        sa.PrimaryKeyConstraint("epoch", "scope", name=op.f("pk_anonymity_epoch_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "anonymity_issuance",
        sa.Column("epoch", sa.String(length=8), nullable=False),
        sa.Column("scope", sa.String(length=9), nullable=False),
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("blinded_hash", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["scope"], ["core_ward.code"], name=op.f("fk_anonymity_issuance_scope_core_ward")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_anonymity_issuance_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("epoch", "scope", "member_id", name=op.f("pk_anonymity_issuance")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_anonymity_issuance_member_id"), "anonymity_issuance", ["member_id"])
    op.create_table(
        "anonymity_vault",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("blob", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_anonymity_vault_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_anonymity_vault")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "anonymity_voice_choice",
        sa.Column("member_id", sa.String(length=32), nullable=False),
        sa.Column("keep", sa.String(length=6), nullable=False),
        sa.CheckConstraint("keep IN ('device', 'card', 'none')", name=op.f("ck_anonymity_voice_choice_keep")),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["core_member.id"],
            name=op.f("fk_anonymity_voice_choice_member_id_core_member"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_anonymity_voice_choice")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "anonymity_manifest_entry",
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(length=8), nullable=False),
        sa.Column("scope", sa.String(length=9), nullable=False),
        sa.Column("spki_sha256", sa.String(length=64), nullable=False),
        sa.Column("issued", sa.Integer(), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_anonymity_manifest_entry")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("anonymity_manifest_entry")
    op.drop_table("anonymity_voice_choice")
    op.drop_table("anonymity_vault")
    op.drop_index(op.f("ix_anonymity_issuance_member_id"), table_name="anonymity_issuance")
    op.drop_table("anonymity_issuance")
    op.drop_table("anonymity_epoch_key")
