"""V16: a reviewer is found corrupt: all they passed is looked at again, and members read on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from core import audit, testing
from core.database import now, reading, transaction
from core.models import Member, RoleGrant
from core.permissions import viewer_of
from plugins.verification_docs.keys.models import ReviewerKey
from plugins.verification_docs.reviewers import looking_again, passed
from plugins.verification_docs.reviewers.models import Passed


def address(app: Flask, member_id: str) -> str:
    with app.app_context(), reading() as db:
        return str(db.scalar(sa.select(Member.email).where(Member.id == member_id)))


def level(app: Flask, member_id: str) -> str:
    with app.app_context(), reading() as db:
        viewer = viewer_of(db, member_id)
    return "verified" if viewer.is_verified else "reader" if viewer.is_reader else "member"


@pytest.fixture
def passed_by(app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]) -> Callable[..., Any]:
    """Let somebody be verified by a reviewer on some day; return them."""

    def passed_by(reviewer: Any, alias: str, days_ago: int = 0) -> Any:
        with time_machine.travel(now() - timedelta(days=days_ago), tick=True):
            person = join(alias)
            case_id = waiting_case(person.id)
            testing.sign_in(reviewer.client, reviewer.id)
            reviewer.accept_all(case_id)
        testing.sign_in(reviewer.client, reviewer.id)
        testing.sign_in(person.client, person.id)
        return person

    return passed_by


def since(days: int) -> date:
    return now().date() - timedelta(days=days)


def test_V16_all_they_passed_since_a_day_reads_on_and_is_asked_again(
    app: Flask, join: Callable[..., Any], passed_by: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    with time_machine.travel(now() - timedelta(days=200), tick=True):
        heron, crane = join("Heron", roles=["reviewer"]), join("Crane", roles=["reviewer"])
    admin = join("Maple", roles=["admin"])
    old, wren = passed_by(heron, "Old Owl", 120), passed_by(heron, "Wren", 10)
    other = passed_by(crane, "Robin", 10)
    form = {"email": address(app, heron.id), "since": since(90).isoformat()}
    shown = admin.client.post("/admin/reviewers/look-again", data=form)
    assert "This concerns one member. Nothing was changed yet." in shown.get_data(as_text=True)
    assert level(app, wren.id) == "verified"
    done = admin.client.post("/admin/reviewers/look-again", data={**form, "agreed": "1"})
    assert done.status_code == 303
    assert [level(app, person.id) for person in (old, wren, other)] == ["verified", "reader", "verified"]
    assert heron.client.get("/review").status_code in (302, 303)  # the login ended at once
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(ReviewerKey.id).where(ReviewerKey.reviewer_id == heron.id)) is None
        assert db.scalar(sa.select(RoleGrant.id).where(RoleGrant.member_id == heron.id)) is None
        assert audit.verify(db) is None
    testing.work(app)
    (mail,) = [mail for mail in testing.mails(app) if mail["Subject"] == "Please have another look"]
    assert mail["To"].startswith("wren")
    assert "reviewer" not in mail.get_content().lower()

    case_id = waiting_case(wren.id)
    crane.accept_all(case_id)
    assert level(app, wren.id) == "verified"
    with app.app_context(), reading() as db:
        assert passed.waiting(db) == 0


def test_V16_who_does_not_show_them_in_time_is_verified_no_more(
    app: Flask, join: Callable[..., Any], passed_by: Callable[..., Any]
) -> None:
    heron = join("Heron", roles=["reviewer"])
    wren = passed_by(heron, "Wren")
    with app.app_context(), transaction() as db:
        assert looking_again.look_again(db, heron.id, since(1), None, now().date()) == 1
    for day, expected in ((30, "reader"), (31, "member")):
        with time_machine.travel(now() + timedelta(days=day), tick=True):
            testing.work(app)
            assert level(app, wren.id) == expected, day
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(Member.alias).where(Member.id == wren.id)) == "Wren"
        assert db.scalars(sa.select(Passed.id)).all() == []


def test_V16_a_wrong_form_changes_nothing(app: Flask, join: Callable[..., Any], passed_by: Callable[..., Any]) -> None:
    heron, admin = join("Heron", roles=["reviewer"]), join("Maple", roles=["admin", "reviewer"])
    wren = passed_by(heron, "Wren")
    right = {"email": address(app, heron.id), "since": since(90).isoformat()}
    for change, words in (
        ({"email": "nobody@place.example"}, "No reviewer has this address"),
        ({"since": "2999-01-01"}, "still to come"),
        ({"since": ""}, "Give the first day"),
        ({"email": address(app, admin.id)}, "You cannot do this to yourself"),
    ):
        answer = admin.client.post("/admin/reviewers/look-again", data={**right, **change, "agreed": "1"})
        assert answer.status_code == 422, change
        assert words in answer.get_data(as_text=True)
    stale = admin.client.post("/admin/reviewers/look-again", data={**right, "agreed": "7"})
    assert "This concerns one member" in stale.get_data(as_text=True)
    assert level(app, wren.id) == "verified"


def test_V16_what_is_kept_of_who_passed_whom_goes_a_year_after_the_end(
    app: Flask, join: Callable[..., Any], passed_by: Callable[..., Any]
) -> None:
    heron = join("Heron", roles=["reviewer"])
    passed_by(heron, "Wren")
    for day, left in ((700, 1), (760, 0)):
        with time_machine.travel(now() + timedelta(days=day), tick=True):
            testing.work(app)
            with app.app_context(), reading() as db:
                assert len(db.scalars(sa.select(Passed.id)).all()) == left, day
