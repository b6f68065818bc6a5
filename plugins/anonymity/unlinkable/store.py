"""The database file of the unlinkable side: opened by this side's own application, the worker, and nothing else.

It has no write-ahead log, which would keep the order of commits; what is deleted is overwritten; and after changes it
is written anew, for inside a page SQLite lays rows down as they come. Source: sqlite.org/pragma.html (secure_delete,
journal_mode), sqlite.org/fileformat2.html, sections 1.6 (cells of a page) and 1.3.7 (file change counter).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session

from core.config import Config
from core.database import LONGEST_WAIT_MS
from plugins.anonymity.unlinkable.models import VERSION, Side

FILE_NAME = "unlinkable.sqlite3"
PRAGMAS = ("journal_mode=TRUNCATE", "synchronous=FULL", "secure_delete=ON", "temp_store=MEMORY")
_EXTENSION = "boroughwatch.unlinkable"
_COUNTER = slice(24, 28)


class WrongVersion(Exception):
    """The file was made by another version of the program."""


class Store:
    """One engine on the file; its tables are made at the first use."""

    def __init__(self, url: str) -> None:
        """Take the file's address; it is not opened yet."""
        self.path = Path(sa.make_url(url).database or "")
        self._engine = sa.create_engine(url, hide_parameters=True)
        self._is_ready = False
        self._lock = threading.Lock()
        self._packed: bytes | None = None
        sa.event.listen(self._engine, "connect", _prepare)
        sa.event.listen(self._engine, "begin", _begin)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a session that writes and commits at its end; writers queue."""
        self.prepare()
        engine = self._engine.execution_options(immediate=True)
        with Session(engine, expire_on_commit=False) as db, db.begin():
            yield db

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that only reads."""
        self.prepare()
        with Session(self._engine) as db:
            yield db

    def prepare(self) -> None:
        """Make the tables of an empty file.

        Raises:
            WrongVersion: it holds tables that this program does not know.
        """
        with self._lock:
            if self._is_ready:
                return
            with self._engine.execution_options(immediate=True).begin() as connection:
                found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
                if found not in (0, VERSION):
                    raise WrongVersion(
                        f"{self.path} is of version {found}, and this program wants {VERSION}. Stop all processes and "
                        "move the file away: it holds posts of the last half day only."
                    )
                Side.metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
            self._is_ready = True

    def pack(self) -> None:
        """Write the file anew in the order of its keys, if it changed since this process last did."""
        self.prepare()
        if self._counter() == self._packed:
            return
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
        self._packed = self._counter()

    def _counter(self) -> bytes:
        with self.path.open("rb") as file:
            return file.read(28)[_COUNTER]

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def url_of(config: Config) -> str:
    """Return the address of the file: the configured one, or a file in the data folder."""
    configured = str(config.plugin["anonymity"]["unlinkable_database_url"])
    return configured or f"sqlite:///{config.data_dir / FILE_NAME}"


def keep(app: Flask, store: Store) -> None:
    """Let the worker and the pages of an app find its store."""
    app.extensions[_EXTENSION] = store


def store() -> Store:
    """Return the store of the current app, for jobs and for moderators' pages."""
    found: Store = current_app.extensions[_EXTENSION]
    return found


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={LONGEST_WAIT_MS}", *PRAGMAS):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("isolation_level") == "AUTOCOMMIT":
        return
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("immediate") else "BEGIN")
