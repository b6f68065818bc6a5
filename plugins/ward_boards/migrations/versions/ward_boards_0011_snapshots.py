"""Keep the pictures of a reported post with its sealed copy.

Revision ID: ward_boards_0011
Revises: ward_boards_0010
"""

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0011"
down_revision = "ward_boards_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ward_boards_case_picture",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("case_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.String(length=32), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["blob_id"],
            ["core_blob.id"],
            name=op.f("fk_ward_boards_case_picture_blob_id_core_blob"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["ward_boards_case.id"],
            name=op.f("fk_ward_boards_case_picture_case_id_ward_boards_case"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_case_picture")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ward_boards_case_picture_case_id", "ward_boards_case_picture", ["case_id", "number"])
    op.create_index("ix_ward_boards_case_picture_blob_id", "ward_boards_case_picture", ["blob_id"])


def downgrade() -> None:
    op.drop_table("ward_boards_case_picture")
