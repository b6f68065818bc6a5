"""Rate limits and hints on Redis, sealed files on S3, and what happens when either is gone."""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from flask import Flask
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from core import storage, testing
from core.app import create_app
from core.config import ConfigError
from core.database import reading, transaction
from core.hints import Hints
from core.instance import instance
from core.web.security import limiter


def on_redis(folder: Path, url: str, **settings: Any) -> Flask:
    """Return an instance whose hints really go through Redis."""
    app = testing.make_app(folder, {}, **settings)
    app.extensions["boroughwatch.hints"] = Hints(replace(instance(app).config, redis_url=url))
    return app


def test_a_hint_of_a_page_wakes_a_worker_elsewhere_and_a_forged_one_does_nothing(
    tmp_path: Path, redis_url: str
) -> None:
    page, worker = on_redis(tmp_path, redis_url), on_redis(tmp_path, redis_url)
    neighbour = on_redis(tmp_path / "next", redis_url, borough="E09000012")
    hints, woken = worker.extensions["boroughwatch.hints"], threading.Event()
    hints.work = woken.set
    with page.app_context():
        page.extensions["boroughwatch.hints"].tick()
    assert neighbour.extensions["boroughwatch.hints"].huey.dequeue() is None, "neighbours on one Redis keep apart"
    hints.huey.execute(hints.huey.dequeue())
    assert woken.is_set()
    hints.huey.storage.enqueue(pickle.dumps(print))
    with pytest.raises(ValueError, match="Separator|signature"):
        hints.huey.dequeue()


def test_tries_are_counted_together_over_several_processes_and_alone_without_redis(
    tmp_path: Path, redis_process: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    process, url = redis_process
    for name, value in (("enabled", True), ("_storage_dead", False)):
        monkeypatch.setattr(limiter, name, value)  # an earlier test app left it switched off
    app = on_redis(tmp_path, url, redis_url=url)
    limiter.enabled = True
    try:
        assert type(limiter.storage).__name__ == "RedisStorage"
        person = {"alias": "x", "email": "nobody"}
        answers = [app.test_client().post("/join", data=person).status_code for _ in range(21)]
        assert (answers[0], answers[-1]) == (422, 429)
        with redis.Redis.from_url(url) as client:
            assert len(client.keys("*LIMITER*")) == 1, "the count is in Redis, where every process sees it"
        assert app.test_client().get("/readyz").status_code == 200
        process.terminate()
        process.wait(10)
        assert app.test_client().post("/join", data=person).status_code in (422, 429), "pages go on without Redis"
        ready = app.test_client().get("/readyz")
        assert (ready.status_code, ready.get_json()["part"]) == (503, "queue")
    finally:
        limiter.enabled = False
        # There is one limiter in a process: what comes after must not count in a Redis that is gone.
        memory = MemoryStorage()
        limiter._storage, limiter._limiter = memory, FixedWindowRateLimiter(memory)


def test_a_blob_comes_back_from_s3_and_goes(tmp_path: Path, bucket: str, stored: dict[str, Any]) -> None:
    with testing.make_app(tmp_path, {}, storage_url=bucket).app_context():
        storage.check()
        with transaction() as db:
            kept, gone = (storage.put(db, "some_plugin", b"sealed bytes") for _ in range(2))
        with reading() as db:
            assert storage.get(db, kept) == b"sealed bytes"
        with transaction() as db:
            storage.delete(db, gone)
        assert list(stored) == [f"files/sealed/some_plugin/{kept}.age"]
        stored["files/sealed/some_plugin/orphan.age"] = (b"x", datetime.now(UTC) - timedelta(hours=2))
        assert storage.sweep() == 1
        assert list(stored) == [f"files/sealed/some_plugin/{kept}.age"]
        stored.clear()
        with reading() as db, pytest.raises(storage.BlobGone):
            storage.get(db, kept)


def test_without_s3_a_paper_is_not_taken_and_the_page_says_try_again(tmp_path: Path, bucket: str) -> None:
    nowhere = "s3://files?endpoint=http://127.0.0.1:9&region=us-east-1"
    app = testing.make_app(tmp_path, {}, storage_url=nowhere)
    started = time.monotonic()
    with app.app_context(), pytest.raises(storage.StoreUnavailable), transaction() as db:
        storage.put(db, "some_plugin", b"sealed bytes")
    assert time.monotonic() - started < 15
    ready = app.test_client().get("/readyz")
    assert (ready.status_code, ready.get_json()["part"]) == (503, "vault")


@pytest.mark.parametrize(
    ("line", "value", "expected"),
    [
        ("database_url", "mysql://host/name", "postgresql://"),
        ("database_url", "postgres://user:hidden@host/name", "postgresql://"),
        ("redis_url", "localhost:6379", "redis://"),
        ("storage_url", "gs://bucket", "s3://"),
    ],
)
def test_an_address_of_a_service_we_cannot_use_stops_the_start(
    tmp_path: Path, line: str, value: str, expected: str
) -> None:
    (tmp_path / "boroughwatch.toml").write_text(f'borough = "E09000030"\n{line} = "{value}"\n')
    with pytest.raises(ConfigError, match=expected) as told:
        create_app(tmp_path)
    assert line in str(told.value)
    assert "hidden" not in str(told.value)
