"""V9: with the decision every copy of a paper is gone, also when the process dies in the middle or somebody looks."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import jobs, testing
from core.database import now, reading
from core.instance import instance
from core.web.api import SCOPES
from plugins.verification_docs import queries
from plugins.verification_docs.models import Case, Page
from plugins.verification_docs.purging import chain, daily

AT_THE_END = """
import os, signal, sys
from datetime import timedelta
from core import plugin_manager
from core.app import create_app
from core.database import now, transaction
from plugins.verification_docs import services

def die():
    os.kill(os.getpid(), signal.SIGKILL)

app = create_app(sys.argv[1], plugins=plugin_manager.load(["verification_docs"]))
with app.app_context(), transaction() as db:
    services.let_lapse(db, now() + timedelta(days=31))
    if sys.argv[2] == "before_commit":
        die()
    db.info["after_commit"].insert(int(sys.argv[2]), die)
"""

THE_WORKER = """
import sys
from datetime import timedelta
from core import jobs, plugin_manager
from core.app import create_app
from core.database import now

app = create_app(sys.argv[1], plugins=plugin_manager.load(["verification_docs"]))
with app.app_context():
    jobs.run_due(now() + timedelta(days=31))
"""


def files(app: Flask) -> list[Path]:
    return [path for path in instance(app).config.data_dir.rglob("*") if path.suffix in (".age", ".part")]


def start(app: Flask, script: str, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-P", "-c", script, str(instance(app).config.data_dir), *arguments])


def test_V9_after_the_decision_no_copy_is_left_and_the_old_addresses_are_gone(
    app: Flask, resident: Any, reviewer: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setenv("TMPDIR", str(spool))
    monkeypatch.setattr(tempfile, "tempdir", None)
    before = {path for path in instance(app).config.data_dir.rglob("*") if path.is_file()}
    resident.send_all()
    with app.app_context(), reading() as db:
        case_id = db.scalars(sa.select(Case.id)).one()
        page_ids = db.scalars(sa.select(Page.id)).all()
    reviewer.open(case_id)
    token = testing.api_token(app, reviewer.id, *SCOPES)
    addresses = [f"/review/{case_id}/pages/{page_id}.age" for page_id in page_ids]
    addresses += [f"/api/v1/verification/cases/{case_id}/pages/{page_id}" for page_id in page_ids]

    def codes() -> set[int]:
        headers = {"Authorization": f"Bearer {token}"}
        return {
            reviewer.client.get(path, headers=headers if path.startswith("/api") else {}).status_code
            for path in addresses
        }

    assert codes() == {200}
    for paper_id in reviewer.papers(case_id):
        reviewer.decide(case_id, paper_id)
    decided = time.monotonic()
    assert files(app) == []
    assert codes() == {404}
    assert time.monotonic() - decided < 60
    after = {path for path in instance(app).config.data_dir.rglob("*") if path.is_file()}
    assert {path.name for path in after - before} <= {
        "purge.key",
        "pepper.key",
        "boroughwatch.db-wal",
        "boroughwatch.db-shm",
    }
    assert list(spool.rglob("*")) == []


def test_V9_whoever_looks_while_it_goes_sees_the_whole_page_or_none(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    whole = {address: reviewer.client.get(address).get_data() for address in reviewer.pictures(case_id)}
    assert len(whole) == 3
    seen: list[tuple[int, bool]] = []
    done = threading.Event()
    begun = threading.Barrier(4)

    def look() -> None:
        client = app.test_client()
        testing.sign_in(client, reviewer.id)
        begun.wait()
        while not done.is_set():
            for address, content in whole.items():
                answer = client.get(address)
                seen.append((answer.status_code, answer.get_data() == content))

    threads = [threading.Thread(target=look) for _number in range(3)]
    for thread in threads:
        thread.start()
    begun.wait()
    for paper_id in reviewer.papers(case_id):
        reviewer.decide(case_id, paper_id)
    gone = len(seen)
    time.sleep(0.2)
    done.set()
    for thread in threads:
        thread.join()
    assert {code for code, _same in seen} == {200, 404}
    assert all(same for code, same in seen if code == 200)
    late = [code for code, _same in seen[gone:] if code == 200]
    assert len(late) <= len(threads), "of each thread the request that was under way may still have ended well"
    assert seen[-1][0] == 404


@pytest.mark.parametrize("moment", ["before_commit", "0", "1", "2"])
def test_V9_a_job_that_is_killed_in_the_middle_leaves_nothing_after_the_next_run(
    app: Flask, resident: Any, waiting_case: Callable[..., str], time_machine: Any, moment: str
) -> None:
    case_id = waiting_case(resident.id)
    assert start(app, AT_THE_END, moment).wait(60) == -9
    with app.app_context(), reading() as db:
        rows = len(db.scalars(sa.select(Page.id)).all())
        assert (chain.proof_of(db, case_id) is None) == (moment == "before_commit"), "entry and rows go together"
    assert rows == (3 if moment == "before_commit" else 0)
    assert len(files(app)) == 3 - (int(moment) if moment.isdigit() else 0), "it died where it was meant to"
    time_machine.move_to(now() + timedelta(days=31))
    with app.app_context():
        daily.run(now())  # of itself: core's own sweep of files is not waited for
    assert files(app) == []
    with app.app_context(), reading() as db:
        assert chain.problem(db) is None
        assert db.scalars(sa.select(Case.state)).one() == "lapsed"
        run = [text for text in db.scalars(sa.select(chain.PurgeEntry.record)) if '"kind":"run"' in text]
    assert '"files_left":0' in run[-1]
    if moment.isdigit():
        assert f'"files_without_row":{3 - int(moment)}' in run[-1]


@pytest.mark.slow
def test_V9_a_worker_that_is_killed_at_any_moment_leaves_nothing_after_the_next(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str], time_machine: Any
) -> None:
    for number in range(5):
        waiting_case(join(f"Bird {number}").id)
    kills = 0
    while kills < 3 and files(app):
        left = len(files(app))
        worker = start(app, THE_WORKER)
        until = time.monotonic() + 60
        while len(files(app)) == left and worker.poll() is None and time.monotonic() < until:
            time.sleep(0.0005)
        worker.kill()
        worker.wait()
        kills += 1
        with app.app_context():
            jobs.forget_leases_of_the_dead()
            with reading() as db:
                assert chain.problem(db) is None
                assert len(db.scalars(sa.select(Page.id)).all()) <= len(files(app)), "never a row without its file"
    assert kills > 1
    time_machine.move_to(now() + timedelta(days=31))
    testing.work(app)
    assert files(app) == []
    with app.app_context(), reading() as db:
        assert queries.counts(db).waiting == 0
        assert sum(month.cases for month in chain.months(db)) == 5
        assert sum(month.pages for month in chain.months(db)) == 15
