"""The database: declarative base, types, and the two ways to open a session.

`reading()` and `sql.session` read; `transaction()` writes and commits at its end. Writers queue, on
every database: what one reads and then changes stays as it read it. On SQLite a writer begins IMMEDIATE
(a deferred one that finds the file changed fails instead of waiting); on PostgreSQL it takes a lock that
ends with the transaction. Readers wait for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

import sqlalchemy as sa
from flask import Flask, current_app
from flask_sqlalchemy_lite import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

LONGEST_WAIT_MS = 15_000
"""How long a writer waits for its turn; then the page answers 503 and asks to try again."""
WRITERS_LOCK = 0x626F726F756768
"""The number of the PostgreSQL advisory lock that writers of one database queue for."""

T = TypeVar("T")
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
    """Bind the app to its database and set what each kind needs to keep our promises."""
    is_file = sa.make_url(database_url).get_backend_name() == "sqlite"
    # What somebody typed must not stand in a log because the database refused it.
    options: dict[str, Any] = {"url": database_url, "hide_parameters": True}
    if not is_file:
        # A server's connection that died while nobody used it (a restart, a firewall) must not fail the next page.
        options["pool_pre_ping"] = True
    app.config["SQLALCHEMY_ENGINES"] = {"default": options}
    sql.init_app(app)
    # We have no asynchronous engine. Its end of each request would cost more than the page: a thread and a loop.
    app.teardown_appcontext_funcs[:] = [
        each for each in app.teardown_appcontext_funcs if each.__name__ != "_close_async_sessions"
    ]
    with app.app_context():
        engine = sql.engine
    if is_file:
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    else:
        sa.event.listen(engine, "connect", _prepare_postgresql)
        sa.event.listen(engine, "begin", _begin_postgresql)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    # FULL: with NORMAL a power cut loses everything since the last checkpoint.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.execute(f"PRAGMA busy_timeout={LONGEST_WAIT_MS}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    connection.execute(f"SET lock_timeout = {LONGEST_WAIT_MS}")
    connection.commit()


def _begin_postgresql(connection: sa.Connection) -> None:
    # Without it two writers read the same last entry, count or state and each write what follows from it.
    if connection.get_execution_options().get("immediate", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")


def has_one_worker() -> bool:
    """Whether there is one worker at most: SQLite is a file of one machine, on PostgreSQL there may be many."""
    return sql.engine.dialect.name == "sqlite"


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
        current_app.extensions.pop(_FACTS, None)
        callbacks: list[Callable[[], None]] = db.info.pop("after_commit", [])
    for callback in callbacks:
        callback()


FACTS_SECONDS = 5
_FACTS = "boroughwatch.facts"
_MOST_FACTS = 1000


def remembered(key: Hashable, load: Callable[[], T]) -> T:
    """Return what `load` answers, for five seconds at most without asking; any write of this process forgets it.

    For facts that are the same for everybody, like who to call in a ward. Never for rights, members or alerts:
    another process may have changed them.
    """
    # Five seconds of the clock on the wall, for what is true of "now" may hang on it.
    whole = (int(now().timestamp()) // FACTS_SECONDS, key)
    facts: dict[Hashable, Any] = current_app.extensions.setdefault(_FACTS, {})
    if whole in facts:
        kept: T = facts[whole]
        return kept
    if len(facts) >= _MOST_FACTS:
        current_app.extensions[_FACTS] = facts = {}  # not emptied: another thread may be reading it
    found = facts[whole] = load()
    return found


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session for reading outside a request (jobs, commands)."""
    with Session(sql.engine) as db:
        yield db


def after_commit(db: Session, callback: Callable[[], None]) -> None:
    """Run `callback` after this transaction is durable; never when it rolls back."""
    db.info.setdefault("after_commit", []).append(callback)


def write_anew(*tables: str) -> None:
    """Write small tables anew on PostgreSQL, whose files hold deleted rows and their order until then.

    Call outside a transaction. SQLite overwrites what it deletes (`secure_delete`): nothing to do.
    """
    if has_one_worker():
        return
    quoted = ", ".join(sql.engine.dialect.identifier_preparer.quote(table) for table in tables)
    with sql.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM FULL {quoted}")


def fold_log(wait_ms: int = LONGEST_WAIT_MS) -> bool:
    """Write SQLite's log into the database and empty it, for it still holds what was just deleted.

    Call outside a transaction. Returns False when a reader kept it open for so long; try again later. Writers wait
    meanwhile. Other databases clean up on their own terms: True.
    """
    if not has_one_worker():
        return True
    connection = sql.engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={wait_ms}")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.execute(f"PRAGMA busy_timeout={LONGEST_WAIT_MS}")
    finally:
        connection.close()
    return not busy
