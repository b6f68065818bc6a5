"""V18: every opening of papers has a reason and a line in the log, and the member sees how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import audit
from core.database import now, reading, transaction
from core.models import AuditEntry
from plugins.verification_docs import refusals, reviewing
from plugins.verification_docs.models import Case


def openings(app: Flask) -> list[tuple[str, str]]:
    with app.app_context(), reading() as db:
        rows = sa.select(AuditEntry.actor, AuditEntry.reason).where(AuditEntry.verb == "verification_docs.open")
        return [(row.actor, row.reason) for row in db.execute(rows.order_by(AuditEntry.sequence))]


@pytest.mark.parametrize("reason", ["", "curious"])
def test_V18_without_a_reason_nothing_opens(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str], reason: str
) -> None:
    case_id = waiting_case(resident.id)
    answer = reviewer.open(case_id, reason)
    assert answer.status_code == 422
    assert "Choose why you open it" in answer.get_data(as_text=True)
    assert openings(app) == []
    assert reviewer.pictures(case_id) == []


def test_V18_each_opening_is_logged_with_its_reason_and_told_to_the_member_while_it_waits_and_after(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id, "next")
    assert "Opened once so far" in resident.words("/verify")
    reviewer.client.post(f"/review/{case_id}/put-back")
    reviewer.open(case_id, "member_asked")
    assert "Opened 2 times so far" in resident.words("/verify")
    with app.app_context():
        me = audit.actor_hash(reviewer.id)
    assert openings(app) == [(me, "next"), (me, "member_asked")]
    for paper_id in reviewer.papers(case_id):
        reviewer.decide(case_id, paper_id)
    assert "Opened by a reviewer 2 times" in resident.words("/verify")
    assert me not in resident.text("/verify")


def test_V18_eight_reviewers_race_for_one_case_and_one_has_it(
    app: Flask, resident: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    reviewers = [join(f"Racer {number}", roles=["reviewer"]).id for number in range(8)]
    case_id = waiting_case(resident.id)
    ready, found = threading.Barrier(len(reviewers)), []

    def run(reviewer_id: str) -> None:
        with app.app_context():
            ready.wait()
            try:
                with transaction() as db:
                    reviewing.open_case(db, reviewer_id, case_id, "next", now())
            except refusals.ClaimedByAnother:
                found.append("late")
            else:
                found.append(reviewer_id)

    threads = [threading.Thread(target=run, args=(reviewer_id,)) for reviewer_id in reviewers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [name for name in found if name != "late"]
    assert len(found) == len(reviewers)
    with app.app_context(), reading() as db:
        case = db.get_one(Case, case_id)
        assert (case.claimed_by, case.openings) == (winner, 1)
    assert len(openings(app)) == 1
