"""Who may decide what: never one's own, never twice, never unopened; and what the database itself refuses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError

from core import members, testing
from core.database import now, reading, transaction
from core.events import EvidenceDecided, EvidenceSubmitted, MemberVerified
from core.models import Membership, Postcode
from plugins.verification_docs import queries, refusals, reviewing, services
from plugins.verification_docs.models import Case, Evidence

ACCEPT = reviewing.Verdict(True)
TOO_OLD = reviewing.Verdict(False, "unreadable")


def papers(app: Flask, case_id: str) -> list[str]:
    with app.app_context(), reading() as db:
        return [paper.id for paper in queries.papers_of(db, case_id)]


def test_V12_own_case_is_not_in_the_queue_and_refused_by_direct_post(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    me = join("Heron", roles=["reviewer"])
    case_id = waiting_case(me.id)
    (first, *_others) = papers(app, case_id)
    assert case_id not in me.text("/review")
    assert "Your own case waits too" in me.words("/review")
    assert me.client.get(f"/review/{case_id}").status_code == 403
    assert me.open(case_id).status_code == 403
    assert me.client.post(f"/review/{case_id}/put-back").status_code == 403
    assert me.decide(case_id, first).status_code == 403
    with app.app_context(), reading() as db:
        page_id = queries.papers_of(db, case_id)[0].page_ids[0]
    assert me.client.get(f"/review/{case_id}/pages/{page_id}.age").status_code == 403


def test_V12_the_service_refuses_own_case(app: Flask, resident: Any, waiting_case: Callable[..., str]) -> None:
    case_id = waiting_case(resident.id)
    (first, *_others) = papers(app, case_id)
    with app.app_context(), transaction() as db:
        with pytest.raises(refusals.OwnCase):
            reviewing.open_case(db, resident.id, case_id, "next", now())
        with pytest.raises(refusals.OwnCase):
            reviewing.decide(db, resident.id, first, ACCEPT, now())


@pytest.mark.parametrize("column", ["claimed_by", "decided_by"])
def test_V12_the_database_refuses_own_case(
    app: Flask, resident: Any, waiting_case: Callable[..., str], column: str
) -> None:
    waiting_case(resident.id)
    table = Case if column == "claimed_by" else Evidence
    with app.app_context(), pytest.raises(IntegrityError, match="by_another"), transaction() as db:
        db.execute(sa.update(table).values({column: resident.id}))


def test_V12_the_database_ties_a_paper_to_the_member_of_its_case(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    waiting_case(resident.id)
    with app.app_context(), pytest.raises(IntegrityError, match="FOREIGN KEY"), transaction() as db:
        db.execute(sa.update(Evidence).values(member_id=reviewer.id))


@pytest.mark.parametrize(
    "values",
    [{"ended_on": sa.func.current_date()}, {"state": "approved"}],
    ids=["postcode after the end", "unknown state"],
)
def test_the_database_refuses_impossible_cases(
    app: Flask, resident: Any, waiting_case: Callable[..., str], values: dict[str, Any]
) -> None:
    waiting_case(resident.id)
    with app.app_context(), pytest.raises(IntegrityError, match="CHECK"), transaction() as db:
        db.execute(sa.update(Case).values(values))


def test_one_member_has_one_open_case(app: Flask, resident: Any, waiting_case: Callable[..., str]) -> None:
    waiting_case(resident.id)
    with app.app_context(), pytest.raises(IntegrityError, match="UNIQUE"), transaction() as db:
        db.add(Case(member_id=resident.id, state="collecting", opened_on=now().date()))


def test_members_without_the_role_cannot_review(
    resident: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(join("Robin").id)
    assert resident.client.get("/review").status_code == 403
    assert resident.client.get(f"/review/{case_id}").status_code == 403
    assert resident.open(case_id).status_code == 403
    assert resident.decide(case_id, "0" * 32).status_code == 403


def test_nothing_is_shown_or_decided_before_the_case_is_opened(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    with app.app_context(), reading() as db:
        paper = queries.papers_of(db, case_id)[0]
    assert reviewer.client.get(f"/review/{case_id}/pages/{paper.page_ids[0]}.age").status_code == 403
    assert reviewer.decide(case_id, paper.id).location == f"/review/{case_id}"
    with app.app_context(), reading() as db:
        assert set(queries.states_by_kind(db, case_id).values()) == {"waiting"}


def test_an_open_case_is_closed_to_others_until_it_is_put_back_or_half_an_hour_is_over(
    app: Flask,
    resident: Any,
    reviewer: Any,
    join: Callable[..., Any],
    waiting_case: Callable[..., str],
    time_machine: Any,
) -> None:
    other = join("Stork", roles=["reviewer"])
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    assert other.open(case_id).location == "/review"
    assert other.pictures(case_id) == []
    reviewer.client.post(f"/review/{case_id}/put-back")
    assert other.open(case_id).location == f"/review/{case_id}"
    assert reviewer.pictures(case_id) == []
    time_machine.move_to(now() + timedelta(minutes=31))
    assert other.pictures(case_id) == []
    assert reviewer.open(case_id).location == f"/review/{case_id}"
    assert len(reviewer.pictures(case_id)) == 3


def test_a_picture_of_another_case_is_not_reached_through_this_one(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    mine, other = waiting_case(resident.id), waiting_case(join("Robin").id)
    reviewer.open(mine)
    with app.app_context(), reading() as db:
        foreign = queries.papers_of(db, other)[0]
    assert reviewer.client.get(f"/review/{mine}/pages/{foreign.page_ids[0]}.age").status_code == 404
    reviewer.decide(mine, foreign.id)
    with app.app_context(), reading() as db:
        assert set(queries.states_by_kind(db, other).values()) == {"waiting"}


def test_two_decisions_at_once_count_once(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    first = papers(app, case_id)[1]
    with app.app_context(), transaction() as db:
        reviewing.open_case(db, reviewer.id, case_id, "next", now())
    outcomes: list[str] = []
    gate = threading.Barrier(4)

    def decide(verdict: reviewing.Verdict) -> None:
        with app.app_context():
            gate.wait()
            try:
                with transaction() as db:
                    reviewing.decide(db, reviewer.id, first, verdict, now())
                outcomes.append("rejected" if not verdict.accept else "accepted")
            except refusals.AlreadyDecided:
                outcomes.append("late")

    threads = [threading.Thread(target=decide, args=(verdict,)) for verdict in (ACCEPT, TOO_OLD, ACCEPT, TOO_OLD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[1:] == ["late"] * 3 or outcomes.count("late") == 3
    with app.app_context(), reading() as db:
        (said,) = {outcome for outcome in outcomes if outcome != "late"}
        assert queries.states_by_kind(db, case_id)["address"] == said


def test_a_decision_after_the_end_is_late(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    found = reviewer.papers(case_id)
    for paper_id in found:
        reviewer.decide(case_id, paper_id)
    assert reviewer.decide(case_id, found[0]).status_code == 404


def test_V3_a_certificate_or_volunteering_will_do(app: Flask, resident: Any, reviewer: Any) -> None:
    resident.send("id")
    resident.send("address")
    assert resident.send("third", document="volunteering.charity_letter").status_code == 303
    with app.app_context(), reading() as db:
        case_id = db.scalars(sa.select(Case.id)).one()
    reviewer.accept_all(case_id)
    assert "You are verified" in resident.words("/verify")


def test_V3_a_letter_can_follow_a_certificate_that_was_sent_back(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    for paper_id, decision in zip(reviewer.papers(case_id), ["accept", "accept", "unknown_issuer"], strict=True):
        reviewer.decide(case_id, paper_id, decision)
    resident.send("third", document="volunteering.charity_letter")
    with app.app_context(), reading() as db:
        assert queries.states_by_kind(db, case_id) == {
            "id": "accepted",
            "address": "accepted",
            "volunteering": "waiting",
        }
    reviewer.accept_all(case_id)
    assert "You are verified" in resident.words("/verify")


def test_V3_another_rule_asks_for_other_papers(tmp_path: Any) -> None:
    app = testing.make_app(tmp_path, ["verification_docs"], verification_docs={"rule": "address"})
    member_id = testing.make_member(app, "Wren")
    client = app.test_client()
    testing.sign_in(client, member_id)
    page = client.get("/verify").get_data(as_text=True)
    assert "Proof of address" in page
    assert "Photo document" not in page
    assert client.get("/verify/id").status_code == 404


def test_what_waits_or_was_accepted_cannot_be_sent_again(
    app: Flask, resident: Any, waiting_case: Callable[..., str]
) -> None:
    waiting_case(resident.id)
    with app.app_context(), pytest.raises(refusals.NotNow), transaction() as db:
        services.hand_in(db, resident.id, services.Paper("id", "passport", (b"x",), number_tag="0" * 64), now())
    with app.app_context(), pytest.raises(refusals.NotNow), transaction() as db:
        services.hand_in(db, resident.id, services.Paper("volunteering", "charity_letter", (b"x",)), now())


def test_facts_tell_of_cases_and_never_of_papers(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    with testing.capture_events() as events:
        case_id = waiting_case(resident.id)
        reviewer.accept_all(case_id)
    kinds = [type(event) for event in events]
    assert kinds == [EvidenceSubmitted, EvidenceDecided, EvidenceDecided, EvidenceDecided, MemberVerified]
    assert all(resident.id not in repr(event) for event in events[:-1])


def test_reviewers_are_told_that_somebody_waits(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    waiting_case(resident.id)
    testing.work(app)
    mails = testing.mails(app)
    assert sorted(mail["To"].partition("@")[0][:5] for mail in mails) == ["heron", "stand", "stand"]
    for mail in mails:
        assert mail["Subject"] == "Something waits for you"
        assert "Wren" not in mail.get_content()


def test_W4_a_postcode_that_left_the_directory_stops_the_acceptance(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    with app.app_context(), transaction() as db:
        db.execute(sa.delete(Postcode).where(Postcode.postcode == "E3 5AA"))
    found = reviewer.papers(case_id)
    reviewer.decide(case_id, found[0])
    reviewer.decide(case_id, found[1])
    answer = reviewer.decide(case_id, found[2])
    assert answer.status_code == 422
    assert "no longer in the list" in answer.get_data(as_text=True)
    with app.app_context(), reading() as db:
        assert db.get(Membership, resident.id) is None
        assert queries.states_by_kind(db, case_id)["certificate"] == "waiting"


def test_membership_lasts_as_long_as_the_setting_says(tmp_path: Any, time_machine: Any) -> None:
    from datetime import UTC, date, datetime

    from plugins.verification_docs.policy import policy

    app = testing.make_app(tmp_path, ["verification_docs"], verification_docs={"valid_months": 6})
    time_machine.move_to(datetime(2026, 8, 31, 12, tzinfo=UTC))
    with app.app_context():
        assert policy().until(date(2026, 8, 31)) == date(2027, 2, 28)


def test_a_lapsed_member_may_prove_it_again(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    with app.app_context(), transaction() as db:
        members.lapse(db, resident.id, None, "test")
    testing.sign_in(resident.client, resident.id)
    assert resident.words("/verify").count("not sent yet") == 3
