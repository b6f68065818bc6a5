"""Many at the same instant on PostgreSQL: nothing is counted twice, lost, or answered with an error."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import audit, database, event_log, jobs, mail, permissions, testing
from core.contributions import Job, Subscription
from core.database import now, reading, sql, transaction
from core.events import MemberJoined
from core.hookspecs import hookimpl
from core.models import AuditEntry, EventRecord, JobRun

BOW_WEST = "E05009320"


def at_once(many: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(number)` in so many threads, all let go together; return what each gave."""
    gate = threading.Barrier(many)
    found: list[Any] = []

    def run(number: int) -> None:
        gate.wait()
        try:
            found.append(work(number))
        except Exception as problem:
            found.append(problem)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(many)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def plugin(ran: list[Any]) -> Any:
    @hookimpl
    def register_jobs() -> list[Job]:
        return [Job("work", lambda _moment: ran.append("job"), 3600)]

    @hookimpl
    def register_subscriptions() -> list[Subscription]:
        return [Subscription(MemberJoined, lambda _db, event: ran.append(event.member_id), "hear")]

    return SimpleNamespace(register_jobs=register_jobs, register_subscriptions=register_subscriptions)


def test_the_audit_chain_and_the_order_of_events_stay_whole_under_many_writers(make_app: Callable[..., Flask]) -> None:
    app = make_app({"plug": plugin([])})

    def write(number: int) -> None:
        with app.app_context():
            for turn in range(10):
                with transaction() as db:
                    audit.record(db, f"member {number}", "test.write", f"{number}.{turn}")
                    event_log.append(db, MemberJoined(member_id=f"{number}.{turn}"))

    assert at_once(8, write) == [None] * 8
    with app.app_context(), reading() as db:
        assert audit.verify(db) is None
        assert db.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 80
        places = db.scalars(sa.select(EventRecord.sequence).order_by(EventRecord.sequence)).all()
        assert places == list(range(1, 81))


def test_two_workers_run_a_job_hear_a_fact_and_send_a_mail_once(make_app: Callable[..., Flask]) -> None:
    ran: list[Any] = []
    app = make_app({"plug": plugin(ran)})
    with app.app_context(), transaction() as db:
        for number in range(10):
            event_log.append(db, MemberJoined(member_id=str(number)))
            mail.queue(db, f"person{number}@test.example", "Hello", "Good evening.")

    def look(_number: int) -> None:
        with app.app_context():
            jobs.run_due()

    assert at_once(3, look) == [None] * 3
    assert Counter(ran) == Counter(["job", *map(str, range(10))])
    assert len(testing.mails(app)) == 10
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(JobRun.problem).where(JobRun.name == "plug.work")).all() == [None]


def test_twenty_at_once_take_exactly_the_places_of_a_session(make_app: Callable[..., Flask]) -> None:
    from plugins.police_links import contact_sessions

    app = make_app(["police_links"])
    officer = testing.make_member(app, "Officer", roles=[("officer", BOW_WEST)])
    starts = now() + timedelta(days=7)
    plan = contact_sessions.Plan(BOW_WEST, "Meet us", "Library", "", starts, starts + timedelta(hours=1), 7)
    with app.test_request_context(), transaction() as db:
        session_id = contact_sessions.publish(db, permissions.viewer_of(db, officer), plan, now())
    clients = [app.test_client() for _ in range(20)]
    for number, client in enumerate(clients):
        testing.sign_in(client, testing.make_member(app, f"Neighbour {number}", ward=BOW_WEST))

    def press(number: int) -> bool:
        answer = clients[number].post(f"/police/sessions/{session_id}/book", follow_redirects=True)
        return "Your place is kept" in answer.get_data(as_text=True)

    assert Counter(at_once(20, press)) == {True: 7, False: 13}


def test_two_first_presses_of_one_alert_at_the_same_instant_issue_it_once(make_app: Callable[..., Flask]) -> None:
    app = make_app(["ward_boards"])
    officer = testing.make_member(app, "Officer", roles=[("officer", BOW_WEST)])
    clients = [app.test_client() for _ in range(4)]
    for client in clients:
        testing.sign_in(client, officer)
    form = {
        "headline": "Moped robberies",
        "description": "Two riders took phones.",
        "instruction": "",
        "areas": [BOW_WEST],
        "event": "robbery",
        "category": "",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "onset": "",
        "expires_in": "24",
        "expires_at": "",
        "audience": "borough",
        "form_id": "c" * 32,
    }
    answers = at_once(4, lambda number: clients[number].post("/alerts/new", data=form))
    assert [answer.status_code for answer in answers] == [303] * 4
    assert {answer.location for answer in answers} == {f"/alerts/{'c' * 32}"}


def test_a_page_says_try_again_when_a_writer_holds_the_others_up(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LONGEST_WAIT_MS", 200)
    app = make_app({})
    client = app.test_client()
    member = {"alias": "Quiet Wren", "email": "wren@test.example"}
    with app.app_context():
        engine = sql.engine
    with engine.connect().execution_options(immediate=True) as other, other.begin():
        late = client.post("/join", data=member)
        assert client.get("/help").status_code == 200, "readers wait for nobody"
    assert (late.status_code, late.headers.get("Retry-After")) == (503, "60")
    assert client.post("/join", data=member).status_code == 200


def test_a_page_after_the_database_was_restarted_works(make_app: Callable[..., Flask]) -> None:
    app = make_app({})
    assert app.test_client().get("/readyz").status_code == 200
    with app.app_context():
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        with sql.engine.connect() as connection:
            connection.exec_driver_sql(f"{others} AND pid <> pg_backend_pid()")
    assert app.test_client().get("/readyz").status_code == 200


def test_what_is_no_text_is_refused_and_not_a_failure(make_app: Callable[..., Flask]) -> None:
    client = make_app(["ward_boards"]).test_client()
    for path in ("/boards/E0500%009320", "/threads/%00", "/alerts/%00"):
        assert client.get(path).status_code in (303, 400, 404), path


def test_a_log_that_only_sqlite_has_needs_no_folding(make_app: Callable[..., Flask]) -> None:
    with make_app({}).app_context():
        assert database.fold_log() is True
