"""Two urgent alerts per ward and week; for the third a second person must agree. Ways round, races, four eyes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.database import now, reading, transaction
from core.models import AuditEntry
from core.testing import api_token, mails, make_member, sign_in, work
from plugins.ward_boards.alerts import capping, second_person, services
from plugins.ward_boards.alerts.models import Alert, AlertProposal
from plugins.ward_boards.alerts.second_person import NothingWaits, OwnProposal
from plugins.ward_boards.alerts.services import SecondNeeded, Target

BOW_WEST, WHITECHAPEL, BOROUGH = "E05009320", "E05009334", "E09000030"
CALM = {"severity": "Minor", "urgency": "Future"}


@pytest.fixture
def chief(app: Flask) -> str:
    """Return an officer of the whole borough."""
    return make_member(app, "Chief", roles=["officer"])


@pytest.fixture
def second(app: Flask) -> str:
    """Return Bow West's coordinator."""
    return make_member(app, "Second", roles=[("coordinator", BOW_WEST)])


@pytest.fixture
def issue(app: Flask, as_viewer: Any, chief: str, draft: Any) -> Any:
    """Return a function that issues an alert, the borough's officer's unless told otherwise."""

    def make(by: str = chief, **changes: Any) -> str:
        with app.app_context(), transaction() as db:
            return services.issue(db, as_viewer(by), draft=draft(**changes), now=now())

    return make


@pytest.fixture
def propose(app: Flask, as_viewer: Any, draft: Any) -> Any:
    """Return a function that has somebody's alert wait for a second person."""

    def make(by: str, target: Target | None = None, **changes: Any) -> str:
        with app.app_context(), transaction() as db:
            return second_person.propose(db, as_viewer(by), draft(**changes), target, now=now()).id

    return make


def _agree(app: Flask, viewer: Any, proposal_id: str) -> str:
    with app.app_context(), transaction() as db:
        return second_person.agree(db, viewer, proposal_id, now=now())


def _count(app: Flask, model: Any) -> int:
    with app.app_context(), reading() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_N4_the_third_urgent_alert_of_a_ward_in_seven_days_needs_a_second_person(issue: Any) -> None:
    first = now()
    issue()
    issue(urgency="Expected", severity="Extreme")
    issue(**CALM)
    with pytest.raises(SecondNeeded):
        issue(urgency="Immediate", severity="Minor")
    issue(areas=(WHITECHAPEL,))
    with time_machine.travel(first + timedelta(days=7, seconds=2)):
        issue()


def test_N4_one_for_the_whole_borough_counts_for_each_ward(issue: Any) -> None:
    issue(areas=(BOROUGH,))
    issue()
    with pytest.raises(SecondNeeded):
        issue()
    with pytest.raises(SecondNeeded):
        issue(areas=(BOROUGH,))
    issue(areas=(WHITECHAPEL,))
    with pytest.raises(SecondNeeded):
        issue(areas=(WHITECHAPEL, BOW_WEST))


def test_N4_changes_count_only_when_they_make_it_urgent_somewhere(
    app: Flask, issue: Any, as_viewer: Any, chief: str, draft: Any
) -> None:
    urgent, calm = issue(), issue(**CALM)
    who = as_viewer(chief)

    def change(alert_id: str, **changes: Any) -> None:
        with app.app_context(), transaction() as db:
            services.update(db, who, target=Target(alert_id), draft=draft(**changes), now=now())

    for _again in range(3):
        change(urgent, headline="They are on foot now")
    issue()
    change(urgent, headline="Over towards the park")
    with pytest.raises(SecondNeeded):
        change(calm)
    with pytest.raises(SecondNeeded):
        change(calm, urgency="Immediate", severity="Unknown")
    change(calm, **CALM, headline="Still calm")
    elsewhere = issue(areas=(WHITECHAPEL,))
    with pytest.raises(SecondNeeded):
        change(elsewhere, areas=(WHITECHAPEL, BOW_WEST))
    change(urgent, **CALM)
    with pytest.raises(SecondNeeded):
        change(urgent, headline="Down and up again would be a way round")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from([(BOW_WEST,), (WHITECHAPEL,), (BOROUGH,), (BOW_WEST, WHITECHAPEL)]),
            st.booleans(),
            st.integers(0, 4),
        ),
        max_size=9,
    )
)
def test_N4_whatever_the_order_no_place_gets_three_from_one_person_in_seven_days(
    app: Flask, as_viewer: Any, chief: str, draft: Any, steps: list[tuple[tuple[str, ...], bool, int]]
) -> None:
    who, moment = as_viewer(chief), now()
    out: list[tuple[Any, tuple[str, ...]]] = []
    with app.app_context():
        with transaction() as db:
            db.execute(sa.delete(Alert))
        for areas, is_urgent, days in steps:
            moment += timedelta(days=days)
            said = draft(areas=areas, onset=moment, expires=moment + timedelta(hours=9), **({} if is_urgent else CALM))
            try:
                with transaction() as db:
                    services.issue(db, who, draft=said, now=moment)
            except SecondNeeded:
                continue
            if is_urgent:
                out.append((moment.replace(microsecond=0), areas))
    for place in (BOW_WEST, WHITECHAPEL, BOROUGH):
        sent = [at for at, areas in out if place in areas or BOROUGH in areas]
        for at in sent:
            assert sum(at - capping.WITHIN < other <= at for other in sent) <= capping.MOST_URGENT


