"""Files, drafts, coarse place and time."""

import sqlalchemy as sa
from alembic import op

revision = "ward_boards_0004"
down_revision = "ward_boards_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "ward_boards_attachment",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("blob_id", sa.String(length=32), nullable=False),
        sa.Column("alt", sa.String(length=300), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["ward_boards_post.id"],
            name=op.f("fk_ward_boards_attachment_post_id_ward_boards_post"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["core_blob.id"], name=op.f("fk_ward_boards_attachment_blob_id_core_blob"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_attachment")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_attachment_post_id"), "ward_boards_attachment", ["post_id", "number"])
    op.create_index(op.f("ix_ward_boards_attachment_blob_id"), "ward_boards_attachment", ["blob_id"])
    op.create_table(
        "ward_boards_about",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("square", sa.String(length=20), nullable=True),
        sa.Column("happened_on", sa.Date(), nullable=True),
        sa.Column("half", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_about_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_ward_boards_about")),
        sqlite_with_rowid=False,
    )
    _create_drafts()


def _create_drafts() -> None:
    op.create_table(
        "ward_boards_draft",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("owner", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("saved_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_draft")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_draft_owner"), "ward_boards_draft", ["owner"])
    op.create_table(
        "ward_boards_draft_file",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("draft_id", sa.String(length=32), nullable=False),
        sa.Column("blob_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["ward_boards_draft.id"],
            name=op.f("fk_ward_boards_draft_file_draft_id_ward_boards_draft"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["blob_id"], ["core_blob.id"], name=op.f("fk_ward_boards_draft_file_blob_id_core_blob"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ward_boards_draft_file")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ward_boards_draft_file_draft_id"), "ward_boards_draft_file", ["draft_id"])
    op.create_index(op.f("ix_ward_boards_draft_file_blob_id"), "ward_boards_draft_file", ["blob_id"])


def downgrade() -> None:
    """Go back."""
    for table in ("draft_file", "draft", "about", "attachment"):
        op.drop_table(f"ward_boards_{table}")
