"""One document verifies one account; tags live as long as they are needed, and people can come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import members, privacy, testing
from core.database import now, reading, transaction
from core.models import Membership
from plugins.verification_docs import services
from plugins.verification_docs.duplicates import services as duplicates
from plugins.verification_docs.duplicates import tags
from plugins.verification_docs.duplicates.models import Conflict, Tag
from plugins.verification_docs.models import Case, Evidence


def state(app: Flask, case_id: str) -> str:
    with app.app_context(), reading() as db:
        return db.get_one(Case, case_id).state


def tags_kept(app: Flask, member_id: str) -> list[tuple[str, date | None]]:
    with app.app_context(), reading() as db:
        rows = db.execute(sa.select(Tag.kind, Tag.until_on).where(Tag.member_id == member_id).order_by(Tag.kind))
        return [(row.kind, row.until_on) for row in rows]


def with_the_document_of(app: Flask, case_id: str, owner: Any) -> str:
    """Let the member of a case have typed the number of somebody else's document; return the paper."""
    with app.app_context(), transaction() as db:
        paper = db.scalars(sa.select(Evidence).where(Evidence.case_id == case_id, Evidence.kind == "id")).one()
        paper.number_tag = tags.document_tag("GB", owner.id[:9])
        return paper.id


def test_V7_a_document_that_verified_one_account_does_not_verify_another(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    robin = join("Robin")
    case_id = waiting_case(robin.id)
    paper = with_the_document_of(app, case_id, resident)
    reviewer.open(case_id)
    answer = reviewer.type_number(case_id, paper, document_number=" - ".join(resident.id[:9]).upper())
    assert answer.location == "/review"
    assert state(app, case_id) == "frozen"
    assert reviewer.decide(case_id, paper).status_code == 404
    with app.app_context(), reading() as db:
        assert db.get(Membership, robin.id) is None
        (conflict,) = db.scalars(sa.select(Conflict))
        assert (conflict.member_id, conflict.other_member_id) == (robin.id, resident.id)
        assert (conflict.kind, conflict.found_by) == ("document", reviewer.id)


def test_V7_the_same_person_with_another_document_is_found_too(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    robin = join("Robin")
    case_id = waiting_case(robin.id)
    reviewer.open(case_id)
    (paper,) = reviewer.numbers(case_id)
    names = "".join(chr(ord("A") + int(sign, 16)) for sign in resident.id[:12])
    reviewer.type_number(case_id, paper, names=f"{names.lower()}, ada", born_on="1985-03-27")
    assert state(app, case_id) == "frozen"
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(Conflict.kind)).all() == ["person"]


def test_V7_ones_own_document_renews_ones_own_membership(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str], time_machine: Any
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    time_machine.move_to(now() + timedelta(days=340))
    testing.sign_in(reviewer.client, reviewer.id)
    reviewer.accept_all(waiting_case(resident.id))
    assert [kind for kind, _until in tags_kept(app, resident.id)] == ["document", "person"]
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(Conflict)).all() == []