def test_N4_eight_at_once_never_make_three(app: Flask, as_viewer: Any, chief: str, draft: Any) -> None:
    who, start = as_viewer(chief), Barrier(8)

    def send(number: int) -> str:
        with app.app_context():
            start.wait()
            try:
                with transaction() as db:
                    services.issue(db, who, draft=draft(headline=f"Number {number}"), now=now())
            except SecondNeeded:
                return "second"
            return "out"

    with ThreadPoolExecutor(8) as pool:
        ends = sorted(pool.map(send, range(8)))
    assert ends == ["out"] * 2 + ["second"] * 6
    assert _count(app, Alert) == 2


def test_N4_another_person_agrees_it_goes_out_and_the_writer_is_told(
    app: Flask, as_viewer: Any, officer: str, second: str, propose: Any
) -> None:
    waiting = propose(officer, headline="Third of the week")
    with pytest.raises(OwnProposal):
        _agree(app, as_viewer(officer), waiting)
    alert_id = _agree(app, as_viewer(second), waiting)
    with app.app_context(), reading() as db:
        row = db.get_one(Alert, alert_id)
        assert (row.headline, row.issuer_role, row.issuer_ward) == ("Third of the week", "coordinator", BOW_WEST)
        verbs = list(db.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.sequence)))
    assert _count(app, AlertProposal) == 0
    assert verbs[-3:] == ["ward_boards.propose_alert", "ward_boards.issue_alert", "ward_boards.agree_to_alert"]
    with pytest.raises(NothingWaits):
        _agree(app, as_viewer(second), waiting)
    work(app, now() + timedelta(days=1))
    assert "About what you proposed" in {mail["Subject"] for mail in mails(app)}


def test_N4_the_database_itself_refuses_that_one_agrees_to_their_own(app: Flask, officer: str, propose: Any) -> None:
    propose(officer)
    with app.app_context(), pytest.raises(sa.exc.IntegrityError), transaction() as db:
        db.execute(sa.update(AlertProposal).values(confirmer_hash=AlertProposal.proposer_hash))


def test_N4_what_waits_is_sealed_and_names_nobody(app: Flask, officer: str, propose: Any) -> None:
    propose(officer, headline="A most particular headline")
    with app.app_context(), reading() as db:
        stored = " ".join(str(value) for value in db.execute(sa.select(AlertProposal.__table__)).one())
    assert "particular" not in stored
    assert officer not in stored


def test_N4_two_who_agree_at_once_send_it_once(
    app: Flask, as_viewer: Any, officer: str, second: str, chief: str, propose: Any
) -> None:
    waiting, start = propose(officer), Barrier(2)

    def agree(member_id: str) -> str:
        viewer = as_viewer(member_id)
        start.wait()
        try:
            _agree(app, viewer, waiting)
        except NothingWaits:
            return "gone"
        return "out"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(agree, [second, chief])) == ["gone", "out"]
    assert _count(app, Alert) == 1


def test_N4_it_lapses_after_two_days_or_with_its_own_end(
    app: Flask, as_viewer: Any, officer: str, second: str, propose: Any
) -> None:
    first = now()
    long, short = propose(officer), propose(officer, headline="Short", expires=now() + timedelta(hours=2))
    with time_machine.travel(first + timedelta(hours=3)):
        with pytest.raises(NothingWaits):
            _agree(app, as_viewer(second), short)
        with app.app_context(), reading() as db:
            assert [each.id for each in second_person.waiting(db, as_viewer(second), now=now())] == [long]
    with time_machine.travel(first + timedelta(hours=49)), app.app_context(), transaction() as db:
        assert second_person.lapse(db, now()) == 2
        assert second_person.lapse(db, now()) == 0


def test_N4_an_update_that_waits_is_carried_out_on_the_revision_it_was_made_from(
    app: Flask, issue: Any, as_viewer: Any, officer: str, second: str, propose: Any, draft: Any
) -> None:
    calm = issue(by=officer, **CALM)
    waiting = propose(officer, Target(calm, 1), headline="It is urgent now")
    assert _agree(app, as_viewer(second), waiting) == calm
    with app.app_context(), reading() as db:
        row = db.get_one(Alert, calm)
        assert (row.revision, row.headline) == (2, "It is urgent now")
    late = propose(officer, Target(calm, 1), headline="From an old page")
    with pytest.raises(services.StaleAlert):
        _agree(app, as_viewer(second), late)
    assert _count(app, AlertProposal) == 1, "it stays, so that somebody can turn it down"


