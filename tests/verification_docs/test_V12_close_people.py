"""V12: a reviewer decides neither about themselves nor about somebody close to them; the database says so as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import members, testing
from core.database import now, reading, transaction
from core.instance import instance
from core.models import Member
from plugins.verification_docs import refusals, reviewing
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.models import Case, Evidence
from plugins.verification_docs.reviewers import close
from plugins.verification_docs.reviewers.models import ClosePerson


def address(app: Flask, member_id: str) -> str:
    with app.app_context(), reading() as db:
        return str(db.scalar(sa.select(Member.email).where(Member.id == member_id)))


def first_paper(app: Flask, case_id: str) -> str:
    with app.app_context(), reading() as db:
        return str(db.scalar(sa.select(Evidence.id).where(Evidence.case_id == case_id)))


@pytest.fixture
def brothers(app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]) -> tuple[Any, Any, str]:
    """A reviewer, their brother whom they named, and the brother's case."""
    heron, wren = join("Heron", roles=["reviewer"]), join("Wren")
    case_id = waiting_case(wren.id)
    answer = heron.client.post("/review/close", data={"email": address(app, wren.id), "verb": "name"})
    assert answer.status_code == 303
    return heron, wren, case_id


def test_V12_a_brothers_case_is_not_listed_and_refused_by_page_post_and_api(
    app: Flask, brothers: tuple[Any, Any, str], join: Callable[..., Any]
) -> None:
    heron, _wren, case_id = brothers
    assert case_id not in heron.text("/review")
    assert heron.client.get(f"/review/{case_id}").status_code == 403
    refused = heron.open(case_id)
    assert refused.status_code == 403
    assert "Another reviewer must look at it" in refused.get_data(as_text=True)
    assert heron.decide(case_id, first_paper(app, case_id)).status_code == 403
    headers = {"Authorization": f"Bearer {testing.api_token(app, heron.id, 'review')}"}
    path = f"/api/v1/verification/cases/{case_id}/claim"
    answer = app.test_client().post(path, json={"reason": "next"}, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (403, "CloseCase")
    crane = join("Crane", roles=["reviewer"])
    assert case_id in crane.text("/review")
    assert crane.open(case_id).status_code == 303


def test_V12_the_service_and_the_database_refuse_the_pair(app: Flask, brothers: tuple[Any, Any, str]) -> None:
    heron, _wren, case_id = brothers
    paper_id = first_paper(app, case_id)
    with app.app_context(), transaction() as db:
        with pytest.raises(refusals.CloseCase):
            reviewing.open_case(db, heron.id, case_id, "next", now())
        with pytest.raises(refusals.CloseCase):
            reviewing.decide(db, heron.id, paper_id, reviewing.Verdict(accept=True), now())
    for change in (
        sa.update(Case).where(Case.id == case_id).values(claimed_by=heron.id),
        sa.update(Evidence).where(Evidence.id == paper_id).values(decided_by=heron.id),
    ):
        with app.app_context(), pytest.raises(sa.exc.IntegrityError, match="not_close"), transaction() as db:
            db.execute(change)


def test_V12_papers_are_not_sealed_to_somebody_close(app: Flask, brothers: tuple[Any, Any, str]) -> None:
    heron, wren, _case_id = brothers
    with app.app_context(), transaction() as db:
        for_brother = key_services.recipients(db, wren.id, now().date())
        for_others = key_services.recipients(db, "somebody", now().date())
    assert set(for_others) - set(for_brother) == {recipient_of(heron.identity)}


def recipient_of(identity: str) -> str:
    from core import crypto

    return crypto.age_recipient(identity)


def test_V12_naming_somebody_puts_back_the_case_one_has_open(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    heron, wren = join("Heron", roles=["reviewer"]), join("Wren")
    case_id = waiting_case(wren.id)
    assert heron.open(case_id).status_code == 303
    heron.client.post("/review/close", data={"email": address(app, wren.id), "verb": "name"})
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(Case.claimed_by)) is None
    assert heron.client.get(f"/review/{case_id}").status_code == 403


def test_V12_the_answer_never_tells_whether_somebody_is_a_member(app: Flask, join: Callable[..., Any]) -> None:
    heron, wren = join("Heron", roles=["reviewer"]), join("Wren")
    answers = []
    for email in (address(app, wren.id), "nobody@place.example"):
        answer = heron.client.post("/review/close", data={"email": email, "verb": "name"}, follow_redirects=True)
        answers.append(answer.get_data(as_text=True).replace("2 people", "").replace("one person", ""))
    assert answers[0] == answers[1]
    with app.app_context(), reading() as db:
        kept = repr(db.execute(sa.select(ClosePerson.person_hash)).all())
    assert "@" not in kept


def test_V12_somebody_named_before_they_joined_is_kept_away_when_they_do(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    heron = join("Heron", roles=["reviewer"])
    with app.app_context(), transaction() as db:
        number = db.query(Member).count() + 1
    email = f"wren{number}@test.example"
    heron.client.post("/review/close", data={"email": f" {email.upper()} ", "verb": "name"})
    wren = join("Wren")
    assert address(app, wren.id) == email
    testing.work(app)
    case_id = waiting_case(wren.id)
    assert heron.open(case_id).status_code == 403


def test_V12_a_member_keeps_a_reviewer_away_by_address_and_learns_nothing(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    heron, robin, wren = join("Heron", roles=["reviewer"]), join("Robin"), join("Wren")
    texts = []
    for person in (heron, robin):
        sent = {"email": address(app, person.id)}
        texts.append(wren.client.post("/verify/close", data=sent, follow_redirects=True).get_data(as_text=True))
    assert texts[0] == texts[1]
    case_id = waiting_case(wren.id)
    assert heron.open(case_id).status_code == 403
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(ClosePerson.reviewer_id)).all() == [heron.id]


def test_V12_a_name_given_by_mistake_is_taken_back(app: Flask, brothers: tuple[Any, Any, str]) -> None:
    heron, wren, case_id = brothers
    heron.client.post("/review/close", data={"email": address(app, wren.id), "verb": "take_back"})
    assert heron.open(case_id).status_code == 303


@pytest.mark.parametrize("path", ["/review/close", "/verify/close"])
def test_V12_what_is_no_address_gets_a_sentence_and_stays_typed(join: Callable[..., Any], path: str) -> None:
    heron = join("Heron", roles=["reviewer"])
    answer = heron.client.post(path, data={"email": "my brother", "verb": "name"})
    assert answer.status_code == 422
    assert "It looks like name@place.uk" in answer.get_data(as_text=True)
    assert "my brother" in answer.get_data(as_text=True)


def test_V12_no_more_than_fifty_are_named(app: Flask, join: Callable[..., Any]) -> None:
    heron = join("Heron", roles=["reviewer"])
    with app.app_context(), transaction() as db:
        for number in range(close.MOST_NAMED):
            close.name(db, heron.id, f"person{number}@place.example")
        with pytest.raises(close.TooMany):
            close.name(db, heron.id, "one.more@place.example")


def test_V12_members_may_not_open_the_reviewers_page(resident: Any) -> None:
    assert resident.client.get("/review/close").status_code == 403
    assert resident.client.get("/verify/close").status_code == 200


def test_V12_where_it_is_wanted_nobody_decides_about_their_own_ward(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    heron, wren = join("Heron", roles=["reviewer"], ward="E05009320"), join("Wren")
    case_id = waiting_case(wren.id)
    lines = instance(app).config.plugin["verification_docs"]
    assert heron.client.get(f"/review/{case_id}").status_code == 200
    lines["not_own_ward"] = True  # type: ignore[index]  # as the file would set it
    assert heron.client.get(f"/review/{case_id}").status_code == 403
    with app.app_context(), transaction() as db:
        members.verify(db, heron.id, "E05009334", "test", now().date())
    assert heron.client.get(f"/review/{case_id}").status_code == 200