def test_V7_somebody_who_closed_their_account_can_join_again(
    app: Flask, resident: Any, reviewer: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    with app.app_context(), transaction() as db:
        privacy.erase(db, resident.id)
    assert tags_kept(app, resident.id) == []
    again = join("Robin")
    case_id = waiting_case(again.id)
    paper = with_the_document_of(app, case_id, resident)
    reviewer.open(case_id)
    reviewer.type_number(case_id, paper, resident.id)
    reviewer.accept_all(case_id)
    assert state(app, case_id) == "verified"


@pytest.mark.parametrize("way", ["withdraw", "lapse", "sent back and lapsed"])
def test_V7_tags_of_a_case_that_ends_without_success_go_at_once(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str], way: str
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    (paper,) = reviewer.numbers(case_id)
    reviewer.type_number(case_id, paper)
    assert tags_kept(app, resident.id) == [("document", None), ("person", None)]
    if way == "sent back and lapsed":
        for each in reviewer.papers(case_id):
            reviewer.decide(case_id, each, "unreadable")
    with app.app_context(), transaction() as db:
        if way == "withdraw":
            services.withdraw(db, resident.id, now())
        else:
            services.let_lapse(db, now() + timedelta(days=31))
    assert tags_kept(app, resident.id) == []


def test_V7_tags_stay_with_who_is_verified_though_the_case_ends(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    reviewer.type_number(case_id, reviewer.numbers(case_id)[0])
    with app.app_context(), transaction() as db:
        last = now().date() + timedelta(days=90)
        members.verify(db, resident.id, "E05009320", "test", last, level="reader")
        services.withdraw(db, resident.id, now())
    assert len(tags_kept(app, resident.id)) == 2


def test_V7_tags_die_a_year_after_the_membership(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    today = now().date()
    with app.app_context(), transaction() as db:
        assert duplicates.forget(db, today) == 0
    assert {until for _kind, until in tags_kept(app, resident.id)} == {None}
    with app.app_context(), transaction() as db:
        members.lapse(db, resident.id, None, "test")
        assert duplicates.forget(db, today) == 0
    last = today + timedelta(days=365)
    assert {until for _kind, until in tags_kept(app, resident.id)} == {last}
    with app.app_context(), transaction() as db:
        assert duplicates.forget(db, last - timedelta(days=1)) == 0
        assert duplicates.forget(db, last) == 2
    assert tags_kept(app, resident.id) == []


def test_V7_a_membership_that_ran_out_counts_from_its_last_day_and_a_new_one_keeps_the_tags(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    today = now().date()
    with app.app_context(), transaction() as db:
        db.execute(sa.update(Membership).values(until_on=today - timedelta(days=10)))
        duplicates.forget(db, today)
    assert {until for _kind, until in tags_kept(app, resident.id)} == {today + timedelta(days=355)}
    with app.app_context(), transaction() as db:
        db.execute(sa.update(Membership).values(until_on=today + timedelta(days=10)))
        duplicates.forget(db, today)
    assert {until for _kind, until in tags_kept(app, resident.id)} == {None}


def test_V7_the_daily_job_does_it(app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    with app.app_context(), transaction() as db:
        members.lapse(db, resident.id, None, "test")
        services.let_lapse(db, now())
    assert {until for _kind, until in tags_kept(app, resident.id)} == {now().date() + timedelta(days=365)}


def test_V7_who_was_revoked_cannot_wash_off_their_tags_with_a_new_case(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    with app.app_context(), transaction() as db:
        members.lapse(db, resident.id, None, "revoked")
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    reviewer.type_number(case_id, reviewer.numbers(case_id)[0])
    with app.app_context(), transaction() as db:
        services.withdraw(db, resident.id, now())
    assert len(tags_kept(app, resident.id)) == 2


def test_V7_members_see_that_there_is_a_tag_and_not_which(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    reviewer.accept_all(waiting_case(resident.id))
    with app.app_context(), reading() as db:
        exported = str(privacy.export(db, resident.id))
        hashes = db.scalars(sa.select(Tag.tag)).all()
    assert "{'tag': 'document', 'until_on': None}" in exported
    assert not any(each in exported for each in hashes)


def test_V7_a_dead_tag_stops_nobody(app: Flask, join: Callable[..., Any], reviewer: Any) -> None:
    one, other = join("Robin"), join("Wren")
    today = now().date()
    with app.app_context(), transaction() as db:
        db.add(Tag(kind="document", tag="a" * 64, member_id=one.id, until_on=today))
        db.flush()
        assert duplicates.meet(db, other.id, {"document": "a" * 64}, reviewer.id, now())


def test_V7_a_check_in_person_meets_as_well(app: Flask, join: Callable[..., Any], reviewer: Any) -> None:
    one, other = join("Robin"), join("Wren")
    read = {"document": "b" * 64, "person": "c" * 64}
    with app.app_context(), transaction() as db:
        assert duplicates.meet(db, one.id, read, reviewer.id, now())
        assert duplicates.meet(db, one.id, read, reviewer.id, now()), "the same again is no meeting"
        assert not duplicates.meet(db, other.id, read, reviewer.id, now())
        assert not duplicates.meet(db, other.id, read, reviewer.id, now()), "found twice is found once"
        assert not duplicates.meet(db, one.id, {}, reviewer.id, now()), "who is held is held whatever is read"
        assert sorted(db.scalars(sa.select(Conflict.kind))) == ["document", "person"]
    assert {until for _kind, until in tags_kept(app, other.id)} == {now().date() + timedelta(days=30)}
