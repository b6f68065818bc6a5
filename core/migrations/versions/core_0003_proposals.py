"""What one person proposes and another must confirm: roles, and the reset of a second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None

PEOPLE = {"member_id": False, "proposed_by": True, "confirmed_by": True}
FOUR_EYES = (
    "confirmed_by IS NULL OR (proposed_by IS NOT NULL AND confirmed_by <> proposed_by AND confirmed_by <> member_id)"
)


def upgrade() -> None:
    op.create_table(
        "core_proposal",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("role", sa.String(20), nullable=True),
        sa.Column("ward_code", sa.String(9), nullable=True),
        sa.Column("reason", sa.String(200), nullable=True),
        sa.Column("proposed_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        *(sa.Column(name, sa.String(32), nullable=may_be_empty) for name, may_be_empty in PEOPLE.items()),
        sa.CheckConstraint("kind IN ('grant', 'reset_second_factor')", name=op.f("ck_core_proposal_kind")),
        sa.CheckConstraint("(kind = 'grant') = (role IS NOT NULL)", name=op.f("ck_core_proposal_role")),
        sa.CheckConstraint("proposed_by <> member_id", name=op.f("ck_core_proposal_not_for_oneself")),
        sa.CheckConstraint(FOUR_EYES, name=op.f("ck_core_proposal_four_eyes")),
        sa.ForeignKeyConstraint(["ward_code"], ["core_ward.code"], name=op.f("fk_core_proposal_ward_code_core_ward")),
        *(
            sa.ForeignKeyConstraint(
                [name], ["core_member.id"], name=op.f(f"fk_core_proposal_{name}_core_member"), ondelete="CASCADE"
            )
            for name in PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_proposal")),
    )
    for name in PEOPLE:
        op.create_index(op.f(f"ix_core_proposal_{name}"), "core_proposal", [name])


def downgrade() -> None:
    op.drop_table("core_proposal")
