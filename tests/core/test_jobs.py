"""Regular work: run when due, by one worker at a time, failures noted and tried again."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core import jobs
from core.contributions import Job
from core.database import now, reading, transaction
from core.hookspecs import hookimpl
from core.models import JobRun
from core.testing import make_app


def plugin(run: Any, every_seconds: int = 3600) -> Any:
    @hookimpl
    def register_jobs() -> list[Job]:
        return [Job("work", run, every_seconds)]

    return SimpleNamespace(register_jobs=register_jobs)


def test_a_job_runs_when_due_and_not_before(tmp_path: Path) -> None:
    ran: list[datetime] = []
    with make_app(tmp_path, {"plug": plugin(lambda moment: ran.append(moment))}).app_context():
        for minutes in (0, 1, 59, 61):
            jobs.run_due(now() + timedelta(minutes=minutes))
    assert len(ran) == 2


def test_a_job_may_ask_to_run_again_soon(tmp_path: Path) -> None:
    ran: list[datetime] = []

    def run(moment: datetime) -> float:
        ran.append(moment)
        return 5.0

    with make_app(tmp_path, {"plug": plugin(run)}).app_context():
        for seconds in (0, 3, 6):
            jobs.run_due(now() + timedelta(seconds=seconds))
    assert len(ran) == 2


def test_a_failing_job_is_noted_and_stops_no_other(tmp_path: Path) -> None:
    ran: list[str] = []

    def fails(moment: datetime) -> None:
        raise ValueError("no")

    app = make_app(tmp_path, {"a": plugin(fails), "b": plugin(lambda moment: ran.append("b"))})
    with app.app_context():
        jobs.run_due()
        with reading() as db:
            row = db.get_one(JobRun, "a.work")
            assert (row.problem, row.succeeded_at, row.leased_until) == ("ValueError", None, None)
    assert ran == ["b"]


def test_a_job_in_hand_is_not_started_twice(tmp_path: Path) -> None:
    ran: list[int] = []

    def run(moment: datetime) -> None:
        ran.append(1)
        if len(ran) == 1:
            jobs.run_due(moment)

    with make_app(tmp_path, {"plug": plugin(run)}).app_context():
        jobs.run_due()
    assert len(ran) == 1


def test_make_due_brings_a_job_forward(tmp_path: Path) -> None:
    ran: list[int] = []
    with make_app(tmp_path, {"plug": plugin(lambda moment: ran.append(1))}).app_context():
        jobs.run_due()
        jobs.run_due()
        jobs.make_due("plug.work")
        jobs.run_due()
    assert len(ran) == 2


def test_a_job_of_a_killed_worker_runs_at_the_next_start(tmp_path: Path) -> None:
    ran: list[int] = []
    with make_app(tmp_path, {"plug": plugin(lambda moment: ran.append(1))}).app_context():
        jobs.run_due()
        jobs.make_due("plug.work")
        with transaction() as db:
            db.get_one(JobRun, "plug.work").leased_until = now() + timedelta(minutes=5)
        jobs.run_due()
        assert len(ran) == 1
        jobs.forget_leases_of_the_dead()
        jobs.run_due()
    assert len(ran) == 2
