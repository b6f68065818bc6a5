"""Regular work: runs what the database says is due, when a hint or the minute's sweep says to look."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session

from core import event_log, mail
from core.database import has_one_worker, now, reading, transaction
from core.hints import Hints, wake
from core.instance import instance
from core.models import JobRun
from core.notifications import push, waiting

log = logging.getLogger(__name__)
__all__ = ["make_due", "run_due", "wake", "work_forever"]
LEASE_SECONDS = 300
SWEEP_MINUTES = 1


def run_due(at: datetime | None = None) -> None:
    """Dispatch events, send mails and knocks, and run every job that is due, until nothing more is due now."""
    moment = at or now()
    waits = [event_log.dispatch(at), waiting.send_due(at), mail.send_due(at), push.send_due(at)]
    for plugin, job in instance().contributions.jobs:
        name = f"{plugin}.{job.name}"
        if _lease(name, moment):
            waits.append(_run(name, job.run, job.every_seconds, moment))
    waits.append(event_log.dispatch(at))
    soonest = min((wait for wait in waits if wait), default=None)
    if soonest is not None and soonest < SWEEP_MINUTES * 60:
        wake(soonest)


def _lease(name: str, moment: datetime) -> bool:
    with reading() as db:
        row = db.execute(sa.select(JobRun.due_at, JobRun.leased_until).where(JobRun.name == name)).one_or_none()
    if row and (row.due_at > moment or (row.leased_until and row.leased_until > moment)):
        return False
    with transaction() as db:
        if row is None and db.get(JobRun, name) is None:
            db.add(JobRun(name=name, due_at=moment))
            db.flush()
        taken = db.execute(
            sa.update(JobRun)
            .where(
                JobRun.name == name,
                JobRun.due_at <= moment,
                sa.or_(JobRun.leased_until.is_(None), JobRun.leased_until <= moment),
            )
            .values(leased_until=moment + timedelta(seconds=LEASE_SECONDS))
        )
        return bool(taken.rowcount)  # type: ignore[attr-defined]  # CursorResult of an UPDATE


def _run(name: str, work: Callable[..., float | None], every_seconds: int, moment: datetime) -> float | None:
    problem = None
    again: float | None = None
    try:
        again = work(moment)
    except Exception as raised:
        log.exception("job %s failed", name)
        problem = type(raised).__name__
        again = min(every_seconds, 60)
    wait = again if again else every_seconds
    values: dict[str, Any] = {"leased_until": None, "due_at": moment + timedelta(seconds=wait), "problem": problem}
    if problem is None:
        values["succeeded_at"] = moment
    with transaction() as db:
        db.execute(sa.update(JobRun).where(JobRun.name == name).values(**values))
    return again


def make_due(name: str) -> None:
    """Let a job run at the next look, for example after new work for it was written."""
    with transaction() as db:
        db.execute(sa.update(JobRun).where(JobRun.name == name).values(due_at=now()))
    wake()


def last_success(db: Session, name: str) -> datetime | None:
    """Return when a job (`plugin.name`) last ran to its end, or None when it never did."""
    return db.scalar(sa.select(JobRun.succeeded_at).where(JobRun.name == name))


def successes(db: Session) -> dict[str, datetime]:
    """Return when each job last ran to its end; those that never did are not there."""
    rows = db.execute(sa.select(JobRun.name, JobRun.succeeded_at).where(JobRun.succeeded_at.is_not(None)))
    return {name: at for name, at in rows if at is not None}


def forget_leases_of_the_dead() -> None:
    """Let the jobs go that a killed worker held. On SQLite there is one worker, so at its start all are dead."""
    if not has_one_worker():
        return
    with transaction() as db:
        db.execute(sa.update(JobRun).values(leased_until=None))


def work_forever(app: Flask) -> None:
    """Run the worker: a hint or the minute's sweep makes it look. Returns on SIGINT or SIGTERM."""
    from huey import crontab

    hints: Hints = app.extensions["boroughwatch.hints"]

    def look() -> None:
        with app.app_context():
            run_due()

    with app.app_context():
        forget_leases_of_the_dead()
    hints.work = look
    hints.huey.periodic_task(crontab(minute="*"), name="boroughwatch_sweep")(look)
    look()
    consumer = hints.huey.create_consumer(workers=1, worker_type="thread", initial_delay=0.1, max_delay=1.0)
    consumer.run()


def check_queue() -> None:
    """Raise when the queue behind this app does not answer."""
    hints: Hints = current_app.extensions["boroughwatch.hints"]
    hints.huey.pending_count()
