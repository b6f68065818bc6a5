"""Levels of membership, what decided about a postcode, and what an admin says of one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("core_membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("level", sa.String(10), server_default="verified", nullable=False))
        batch_op.create_check_constraint(op.f("ck_core_membership_level"), "level IN ('verified', 'reader')")
    # Not by a batch: that would copy the table with a row id, and it is the largest one.
    op.add_column("core_postcode", sa.Column("product", sa.String(20), server_default="", nullable=False))
    op.add_column("core_postcode", sa.Column("is_nearest", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "core_postcode_override",
        sa.Column("postcode", sa.String(8), nullable=False),
        sa.Column("ward_code", sa.String(9), nullable=True),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ward_code"], ["core_ward.code"], name=op.f("fk_core_postcode_override_ward_code_core_ward")
        ),
        sa.PrimaryKeyConstraint("postcode", name=op.f("pk_core_postcode_override")),
    )


def downgrade() -> None:
    op.drop_table("core_postcode_override")
    op.drop_column("core_postcode", "is_nearest")
    op.drop_column("core_postcode", "product")
    with op.batch_alter_table("core_membership", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_core_membership_level"), type_="check")
        batch_op.drop_column("level")
