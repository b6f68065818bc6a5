"""Tables of the search: one row per text that can be found, on SQLite with an FTS5 index beside it, and who joined in.

The row's number must not tell in which order hidden authors wrote: it is the part of the day of the text (as
coarse as a hidden author's stored time) and forty random bits. Newest first is the greatest number first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base

POST, ALERT = "post", "alert"
INDEX = "ward_boards_search_words"
"""The FTS5 table. SQLite makes tables of its own beside it, named after it."""
SECURE_DELETE_SINCE = (3, 42, 0)
"""From this SQLite on FTS5 can take a deleted text's words out at once; until then the tidying job does it."""

FTS5 = (
    "CREATE VIRTUAL TABLE ward_boards_search_words USING fts5(words, content='ward_boards_search_entry', "
    "content_rowid='docid', tokenize=\"ascii tokenchars '='\")",
    "CREATE TRIGGER ward_boards_search_words_added AFTER INSERT ON ward_boards_search_entry BEGIN "
    "INSERT INTO ward_boards_search_words(rowid, words) VALUES (new.docid, new.words); END",
    "CREATE TRIGGER ward_boards_search_words_gone AFTER DELETE ON ward_boards_search_entry BEGIN "
    "INSERT INTO ward_boards_search_words(ward_boards_search_words, rowid, words) "
    "VALUES ('delete', old.docid, old.words); END",
    "CREATE TRIGGER ward_boards_search_words_changed AFTER UPDATE OF docid, words ON ward_boards_search_entry BEGIN "
    "INSERT INTO ward_boards_search_words(ward_boards_search_words, rowid, words) "
    "VALUES ('delete', old.docid, old.words); "
    "INSERT INTO ward_boards_search_words(rowid, words) VALUES (new.docid, new.words); END",
)
"""The index follows the rows by itself: also when a thread, a post or an alert is deleted and takes its row along.
Words come ready made (`tokens`), so the tokenizer has only spaces to find: the words are the same on PostgreSQL."""
SECURE_DELETE = "INSERT INTO ward_boards_search_words(ward_boards_search_words, rank) VALUES ('secure-delete', 1)"
INDEX_AWAY = (
    "DROP TRIGGER IF EXISTS ward_boards_search_words_added",
    "DROP TRIGGER IF EXISTS ward_boards_search_words_gone",
    "DROP TRIGGER IF EXISTS ward_boards_search_words_changed",
    "DROP TABLE IF EXISTS ward_boards_search_words",
)
GIN = "CREATE INDEX gin_ward_boards_search_entry_words ON ward_boards_search_entry USING gin (words)"


class Words(sa.types.TypeDecorator[Sequence[str]]):
    """The words of a text in their order: a line of words on SQLite, a tsvector on PostgreSQL."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> Any:
        """Return the type that this database searches."""
        return dialect.type_descriptor(TSVECTOR() if dialect.name == "postgresql" else sa.Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: sa.Dialect) -> str | None:
        """Write the words for this database; they hold letters, digits, marks and '=' only."""
        if value is None or isinstance(value, str):
            return value
        if dialect.name != "postgresql":
            return " ".join(value)
        places: dict[str, list[str]] = {}
        for place, word in enumerate(value, 1):
            places.setdefault(word, []).append(str(min(place, 16_383)))
        return " ".join(f"'{word}':{','.join(found[:255])}" for word, found in places.items())


class SearchEntry(Base):
    """A text that can be found: a published post, or an alert that was not cancelled."""

    __tablename__ = "ward_boards_search_entry"
    docid: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(sa.String(5))
    post_id: Mapped[str | None] = mapped_column(sa.ForeignKey("ward_boards_post.id", ondelete="CASCADE"), unique=True)
    alert_id: Mapped[str | None] = mapped_column(sa.ForeignKey("ward_boards_alert.id", ondelete="CASCADE"), unique=True)
    words: Mapped[Sequence[str]] = mapped_column(Words)
    __table_args__ = {"sqlite_with_rowid": False}


class SearchFill(Base):
    """There while texts still have to be put into the index: how far that is, by the id of the last one done."""

    __tablename__ = "ward_boards_search_fill"
    kind: Mapped[str] = mapped_column(sa.String(5), primary_key=True)
    position: Mapped[str] = mapped_column(sa.String(32), default="")
    __table_args__ = {"sqlite_with_rowid": False}


class MeToo(Base):
    """Somebody saw the same. `tag` is a keyed hash of thread and member: it counts each once and names nobody."""

    __tablename__ = "ward_boards_me_too"
    thread_id: Mapped[str] = mapped_column(sa.ForeignKey("ward_boards_thread.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    __table_args__ = {"sqlite_with_rowid": False}


def index_statements(dialect: str) -> tuple[str, ...]:
    """Return what makes the index beside the table of entries on this kind of database."""
    if dialect != "sqlite":
        return (GIN,)
    return (*FTS5, SECURE_DELETE) if sqlite3.sqlite_version_info >= SECURE_DELETE_SINCE else FTS5


def _make_index(_table: Any, connection: sa.Connection, **_more: Any) -> None:
    for statement in index_statements(connection.dialect.name):
        connection.exec_driver_sql(statement)


sa.event.listen(SearchEntry.__table__, "after_create", _make_index)
