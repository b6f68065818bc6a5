"""The search index, what still has to be put into it, and who joined in on a report."""

import sqlite3

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "ward_boards_0003"
down_revision = "ward_boards_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward. Posts and alerts that are there are put into the index by a job, in pieces."""
    op.create_table(
        "ward_boards_search_entry",
        sa.Column("docid", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("post_id", sa.String(length=32), nullable=True),
        sa.Column("alert_id", sa.String(length=32), nullable=True),
        sa.Column("words", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"],
            ["ward_boards_alert.id"],
            name=op.f("fk_ward_boards_search_entry_alert_id_ward_boards_alert"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["post_id"],
            ["ward_boards_post.id"],
            name=op.f("fk_ward_boards_search_entry_post_id_ward_boards_post"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("docid", name=op.f("pk_ward_boards_search_entry")),
        sa.UniqueConstraint("alert_id", name=op.f("uq_ward_boards_search_entry_alert_id")),
        sa.UniqueConstraint("post_id", name=op.f("uq_ward_boards_search_entry_post_id")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ward_boards_search_fill",
        sa.Column("kind", sa.String(length=5), nullable=False),
        sa.Column("position", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_ward_boards_search_fill")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ward_boards_me_too",
        sa.Column("thread_id", sa.String(length=32), nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"],
            ["ward_boards_thread.id"],
            name=op.f("fk_ward_boards_me_too_thread_id_ward_boards_thread"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", "tag", name=op.f("pk_ward_boards_me_too")),
        sqlite_with_rowid=False,
    )
    _make_index()
    for kind in ("post", "alert"):
        op.execute(
            "INSERT INTO ward_boards_search_fill (kind, position) "  # noqa: S608  # nosec B608  # two words of our own
            f"SELECT '{kind}', '' WHERE EXISTS (SELECT 1 FROM ward_boards_{kind})"
        )


def _make_index() -> None:
    if op.get_bind().dialect.name != "sqlite":
        op.execute("CREATE INDEX gin_ward_boards_search_entry_words ON ward_boards_search_entry USING gin (words)")
        return
    op.execute(
        "CREATE VIRTUAL TABLE ward_boards_search_words USING fts5(words, content='ward_boards_search_entry', "
        "content_rowid='docid', tokenize=\"ascii tokenchars '='\")"
    )
    op.execute(
        "CREATE TRIGGER ward_boards_search_words_added AFTER INSERT ON ward_boards_search_entry BEGIN "
        "INSERT INTO ward_boards_search_words(rowid, words) VALUES (new.docid, new.words); END"
    )
    op.execute(
        "CREATE TRIGGER ward_boards_search_words_gone AFTER DELETE ON ward_boards_search_entry BEGIN "
        "INSERT INTO ward_boards_search_words(ward_boards_search_words, rowid, words) "
        "VALUES ('delete', old.docid, old.words); END"
    )
    op.execute(
        "CREATE TRIGGER ward_boards_search_words_changed "
        "AFTER UPDATE OF docid, words ON ward_boards_search_entry BEGIN "
        "INSERT INTO ward_boards_search_words(ward_boards_search_words, rowid, words) "
        "VALUES ('delete', old.docid, old.words); "
        "INSERT INTO ward_boards_search_words(rowid, words) VALUES (new.docid, new.words); END"
    )
    if sqlite3.sqlite_version_info >= (3, 42, 0):
        op.execute("INSERT INTO ward_boards_search_words(ward_boards_search_words, rank) VALUES ('secure-delete', 1)")


def downgrade() -> None:
    """Go back. The index of SQLite goes first: it reads from the table it belongs to."""
    if op.get_bind().dialect.name == "sqlite":
        for name in ("added", "gone", "changed"):
            op.execute(f"DROP TRIGGER ward_boards_search_words_{name}")
        op.execute("DROP TABLE ward_boards_search_words")
    op.drop_table("ward_boards_me_too")
    op.drop_table("ward_boards_search_fill")
    op.drop_table("ward_boards_search_entry")
