"""Two accounts with one document: both wait, both hear the same neutral words, and a third reviewer decides."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError

from core import accounts, members, migrate, plugin_manager, testing
from core.app import create_app
from core.crypto import create_secret
from core.database import new_id, now, reading, sql, transaction
from core.models import AuditEntry, Membership, RoleGrant
from plugins.verification_docs import ending, queries, refusals, reviewing, services
from plugins.verification_docs.duplicates import deciding, tags
from plugins.verification_docs.duplicates import queries as duplicate_queries
from plugins.verification_docs.duplicates import services as duplicates
from plugins.verification_docs.duplicates.models import Conflict, Tag
from plugins.verification_docs.models import Case, Evidence
from plugins.verification_docs.reviewers.models import ClosePerson, Passed

TELLING = re.compile(r"duplicate|twice|other account|another account|same (document|person|name)|conflict", re.I)


@dataclass
class Meeting:
    """Two members whose cases met, the reviewer who found it, and one who had no part in it."""

    old: Any
    new: Any
    old_case: str
    new_case: str
    finder: Any
    decider: Any
    id: str


@pytest.fixture
def decider(join: Callable[..., Any]) -> Any:
    return join("Egret", roles=["reviewer"])


def read_number_of(person: Any, case_id: str, owner: Any) -> Any:
    """Let the case's member have typed the number of the owner's document, and the reviewer read it."""
    app = person.client.application
    with app.app_context(), transaction() as db:
        paper = db.scalars(sa.select(Evidence).where(Evidence.case_id == case_id, Evidence.kind == "id")).one()
        paper.number_tag = tags.document_tag("GB", owner.id[:9])
        paper_id = paper.id
    person.open(case_id)
    return person.type_number(case_id, paper_id, owner.id)


@pytest.fixture
def met(
    app: Flask, resident: Any, reviewer: Any, decider: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> Meeting:
    """Both cases are open; nothing but the numbers was read."""
    robin = join("Robin")
    old_case, new_case = waiting_case(resident.id), waiting_case(robin.id)
    testing.work(app)
    reviewer.open(old_case)
    assert reviewer.type_number(old_case, reviewer.numbers(old_case)[0]).status_code == 303
    assert read_number_of(reviewer, new_case, resident).location == "/review"
    with app.app_context(), reading() as db:
        conflict_id = db.scalars(sa.select(Conflict.id).order_by(Conflict.kind)).first()
    return Meeting(resident, robin, old_case, new_case, reviewer, decider, str(conflict_id))


def states(app: Flask, *case_ids: str) -> list[str]:
    with app.app_context(), reading() as db:
        return [db.get_one(Case, case_id).state for case_id in case_ids]


def decide(person: Any, conflict_id: str, outcome: str) -> Any:
    return person.client.post(f"/review/conflicts/{conflict_id}", data={"outcome": outcome})


def test_V8_both_cases_are_frozen_and_closed_to_whoever_had_them_open(app: Flask, met: Meeting) -> None:
    assert states(app, met.old_case, met.new_case) == ["frozen", "frozen"]
    for case_id in (met.old_case, met.new_case):
        assert case_id not in met.finder.text("/review")
        assert met.finder.client.get(f"/review/{case_id}").status_code == 404
        assert met.finder.open(case_id).status_code == 404
        with app.app_context(), reading() as db:
            assert db.get_one(Case, case_id).claimed_by is None
            assert len(queries.papers_of(db, case_id)[0].page_ids) == 1, "papers stay, sealed"


def test_V8_both_members_hear_the_same_words_and_no_reason(app: Flask, met: Meeting) -> None:
    testing.work(app)
    to_members = [mail for mail in testing.mails(app) if mail["To"].startswith(("wren", "robin"))]
    assert {mail["To"][:4] for mail in to_members} == {"wren", "robi"}
    assert {mail["Subject"] for mail in to_members} == {"We need a little more time"}
    assert len({mail.get_content() for mail in to_members}) == 1
    pages = [person.words("/verify") for person in (met.old, met.new)]
    assert pages[0] == pages[1]
    assert "We need a little more time" in pages[0]
    for text in (*pages, *(mail.get_content() for mail in to_members), met.new.words("/")):
        assert not TELLING.search(text), TELLING.search(text)
    token = {"Authorization": f"Bearer {testing.api_token(app, met.new.id, 'verify')}"}
    answer = met.new.client.get("/api/v1/verification/case", headers=token)
    assert answer.json["state"] == "frozen"
    assert not TELLING.search(answer.get_data(as_text=True))


def test_V8_nothing_can_be_sent_while_it_is_undecided(app: Flask, met: Meeting) -> None:
    answer = met.new.send("id")
    assert answer.location == "/verify"
    assert "We need a little more time" in met.new.words("/verify")
    with app.app_context(), pytest.raises(refusals.OnHold), transaction() as db:
        services.hand_in(db, met.new.id, services.Paper("id", "passport", (b"x",), number_tag="0" * 64), now())


def test_V8_who_is_verified_goes_on_writing_but_cannot_renew(
    app: Flask, resident: Any, reviewer: Any, decider: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    robin = join("Robin")
    read_number_of(reviewer, waiting_case(robin.id), resident)
    with app.app_context(), reading() as db:
        assert db.get(Membership, resident.id) is not None
    page = resident.words("/verify")
    assert "You are verified" in page
    assert "We need a little more time" in page
    assert "moved house" not in page
    assert resident.client.get("/verify/id").location == "/verify"
    assert not TELLING.search(page)
    token = {"Authorization": f"Bearer {testing.api_token(app, resident.id, 'verify')}"}
    data = {"kind": "id", "document_number": "123456", "file": (io.BytesIO(b"x"), "x.jpg")}
    answer = resident.client.post("/api/v1/verification/case/evidence", headers=token, data=data)
    assert (answer.status_code, answer.json["code"]) == (409, "OnHold")


def test_V8_the_decider_sees_days_and_documents_and_not_who(app: Flask, met: Meeting) -> None:
    assert "Two accounts need your decision" in met.decider.words("/review")
    assert "/review/conflicts/" in met.decider.text("/review/conflicts")
    page = met.decider.text(f"/review/conflicts/{met.id}")
    assert "Passport" in page
    assert met.old_case[:6] in page
    token = {"Authorization": f"Bearer {testing.api_token(app, met.decider.id, 'review')}"}
    answer = met.decider.client.get("/api/v1/verification/conflicts", headers=token)
    (item,) = answer.json["items"]
    assert item["kinds"] == ["document", "person"]
    assert item["new"]["case_id"] == met.new_case
    for text in (page, met.decider.text("/review/conflicts"), answer.get_data(as_text=True)):
        for person in (met.old, met.new):
            assert person.id not in text
        assert "Robin" not in text
        assert "Wren" not in text


def test_V8_only_who_may_decide_can_open_the_papers_and_change_nothing(app: Flask, met: Meeting) -> None:
    assert met.decider.open(met.new_case, "colleague").location == f"/review/{met.new_case}"
    pictures = met.decider.pictures(met.new_case)
    assert len(pictures) == 3
    assert met.decider.client.get(pictures[0]).status_code == 200
    page = met.decider.text(f"/review/{met.new_case}")
    assert "-decision" not in page
    with app.app_context(), reading() as db:
        paper = queries.papers_of(db, met.new_case)[1].id
    answer = met.decider.client.post(f"/review/{met.new_case}/{paper}", data={f"{paper}-decision": "accept"})
    assert answer.status_code == 409
    with app.app_context(), pytest.raises(refusals.OnHold), transaction() as db:
        reviewing.decide(db, met.decider.id, paper, reviewing.Verdict(True), now())
    assert states(app, met.new_case) == ["frozen"]


@pytest.mark.parametrize("part", ["finder", "decided", "passed", "close", "failed to read"])
def test_V8_who_had_a_part_in_it_does_not_decide(app: Flask, met: Meeting, join: Callable[..., Any], part: str) -> None:
    person = met.finder if part == "finder" else join("Crake", roles=["reviewer"])
    with app.app_context(), transaction() as db:
        if part == "decided":
            changed = sa.update(Evidence).where(Evidence.case_id == met.old_case, Evidence.kind == "address")
            db.execute(changed.values(decided_by=person.id, state="accepted"))
        elif part == "passed":
            db.add(Passed(member_id=met.old.id, reviewer_id=person.id, passed_on=now().date()))
        elif part == "close":
            db.add(ClosePerson(reviewer_id=person.id, person_hash="x" * 32, member_id=met.new.id))
        elif part == "failed to read":
            db.execute(sa.update(Evidence).where(Evidence.case_id == met.new_case).values(tried_by=person.id))
    page = person.words("/review/conflicts")
    assert "Nothing for you to decide" in page
    assert "1 more pair waits for another reviewer" in page
    assert person.client.get(f"/review/conflicts/{met.id}").status_code == 403
    assert decide(person, met.id, "separate").status_code == 403
    with app.app_context(), pytest.raises(refusals.TookPart), transaction() as db:
        deciding.decide(db, person.id, met.id, "separate", now())
    rule = "decided_by_third" if part == "finder" else "conflict_by_a_third"
    with app.app_context(), pytest.raises(IntegrityError, match=rule), transaction() as db:
        db.execute(sa.update(Conflict).values(decided_by=person.id))
    assert states(app, met.old_case, met.new_case) == ["frozen", "frozen"]


def test_V8_a_reviewer_who_is_one_of_the_two_learns_nothing_of_it(
    app: Flask, reviewer: Any, decider: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    heron, robin = join("Crake", roles=["reviewer"]), join("Robin")
    reviewer.accept_all(waiting_case(heron.id))
    read_number_of(reviewer, waiting_case(robin.id), heron)
    with app.app_context(), reading() as db:
        conflict_id = db.scalars(sa.select(Conflict.id)).first()
    page = heron.words("/review/conflicts")
    assert "more pair" not in page
    assert "need your decision" not in heron.words("/review")
    assert heron.client.get(f"/review/conflicts/{conflict_id}").status_code == 404
    assert decide(heron, str(conflict_id), "keep_old").status_code == 404
    token = {"Authorization": f"Bearer {testing.api_token(app, heron.id, 'review')}"}
    path = "/api/v1/verification/conflicts"
    assert heron.client.get(path, headers=token).json == {"items": [], "others": 0}
    answer = heron.client.post(f"{path}/{conflict_id}/decision", headers=token, json={"outcome": "keep_old"})
    assert answer.status_code == 404
    with app.app_context(), pytest.raises(IntegrityError, match="not_own"), transaction() as db:
        db.execute(sa.update(Conflict).values(decided_by=heron.id))


def test_V8_members_do_not_reach_the_decisions(app: Flask, met: Meeting) -> None:
    assert met.new.client.get("/review/conflicts").status_code == 403
    assert met.new.client.get(f"/review/conflicts/{met.id}").status_code == 403
    assert decide(met.new, met.id, "keep_new").status_code == 403


def test_V8_two_people_both_go_on_and_do_not_stop_each_other_again(
    app: Flask, met: Meeting, waiting_case: Callable[..., str], time_machine: Any
) -> None:
    assert decide(met.decider, met.id, "nonsense").status_code == 422
    assert decide(met.decider, met.id, "separate").location == "/review/conflicts"
    assert states(app, met.old_case, met.new_case) == ["waiting", "waiting"]
    testing.work(app)
    last = [mail for mail in testing.mails(app) if mail["Subject"] == "It goes on"]
    assert len(last) == 2
    assert not any(TELLING.search(mail.get_content()) for mail in last)
    for case_id in (met.old_case, met.new_case):
        met.decider.accept_all(case_id)
    assert states(app, met.old_case, met.new_case) == ["verified", "verified"]
    time_machine.move_to(now() + timedelta(days=340))
    for person in (met.finder, met.decider):
        testing.sign_in(person.client, person.id)
    again = waiting_case(met.new.id)
    assert read_number_of(met.finder, again, met.old).location == f"/review/{again}"
    with app.app_context(), transaction() as db:
        duplicates.forget(db, now().date())
        assert db.scalars(sa.select(Conflict.outcome)).all() == ["separate", "separate"]


def test_V8_one_person_keeps_the_account_that_was_there_first(app: Flask, met: Meeting) -> None:
    assert decide(met.decider, met.id, "keep_old").status_code == 303
    assert states(app, met.old_case, met.new_case) == ["waiting", "refused"]
    with app.app_context(), reading() as db:
        assert queries.papers_of(db, met.new_case) == ()
        assert db.get_one(Case, met.new_case).pages_deleted == 3
        assert db.scalars(sa.select(Tag).where(Tag.member_id == met.new.id)).all() == []
        verbs = db.scalars(sa.select(AuditEntry.verb)).all()
    assert "verification_docs.keep_old" in verbs
    assert "You have an account with us already. Sign in there, or ask one of our volunteers" in met.new.words(
        "/verify"
    )
    testing.work(app)
    (told,) = (mail for mail in testing.mails(app) if mail["Subject"] == "Please use your other account")
    assert told["To"].startswith("robin")
    met.decider.accept_all(met.old_case)
    assert "You are verified" in met.old.words("/verify")


def test_V8_one_person_who_lost_the_first_account_goes_on_with_the_new_one(
    app: Flask, reviewer: Any, decider: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    old, new = join("Wren"), join("Robin")
    reviewer.accept_all(waiting_case(old.id))
    with app.app_context(), transaction() as db:
        members.grant(db, old.id, "coordinator", "E05009320", None)
    new_case = waiting_case(new.id)
    read_number_of(reviewer, new_case, old)
    with app.app_context(), reading() as db:
        conflict_id = str(db.scalars(sa.select(Conflict.id)).first())
    decider.client.post(f"/review/conflicts/{conflict_id}", data={"outcome": "keep_new"})
    with app.app_context(), reading() as db:
        assert db.get(Membership, old.id) is None
        assert db.scalars(sa.select(RoleGrant.role).where(RoleGrant.member_id == new.id)).all() == []
        assert db.scalars(sa.select(Tag).where(Tag.member_id == old.id)).all() == []
    assert old.client.get("/verify").status_code in (302, 303), "its open logins ended"
    join("Crake", roles=["reviewer"]).accept_all(new_case)
    assert "You are verified" in new.words("/verify")


def test_V8_over_the_api(app: Flask, met: Meeting) -> None:
    token = {"Authorization": f"Bearer {testing.api_token(app, met.decider.id, 'review')}"}
    path = f"/api/v1/verification/conflicts/{met.id}/decision"
    client = app.test_client()
    assert client.post(path, json={"outcome": "both"}, headers=token).status_code == 422
    assert client.post(path, json={"outcome": "separate"}, headers=token).status_code == 204
    assert client.post(path, json={"outcome": "separate"}, headers=token).status_code == 404
    finder = {"Authorization": f"Bearer {testing.api_token(app, met.finder.id, 'review')}"}
    assert client.get("/api/v1/verification/conflicts", headers=finder).json["items"] == []
    assert client.get("/api/v1/verification/conflicts").status_code == 401


@pytest.mark.parametrize("whose", ["old", "new"])
def test_V8_who_takes_the_papers_back_lets_the_other_go_on(app: Flask, met: Meeting, whose: str) -> None:
    person = getattr(met, whose)
    assert person.client.post("/verify/withdraw").status_code == 303
    left = met.new_case if whose == "old" else met.old_case
    assert states(app, left) == ["waiting"]
    assert "Nothing for you to decide" in met.decider.words("/review/conflicts")
    assert decide(met.decider, met.id, "separate").status_code == 404


def test_V8_papers_of_a_frozen_case_go_on_their_day(app: Flask, met: Meeting) -> None:
    with app.app_context(), transaction() as db:
        db.execute(
            sa.update(Evidence).where(Evidence.case_id == met.old_case).values(received_on=now().date() - timedelta(31))
        )
        services.let_lapse(db, now())
    assert states(app, met.old_case, met.new_case) == ["lapsed", "waiting"]
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(Conflict)).all() == []


@pytest.mark.parametrize("before", ["collecting", "resend"])
def test_V8_a_case_goes_on_where_it_was(
    app: Flask, join: Callable[..., Any], reviewer: Any, decider: Any, waiting_case: Callable[..., str], before: str
) -> None:
    one, other = join("Wren"), join("Robin")
    if before == "collecting":
        one.send("address")
    else:
        case_id = waiting_case(one.id)
        reviewer.open(case_id)
        for paper in reviewer.papers(case_id):
            reviewer.decide(case_id, paper, "unreadable")
    with app.app_context(), transaction() as db:
        (case_id,) = db.scalars(sa.select(Case.id).where(Case.member_id == one.id))
        db.add(Tag(kind="document", tag="d" * 64, member_id=one.id, case_id=case_id))
        db.flush()
        assert not duplicates.meet(db, other.id, {"document": "d" * 64}, decider.id, now())
        assert db.get_one(Case, case_id).state == "frozen"
    with app.app_context(), transaction() as db:
        pair = str(db.scalars(sa.select(Conflict.id)).one())
    third = join("Crake", roles=["reviewer"])
    decide(third, pair, "separate")
    assert states(app, case_id) == [before]


def test_V8_a_closed_account_frees_the_other(app: Flask, met: Meeting) -> None:
    with app.app_context(), transaction() as db:
        services.erase(db, met.old.id)
    assert states(app, met.new_case) == ["waiting"]


# Many at once


def race(app: Flask, *verbs: Callable[[], Any]) -> list[Any]:
    gate, outcomes = threading.Barrier(len(verbs)), list[Any]()

    def run(verb: Callable[[], Any]) -> None:
        with app.app_context():
            gate.wait()
            try:
                outcomes.append(verb())
            except (refusals.AlreadyDecided, refusals.NotClaimed, refusals.CaseGone) as refusal:
                outcomes.append(type(refusal).__name__)

    threads = [threading.Thread(target=run, args=(verb,)) for verb in verbs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_V8_of_two_decisions_at_one_instant_one_counts(app: Flask, met: Meeting, join: Callable[..., Any]) -> None:
    crake = join("Crake", roles=["reviewer"])

    def verb(person: Any, outcome: str) -> Callable[[], str]:
        def run() -> str:
            with transaction() as db:
                deciding.decide(db, person.id, met.id, outcome, now())
            return outcome

        return run

    outcomes = race(app, verb(met.decider, "keep_old"), verb(crake, "keep_new"), verb(crake, "separate"))
    (counted,) = set(outcomes) - {"AlreadyDecided"}
    assert outcomes.count("AlreadyDecided") == 2
    wanted = {
        "keep_old": ["waiting", "refused"],
        "keep_new": ["refused", "waiting"],
        "separate": ["waiting", "waiting"],
    }
    assert states(app, met.old_case, met.new_case) == wanted[counted]


def test_V8_two_cases_that_find_each_other_at_one_instant_are_one_meeting(app: Flask, join: Callable[..., Any]) -> None:
    pair = [join("Wren"), join("Robin")]
    finders = [join("Crake", roles=["reviewer"]), join("Rail", roles=["reviewer"])]

    def verb(person: Any, finder: Any) -> Callable[[], bool]:
        def run() -> bool:
            with transaction() as db:
                return duplicates.meet(db, person.id, {"document": "e" * 64}, finder.id, now())

        return run

    verbs = [verb(person, finder) for person in pair for finder in finders]
    assert race(app, *verbs).count(True) <= 2, "whoever came first, once per finder"
    with app.app_context(), reading() as db:
        assert len(db.scalars(sa.select(Conflict)).all()) == 1
        assert all(duplicates.is_held(db, person.id) for person in pair)


def test_V8_a_verification_and_a_meeting_at_one_instant_leave_no_two_verified(
    app: Flask, join: Callable[..., Any], reviewer: Any, decider: Any, waiting_case: Callable[..., str]
) -> None:
    one, other = join("Wren"), join("Robin")
    case_id = waiting_case(one.id)
    reviewer.open(case_id)
    papers = reviewer.papers(case_id)
    for paper in papers[:-1]:
        reviewer.decide(case_id, paper)
    with app.app_context(), reading() as db:
        tag = db.scalars(sa.select(Tag.tag).where(Tag.kind == "document")).one()

    def accept() -> str:
        with transaction() as db:
            return reviewing.decide(db, reviewer.id, papers[-1], reviewing.Verdict(True), now())

    def meet() -> bool:
        with transaction() as db:
            return duplicates.meet(db, other.id, {"document": tag}, decider.id, now())

    outcomes = race(app, accept, meet)
    assert False in outcomes
    assert states(app, case_id) == ["verified" if "verified" in outcomes else "frozen"]


def test_V8_the_database_keeps_one_undecided_meeting_of_a_pair(app: Flask, met: Meeting) -> None:
    row = Conflict(member_id=met.new.id, other_member_id=met.old.id, kind="document", found_on=now().date())
    with app.app_context(), pytest.raises(IntegrityError, match="UNIQUE"), transaction() as db:
        db.add(row)


def test_V8_migrations_put_up_the_same_barriers_as_the_models(app: Flask, tmp_path: Path) -> None:
    def barriers(other: Flask) -> list[str]:
        with other.app_context(), sql.engine.connect() as connection:
            wanted = "SELECT sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
            return list(connection.exec_driver_sql(wanted).scalars())

    (tmp_path / "migrated").mkdir()
    (tmp_path / "migrated" / "boroughwatch.toml").write_text('borough = "E09000030"\n')
    create_secret(tmp_path / "migrated" / "secret.key")
    migrated = create_app(tmp_path / "migrated", plugins=plugin_manager.load(["verification_docs"]))
    with migrated.app_context():
        migrate.load_models()
        migrate.upgrade()
    assert len(barriers(app)) >= 3
    assert barriers(migrated) == barriers(app)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["meet", "separate", "keep_old", "keep_new", "end", "end well", "forget"]), st.integers()
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=STEPS)
def test_V8_a_case_is_frozen_exactly_while_somebody_must_decide(app: Flask, decider: Any, steps: Any) -> None:
    """Whatever happens in whatever order; and no two are verified by one document unless said to be two people."""
    with app.app_context(), transaction() as db:
        finder = made_member(db)
        people = [made_member(db) for _each in range(3)]
        document = new_id() * 2
        for verb, pick in steps:
            _step(db, verb, people[pick % 3], (document, finder, decider.id))
            _check(db, people)
        db.rollback()


def made_member(db: Any) -> str:
    name = new_id()
    return str(accounts.add(db, name[:20], f"{name}@test.example", None))


def _step(db: Any, verb: str, member_id: str, given: tuple[str, str, str]) -> None:
    document, finder, decider_id = given
    case = db.scalars(sa.select(Case).where(Case.member_id == member_id, Case.ended_on.is_(None))).one_or_none()
    if verb == "meet":
        if case is None and not duplicates.is_held(db, member_id):
            case = Case(id=new_id(), member_id=member_id, state="waiting", opened_on=now().date(), openings=0)
            case.pages_deleted, case.waiting_since_on = 0, now().date()
            db.add(case)
            db.flush()
        if case is not None and case.state == "waiting":
            duplicates.meet(db, member_id, {"document": document}, finder, now(), case_id=case.id)
    elif verb in ("separate", "keep_old", "keep_new"):
        rows, _others = duplicate_queries.meetings(db, decider_id)
        if rows:
            deciding.decide(db, decider_id, rows[0].id, verb, now())
    elif verb == "end" and case is not None:
        services.withdraw(db, member_id, now())
    elif verb == "end well" and case is not None and case.state == "waiting":
        tagged = db.scalar(sa.select(sa.exists().where(Tag.member_id == member_id)))
        if tagged:
            members.verify(db, member_id, "E05009320", "test", now().date() + timedelta(days=365))
            ending.end(db, case, "verified", now().date())
    elif verb == "forget":
        duplicates.forget(db, now().date())


def _check(db: Any, people: list[str]) -> None:
    for case in db.scalars(sa.select(Case).where(Case.member_id.in_(people), Case.ended_on.is_(None))):
        assert (case.state == "frozen") is duplicates.is_held(db, case.member_id)
    verified = db.scalars(sa.select(Membership.member_id).where(Membership.member_id.in_(people))).all()
    for one in verified:
        for other in verified:
            if one < other:
                both = Conflict.member_id.in_((one, other)) & Conflict.other_member_id.in_((one, other))
                assert db.scalar(sa.select(sa.exists().where(both, Conflict.outcome == "separate")))
