"""SQLite's log keeps what was written in the order of writing; a thief must not read from it who was here last."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from core.database import now, reading
from core.testing import make_app, make_member
from plugins.anonymity import jobs


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, plugins=["anonymity"])


def test_A3_the_log_of_the_main_database_is_empty_after_the_workers_minute(app: Flask, tmp_path: Path) -> None:
    member_id = make_member(app, "Canary Wren 77")
    log = tmp_path / "boroughwatch.db-wal"
    assert member_id.encode() in log.read_bytes()
    with app.app_context():
        jobs.empty_log(now())
    assert log.read_bytes() == b""
    assert member_id.encode() in (tmp_path / "boroughwatch.db").read_bytes()


def test_A3_a_reader_who_keeps_the_log_open_stops_neither_the_job_nor_the_next_minute(
    app: Flask, tmp_path: Path
) -> None:
    log = tmp_path / "boroughwatch.db-wal"
    with app.app_context():
        with reading() as db:
            db.connection().exec_driver_sql("SELECT count(*) FROM core_member").scalar()
            make_member(app, "Canary Wren 77")
            jobs.empty_log(now())
        jobs.empty_log(now())
    assert log.read_bytes() == b""


def test_A3_the_worker_does_it_every_minute(app: Flask) -> None:
    found = [job for plugin, job in app.extensions["boroughwatch"].contributions.jobs if job.name == "empty_log"]
    assert [job.every_seconds for job in found] == [60]
