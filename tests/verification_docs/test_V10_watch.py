"""V10: when the job that deletes papers is late, people are told; and one bad case keeps no other here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import mail as core_mail
from core import testing
from core.database import now, reading, sql, transaction
from core.instance import instance
from core.models import JobRun
from plugins.verification_docs import checkup
from plugins.verification_docs.models import Case
from plugins.verification_docs.purging import chain, daily, watch

LATE = "A daily task is late"
SHOUT = "Papers are not being deleted"
JOB = "verification_docs.let_papers_lapse"


def is_late(app: Flask) -> bool:
    with app.app_context(), reading() as db:
        return watch.is_late(db, now())


def told(app: Flask) -> list[str]:
    return sorted(mail["To"] for mail in testing.mails(app) if mail["Subject"] == LATE)


@pytest.fixture
def admins(app: Flask, join: Callable[..., Any]) -> list[Any]:
    return [join("Maple", roles=["admin"]), join("Rowan", roles=["admin"])]


@pytest.fixture
def broken(app: Flask) -> Callable[[], Callable[[], None]]:
    """Put a file where the vault is, as a disk that went might look like; returns how to mend it."""

    def break_it() -> Callable[[], None]:
        vault = instance(app).config.data_dir / "vault"
        aside = vault.with_name("vault-aside")
        vault.rename(aside)
        vault.write_text("not a folder")

        def mend() -> None:
            vault.unlink()
            aside.rename(vault)

        return mend

    return break_it


def test_V10_the_admins_are_told_once_a_day_while_the_job_fails(
    app: Flask,
    admins: list[Any],
    resident: Any,
    waiting_case: Callable[..., str],
    broken: Callable[[], Callable[[], None]],
    time_machine: Any,
) -> None:
    waiting_case(resident.id)
    testing.work(app)
    start = now()
    mend = broken()
    time_machine.move_to(start + timedelta(hours=35))
    testing.work(app)
    assert not is_late(app)
    assert told(app) == []
    time_machine.move_to(start + timedelta(hours=37))
    testing.work(app)
    assert is_late(app)
    both = told(app)
    assert [address[:5] for address in both] == ["maple", "rowan"]
    for hours in (38, 50, 60):
        time_machine.move_to(start + timedelta(hours=hours))
        testing.work(app)
    assert told(app) == both
    time_machine.move_to(start + timedelta(hours=61, minutes=30))
    testing.work(app)
    assert len(told(app)) == 4
    assert not core_mail.TELLING.search(LATE)
    mend()
    time_machine.move_to(start + timedelta(hours=63))
    testing.work(app)
    assert not is_late(app)
    time_machine.move_to(start + timedelta(hours=90))
    testing.work(app)
    assert len(told(app)) == 4


def test_V10_page_doctor_and_metrics_tell_it_also_when_no_worker_runs(
    app: Flask, admins: list[Any], time_machine: Any
) -> None:
    testing.work(app)
    with app.app_context(), reading() as db:
        succeeded_at = db.get_one(JobRun, JOB).succeeded_at
    assert succeeded_at is not None
    admin = admins[0]
    assert SHOUT not in admin.words("/admin")
    time_machine.move_to(now() + timedelta(hours=37))
    testing.sign_in(admin.client, admin.id)
    assert SHOUT in admin.words("/admin")
    with app.app_context():
        assert [finding.text for finding in checkup.findings() if "has not succeeded for 36 hours" in finding.text]
    figures = app.test_client().get("/metrics").get_data(as_text=True)
    found = [line for line in figures.splitlines() if JOB in line]
    assert [float(line.rpartition(" ")[2]) for line in found] == [pytest.approx(succeeded_at.timestamp())]


def test_V10_a_job_that_never_ran_is_late_once_papers_lie_here_too_long(
    app: Flask, resident: Any, waiting_case: Callable[..., str], time_machine: Any
) -> None:
    time_machine.move_to(now() + timedelta(days=100))
    assert not is_late(app), "there is nothing to delete"
    waiting_case(resident.id)
    assert not is_late(app)
    time_machine.move_to(now() + timedelta(days=3))
    assert is_late(app)


def test_V10_one_case_that_cannot_be_ended_keeps_no_other_here(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str], time_machine: Any
) -> None:
    cases = sorted(waiting_case(join(alias).id) for alias in ("Wren", "Robin", "Siskin"))
    testing.work(app)
    # A real refusal of the database, for one case only.
    trigger = "CREATE TRIGGER stuck BEFORE UPDATE OF ended_on ON verification_docs_case WHEN NEW.id = '{}' {}"
    with app.app_context(), transaction() as db:
        db.execute(sa.text(trigger.format(cases[1], "BEGIN SELECT RAISE(ABORT, 'stuck'); END")))
    time_machine.move_to(now() + timedelta(days=31))
    with app.app_context():
        with pytest.raises(daily.Unfinished):
            daily.run(now())
        states = {case.id: case.state for case in sql.session.scalars(sa.select(Case))}
        assert states == {cases[0]: "lapsed", cases[1]: "waiting", cases[2]: "lapsed"}
        assert sum(month.cases for month in chain.months(sql.session)) == 2
    testing.work(app)
    assert is_late(app), "a job that could not do all of it does not count as done"


def test_V10_the_chain_has_one_entry_a_day_of_runs_that_found_nothing(app: Flask, time_machine: Any) -> None:
    start = now().replace(hour=1)
    for hours in (24, 30, 36, 42, 48):
        time_machine.move_to(start + timedelta(hours=hours))
        testing.work(app)
    with app.app_context(), reading() as db:
        assert sum(month.runs for month in chain.months(db)) == 2
        assert chain.last_run(db) == now().date()
