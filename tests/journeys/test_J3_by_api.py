"""J3 by API and direct POST, under a clock that we turn: the reviewer's day, and the day they are trusted no more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from core import audit, testing
from core.database import now, reading, transaction
from core.models import Member, RoleGrant
from core.permissions import viewer_of
from plugins.verification_docs.demo import equip
from plugins.verification_docs.reviewers import vetting


@pytest.fixture
def place(borough: Callable[..., Any]) -> Any:
    return borough(plugins=("verification_docs", "ward_boards"))


def email_of(place: Any, member_id: str) -> str:
    with place.app.app_context(), reading() as db:
        return str(db.scalar(sa.select(Member.email).where(Member.id == member_id)))


def pass_all(reviewer: Any, case_id: str, reason: str = "next") -> str:
    """Open a case, type its number and accept every paper; return the state it ends in."""
    papers = reviewer.claim(case_id, reason)
    assert reviewer.type_number(case_id, papers["id"]["id"])[1]["matched"]
    for paper in papers.values():
        status, answer = reviewer.decide(case_id, paper["id"])
        assert status == 200, answer
    return str(answer["case_state"])


def test_J3_a_second_step_is_forced_before_the_queue_opens(place: Any) -> None:
    bare_id = testing.make_member(place.app, "Heron", roles=["reviewer"], second_factor=False)
    with place.app.app_context(), transaction() as db:
        equip(db, bare_id)
    bare = place.person(bare_id)
    answer = bare.client.get("/review")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/account/second-factor")


def test_J3_claims_hold_for_half_an_hour_and_three_wrong_numbers_pass_the_case_on(
    place: Any, api_member: Callable[..., Any], api_reviewer: Callable[..., Any]
) -> None:
    start = now()
    with time_machine.travel(start, tick=True) as clock:
        heron, crane = api_reviewer(place, "Heron"), api_reviewer(place, "Crane")
        older = api_member(place, "Robin").hand_in_all()
        clock.move_to(start + timedelta(days=1))
        newer = api_member(place, "Wren").hand_in_all(number="601 123-987")
        _status, queue = heron.call("GET", "/queue")
        assert [item["id"] for item in queue["items"]] == [older["id"], newer["id"]]

        status, problem = heron.call("POST", f"/cases/{older['id']}/claim", json={"reason": "curious"})
        assert status == 422, problem
        papers = heron.claim(older["id"])
        status, problem = crane.call("POST", f"/cases/{older['id']}/claim", json={"reason": "next"})
        assert (status, problem["code"]) == (409, "ClaimedByAnother")
        page_id = papers["id"]["page_ids"][0]
        assert crane.call("GET", f"/cases/{older['id']}/pages/{page_id}")[0] == 409
        clock.move_to(start + timedelta(days=1, minutes=31))
        assert heron.decide(older["id"], papers["id"]["id"])[0] == 409
        papers = crane.claim(older["id"])
        assert crane.decide(older["id"], papers["id"]["id"])[1]["code"] == "NumberFirst"
        assert crane.type_number(older["id"], papers["id"]["id"], "gb 925665416".removeprefix("gb "))[1]["matched"]
        assert crane.decide(older["id"], papers["id"]["id"])[0] == 200

        papers = heron.claim(newer["id"])
        for left in (2, 1, 0):
            answer = heron.type_number(newer["id"], papers["id"]["id"], "000 000-000")[1]
            assert (answer["matched"], answer["tries_left"]) == (False, left)
        status, problem = heron.call("POST", f"/cases/{newer['id']}/claim", json={"reason": "next"})
        assert (status, problem["code"]) == (403, "TriedBefore")
        assert newer["id"] not in str(heron.call("GET", "/queue")[1])
        papers = crane.claim(newer["id"])
        assert crane.type_number(newer["id"], papers["id"]["id"], "601123987")[1]["matched"]


def test_J3_the_same_passport_stops_both_and_a_third_decides(
    place: Any, api_member: Callable[..., Any], api_reviewer: Callable[..., Any]
) -> None:
    heron, crane = api_reviewer(place, "Heron"), api_reviewer(place, "Crane")
    robin, wren = api_member(place, "Robin"), api_member(place, "Wren")
    first, second = robin.hand_in_all(), wren.hand_in_all()
    papers = heron.claim(first["id"])
    assert heron.type_number(first["id"], papers["id"]["id"])[1]["matched"]
    papers = heron.claim(second["id"])
    heron.type_number(second["id"], papers["id"]["id"])
    for person in (robin, wren):
        assert person.call("GET", "/case")[1]["state"] == "frozen"
    place.work()
    told = [[str(mail.get_content()) for mail in place.mails_to(name)] for name in ("robin", "wren")]
    assert told[0] == told[1] != []
    assert "passport" not in str(told).lower()
    assert "account" not in str(told).lower()
    assert heron.call("GET", "/conflicts")[1]["items"] == []
    meetings = crane.call("GET", "/conflicts")[1]["items"]
    for meeting in meetings:
        refused = heron.call("POST", f"/conflicts/{meeting['id']}/decision", json={"outcome": "separate"})
        assert refused[0] == 403
        assert crane.call("POST", f"/conflicts/{meeting['id']}/decision", json={"outcome": "separate"})[0] == 204
    for person in (robin, wren):
        assert person.call("GET", "/case")[1]["state"] == "waiting"


def test_J3_promoting_a_coordinator_takes_two(place: Any, api_reviewer: Callable[..., Any]) -> None:
    heron = api_reviewer(place, "Heron")
    maple = place.person(testing.make_member(place.app, "Maple", roles=["admin"]))
    wren_id = testing.make_member(place.app, "Wren", ward="E05009320")
    address = email_of(place, wren_id)
    wanted = {"email": address, "role": "coordinator", "ward": "E05009320", "verb": "grant"}
    assert maple.send("/admin", wanted).status_code == 303
    with place.app.app_context(), reading() as db:
        assert db.scalar(sa.select(RoleGrant.id).where(RoleGrant.member_id == wren_id)) is None
    page = place.person(heron.id).read("/admin/proposals")
    path = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/admin/proposals/"))
    own = maple.send(path, {"email": address, "verb": "confirm"}, form_on="/admin")
    with place.app.app_context(), reading() as db:
        assert db.scalar(sa.select(RoleGrant.id).where(RoleGrant.member_id == wren_id)) is None, own.status_code
    done = place.person(heron.id).send(path, {"email": address, "verb": "confirm"})
    assert done.status_code == 303
    with place.app.app_context(), reading() as db:
        assert db.scalar(sa.select(RoleGrant.role).where(RoleGrant.member_id == wren_id)) == "coordinator"


def test_J3_vetting_ends_tonight_and_a_corrupt_reviewers_cases_are_looked_at_again(
    place: Any, api_member: Callable[..., Any], api_reviewer: Callable[..., Any]
) -> None:
    start = now()
    with time_machine.travel(start, tick=True) as clock:
        heron, crane = api_reviewer(place, "Heron"), api_reviewer(place, "Crane")
        api_reviewer(place, "Stork")
        wren = api_member(place, "Wren")
        assert pass_all(heron, wren.hand_in_all()["id"]) == "verified"
        robin = api_member(place, "Robin")
        waiting = robin.hand_in_all(number="733 000-111")
        with place.app.app_context(), transaction() as db:
            vetting.vet(db, heron.id, "police", days=(start.date(), start.date()), vetted_by=None)
        heron.claim(waiting["id"])
        clock.move_to(start + timedelta(days=1))
        place.work()
        status, problem = heron.call("GET", "/queue")
        assert status == 403
        assert "checked" in problem["detail"]
        crane.claim(waiting["id"])

        maple = place.person(testing.make_member(place.app, "Maple", roles=["admin"]))
        since = (start - timedelta(days=90)).date().isoformat()
        form = {"email": email_of(place, heron.id), "since": since, "agreed": "1"}
        assert maple.send("/admin/reviewers/look-again", form).status_code == 303
        with place.app.app_context(), reading() as db:
            viewer = viewer_of(db, wren.id)
            assert (viewer.is_verified, viewer.is_reader) == (False, True)
            assert audit.verify(db) is None
        assert place.person(wren.id).client.get("/boards/E05009320").status_code == 200
        again = wren.hand_in_all()
        assert pass_all(crane, again["id"]) == "verified"
