"""V3: with a lesser rule, fewer papers are enough to read all boards; writing still asks for the whole rule."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from core import testing
from core.database import now, reading, transaction
from core.permissions import viewer_of
from plugins.verification_docs import demo, queries, services

LEVELS = {"reading_rule": "id AND address", "reading_valid_months": 6}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    app = testing.make_app(tmp_path / "instance", ["verification_docs", "ward_boards"], verification_docs=LEVELS)
    for alias in ("Standing Crane", "Standing Stork"):
        reviewer_id = testing.make_member(app, alias, roles=["reviewer"])
        with app.app_context(), transaction() as db:
            demo.equip(db, reviewer_id)
    return app


def viewer(app: Flask, member_id: str) -> Any:
    with app.app_context(), reading() as db:
        return viewer_of(db, member_id)


def open_case_id(app: Flask, member_id: str) -> str:
    with app.app_context(), reading() as db:
        case = queries.latest_case(db, member_id)
    assert case is not None
    return case.id


def test_V3_two_papers_are_enough_to_read_and_the_case_ends(
    app: Flask, resident: Any, join: Callable[..., Any]
) -> None:
    heron = join("Heron", roles=["reviewer"])
    assert "enough to read" not in resident.text("/verify")
    resident.send("id")
    resident.send("address")
    assert "enough to read all boards" in resident.text("/verify")
    assert resident.client.post("/verify/read-only").status_code == 303
    heron.accept_all(open_case_id(app, resident.id))
    who = viewer(app, resident.id)
    assert (who.is_reader, who.is_verified) == (True, False)
    testing.sign_in(resident.client, resident.id)
    assert resident.client.get("/boards/E05009320").status_code == 200
    thread = {
        "wards": ["E05009320"],
        "title": "Two mopeds",
        "text": "On the towpath.",
        "category": "crime",
        "as": "alias",
    }
    headers = {"Authorization": f"Bearer {testing.api_token(app, resident.id, 'post', 'read')}"}
    assert app.test_client().get("/api/v1/threads?ward=E05009320", headers=headers).status_code == 200
    assert app.test_client().post("/api/v1/threads", json=thread, headers=headers).status_code == 403
    with app.app_context(), reading() as db:
        held = queries.verification(db, resident.id)
    assert 170 < (held.until_on - now().date()).days < 190


def test_V3_with_the_third_sent_back_a_member_reads_meanwhile_and_writes_later(
    app: Flask, resident: Any, join: Callable[..., Any]
) -> None:
    heron = join("Heron", roles=["reviewer"])
    resident.send_all()
    case_id = open_case_id(app, resident.id)
    heron.open(case_id)
    first, second, third = heron.papers(case_id)
    heron.decide(case_id, first)
    heron.decide(case_id, second)
    heron.decide(case_id, third, "unreadable")
    assert viewer(app, resident.id).is_reader
    testing.sign_in(resident.client, resident.id)
    assert "Please send something again" in resident.words("/verify")
    assert resident.send("third").status_code == 303
    heron.open(case_id, "sent_again")
    heron.decide(case_id, heron.papers(case_id)[0])
    assert viewer(app, resident.id).is_verified


def test_V3_a_renewal_that_is_not_finished_never_lowers_the_level(app: Flask, join: Callable[..., Any]) -> None:
    heron, robin = join("Heron", roles=["reviewer"]), join("Robin", ward="E05009334")
    robin.send("id")
    robin.send("address")
    robin.client.post("/verify/read-only")
    heron.accept_all(open_case_id(app, robin.id))
    assert viewer(app, robin.id).is_verified


def test_V3_without_a_lesser_rule_or_with_too_little_nothing_is_sent(app: Flask, resident: Any) -> None:
    resident.send("id")
    answer = resident.client.post("/verify/read-only", follow_redirects=True)
    assert "not possible just now" in answer.get_data(as_text=True)
    with app.app_context(), pytest.raises(services.NotNow), transaction() as db:
        services.send_for_reading(db, resident.id, now())
