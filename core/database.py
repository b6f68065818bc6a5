"""The database: declarative base, types, and the two ways to open a session.

`reading()` and `sql.session` read; `transaction()` writes and commits at its end. On SQLite a
writer begins IMMEDIATE: a deferred writer that finds the file changed fails instead of waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

sql = SQLAlchemy(require_default_engine=False)


class Base(DeclarativeBase):
    """All tables of core and of plugins share this metadata; the prefix says whose a table is."""

    metadata = sa.MetaData(naming_convention=NAMING)


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC datetimes; a naive one is a bug and refused."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Store as naive UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without time zone was given to the database")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Give back aware UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def new_id() -> str:
    """Return a random identifier. Never time-ordered: an order would tell when hidden posts were made."""
    return uuid4().hex


def id_column() -> Any:
    """Return a primary key column of random identifiers."""
    return mapped_column(sa.String(32), primary_key=True, default=new_id)


def now() -> datetime:
    """Return the current time, aware UTC."""
    return datetime.now(UTC)


def init_database(app: Flask, database_url: str) -> None:
    """Bind the app to its database and set what SQLite needs to keep its promises."""
    app.config["SQLALCHEMY_ENGINES"] = {"default": {"url": database_url}}
    sql.init_app(app)
    with app.app_context():
        engine = sql.engine
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: with NORMAL a power cut loses everything since the last checkpoint.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=15000", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a writing session; commit at the end, roll back on any error.

    What was handed to `after_commit` runs once the commit is durable.
    """
    # A page holds one connection at a time: were it to keep the one it read on while it waits for this one, as
    # many pages at once as the pool is large would wait for each other. And what it reads afterwards is fresh.
    sql.session.rollback()
    engine = sql.engine.execution_options(immediate=True)
    with Session(engine, expire_on_commit=False) as db:
        with db.begin():
            yield db
        callbacks: list[Callable[[], None]] = db.info.pop("after_commit", [])
    for callback in callbacks:
        callback()


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session for reading outside a request (jobs, commands)."""
    with Session(sql.engine) as db:
        yield db


def after_commit(db: Session, callback: Callable[[], None]) -> None:
    """Run `callback` after this transaction is durable; never when it rolls back."""
    db.info.setdefault("after_commit", []).append(callback)


def fold_log() -> bool:
    """Write SQLite's log into the database and empty it, for it still holds what was just deleted.

    Call outside a transaction. Returns False when a reader kept it open; try again later. Other
    databases clean up on their own terms: True.
    """
    if sql.engine.dialect.name != "sqlite":
        return True
    connection = sql.engine.raw_connection()
    try:
        busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.close()
    return not busy
