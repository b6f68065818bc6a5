"""How wards change at a boundary review."""

import sqlalchemy as sa
from alembic import op

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column("core_ward", sa.Column("ended_on", sa.Date(), nullable=True))
    op.add_column("core_membership", sa.Column("split_from", sa.String(length=9), nullable=True))
    op.create_table(
        "core_ward_name",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["code"], ["core_ward.code"], name=op.f("fk_core_ward_name_code_core_ward"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("code", "from_on", name=op.f("pk_core_ward_name")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "core_ward_change",
        sa.Column("old_code", sa.String(length=9), nullable=False),
        sa.Column("new_code", sa.String(length=9), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("share_permille", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('rename', 'split', 'merge', 'end')", name=op.f("ck_core_ward_change_kind")),
        *(
            sa.ForeignKeyConstraint(
                [name], ["core_ward.code"], name=op.f(f"fk_core_ward_change_{name}_core_ward"), ondelete="CASCADE"
            )
            for name in ("old_code", "new_code")
        ),
        sa.PrimaryKeyConstraint("old_code", "new_code", "on_date", name=op.f("pk_core_ward_change")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Go back; wards that ended become wards again."""
    op.drop_table("core_ward_change")
    op.drop_table("core_ward_name")
    op.drop_column("core_membership", "split_from")
    op.drop_column("core_ward", "ended_on")