def test_N4_on_the_pages_from_the_third_alert_to_the_second_person(
    app: Flask, issue: Any, officer: str, second: str
) -> None:
    issue()
    issue()
    desk, other = app.test_client(), app.test_client()
    sign_in(desk, officer)
    sign_in(other, second)
    sent = {
        "headline": "Third one",
        "description": "Again.",
        "areas": [BOW_WEST],
        "event": "robbery",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "expires_in": "24",
        "audience": "borough",
    }
    kept = desk.post("/alerts/new", data=sent)
    assert kept.status_code == 303
    page = desk.get(kept.headers["Location"]).text
    assert "Take it back" in page
    assert "Agree and send it" not in page
    assert desk.post(f"{kept.headers['Location']}/agree").status_code == 403
    assert _count(app, Alert) == 2
    desk.post("/alerts/new", data=sent)
    assert _count(app, AlertProposal) == 1, "pressed twice, kept once"
    assert "1 urgent alert waits for a second person" in other.get("/alerts").text
    whole = other.get(kept.headers["Location"]).text
    for words in ("Third one", "Verified members of", "Bow West", "Agree and send it"):
        assert words in whole
    assert other.post(f"{kept.headers['Location']}/agree").status_code == 303
    assert _count(app, Alert) == 3
    elsewhere = app.test_client()
    sign_in(elsewhere, make_member(app, "Elsewhere", roles=[("officer", WHITECHAPEL)]))
    assert elsewhere.get(kept.headers["Location"]).status_code == 404
    assert "Nothing waits" in elsewhere.get("/alerts/waiting").text


def test_N4_turning_it_down_tells_its_writer(app: Flask, officer: str, second: str, propose: Any) -> None:
    waiting = propose(officer)
    other = app.test_client()
    sign_in(other, second)
    assert other.post(f"/alerts/waiting/{waiting}/turn-down").status_code == 303
    assert (_count(app, AlertProposal), _count(app, Alert)) == (0, 0)
    work(app, now() + timedelta(days=1))
    assert any("turned down" in mail.get_content() for mail in mails(app))


def test_N4_by_api_the_third_answers_202_and_another_person_agrees(
    app: Flask, issue: Any, officer: str, second: str
) -> None:
    issue()
    issue()
    client = app.test_client()
    mine = {"Authorization": f"Bearer {api_token(app, officer, 'read', 'alert')}"}
    theirs = {"Authorization": f"Bearer {api_token(app, second, 'read', 'alert')}"}
    body = {
        "headline": "Third one",
        "description": "Again.",
        "category": "Security",
        "severity": "Severe",
        "urgency": "Immediate",
        "certainty": "Observed",
        "areas": [BOW_WEST],
        "expires": (now() + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    kept = client.post("/api/v1/alerts", json=body, headers=mine)
    assert (kept.status_code, kept.json["status"], kept.json["own"]) == (202, "waiting", True)
    assert client.post(f"/api/v1/alerts/waiting/{kept.json['id']}/agree", headers=mine).status_code == 403
    listed = client.get("/api/v1/alerts/waiting", headers=theirs).json["items"]
    assert [(each["id"], each["own"], each["headline"]) for each in listed] == [(kept.json["id"], False, "Third one")]
    done = client.post(f"/api/v1/alerts/waiting/{kept.json['id']}/agree", headers=theirs)
    assert (done.status_code, done.json["status"]) == (201, "active")
    assert client.post(f"/api/v1/alerts/waiting/{kept.json['id']}/turn-down", headers=theirs).status_code == 404
    calm = client.post("/api/v1/alerts", json=body | {"severity": "Minor", "urgency": "Future"}, headers=mine)
    assert calm.status_code == 201
    raised = client.put(f"/api/v1/alerts/{calm.json['id']}", json=body, headers=mine)
    assert (raised.status_code, raised.json["changes"]) == (202, calm.json["id"])


def test_W10_before_it_goes_out_its_readers_are_named(app: Flask, officer: str) -> None:
    desk = app.test_client()
    sign_in(desk, officer)
    sent = {
        "headline": "Look first",
        "description": "Nothing yet.",
        "areas": [BOW_WEST],
        "event": "robbery",
        "severity": "Minor",
        "urgency": "Future",
        "certainty": "Observed",
        "expires_in": "24",
        "audience": "public",
        "preview": "1",
    }
    page = desk.post("/alerts/new", data=sent).text
    for words in (
        "Everyone on the internet",
        "every borough that ours exchanges alerts with",
        "Bow West",
        "Look first",
    ):
        assert words in page
    assert _count(app, Alert) == 0
