"""Papers go on their day whatever happens, and with their member."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import crypto, members, privacy, storage, testing
from core.database import now, reading, transaction
from core.instance import instance
from core.models import Blob
from plugins.verification_docs import checkup, services
from plugins.verification_docs.duplicates import deciding
from plugins.verification_docs.duplicates import services as duplicates
from plugins.verification_docs.duplicates.models import Conflict, Tag
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.keys.models import ReviewerKey
from plugins.verification_docs.models import Case, Evidence, Page
from plugins.verification_docs.purging import chain


def sealed_files(app: Flask) -> int:
    return len(list(instance(app).config.data_dir.rglob("*.age")))


def lapse(app: Flask) -> int:
    with app.app_context(), transaction() as db:
        return services.let_lapse(db, now())


def begun(app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]) -> None:
    resident.send("id")


def unseen(app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]) -> None:
    waiting_case(resident.id)


def half_decided(app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    reviewer.decide(case_id, reviewer.papers(case_id)[0])


def sent_back(app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]) -> None:
    case_id = waiting_case(resident.id)
    reviewer.open(case_id)
    for paper_id in reviewer.papers(case_id):
        reviewer.decide(case_id, paper_id, "unreadable")


@pytest.mark.parametrize("state", [begun, unseen, half_decided, sent_back], ids=lambda state: state.__name__)
def test_V10_papers_go_after_thirty_days_in_every_state(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str], time_machine: Any, state: Any
) -> None:
    state(app, resident, reviewer, waiting_case)
    start = now()
    time_machine.move_to(start + timedelta(days=29))
    assert lapse(app) == 0
    assert sealed_files(app) > 0
    time_machine.move_to(start + timedelta(days=30, minutes=1))
    testing.work(app)
    assert sealed_files(app) == 0
    with app.app_context(), reading() as db:
        assert [db.scalar(sa.select(sa.func.count()).select_from(table)) for table in (Evidence, Page, Blob)] == [
            0,
            0,
            0,
        ]
        case = db.scalars(sa.select(Case)).one()
        assert (case.state, case.postcode_sealed, case.claimed_by) == ("lapsed", None, None)
    testing.work(app)
    assert "We deleted what you sent" in [mail["Subject"] for mail in testing.mails(app)]
    testing.sign_in(resident.client, resident.id)
    assert "yours were deleted" in resident.words("/verify")


def frozen_pair(app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]) -> list[str]:
    """Two cases with one document in both, frozen until somebody decides."""
    tag = {"document": "5" * 64}
    case_ids = []
    for alias in ("Robin", "Siskin"):
        member_id = join(alias).id
        case_ids.append(waiting_case(member_id))
        with app.app_context(), transaction() as db:
            finder = db.scalars(sa.select(ReviewerKey.reviewer_id).limit(1)).one()
            duplicates.meet(db, member_id, tag, finder, now(), case_id=case_ids[-1])
    with app.app_context(), reading() as db:
        assert set(db.scalars(sa.select(Case.state))) == {"frozen"}
    return case_ids


def test_V10_papers_go_after_thirty_days_while_nobody_decides_about_two_accounts(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str], time_machine: Any
) -> None:
    case_ids = frozen_pair(app, join, waiting_case)
    start = now()
    time_machine.move_to(start + timedelta(days=29))
    assert lapse(app) == 0
    time_machine.move_to(start + timedelta(days=30, minutes=1))
    testing.work(app)
    assert sealed_files(app) == 0
    with app.app_context(), reading() as db:
        assert set(db.scalars(sa.select(Case.state))) == {"lapsed"}
        assert all(chain.proof_of(db, case_id) for case_id in case_ids)
        assert db.scalar(sa.select(sa.func.count()).select_from(Tag)) == 0


def test_V10_a_second_account_that_is_refused_loses_its_papers_at_once(
    app: Flask, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    kept, refused = frozen_pair(app, join, waiting_case)
    third = join("Heron", roles=["reviewer"])
    with app.app_context(), transaction() as db:
        deciding.decide(db, third.id, db.scalars(sa.select(Conflict.id)).one(), "keep_old", now())
    assert sealed_files(app) == 3, "those of the other account"
    with app.app_context(), reading() as db:
        assert (db.get_one(Case, kept).state, db.get_one(Case, refused).state) == ("waiting", "refused")
        assert chain.proof_of(db, kept) is None
        assert chain.proof_of(db, refused) is not None


def test_V10_sending_one_again_does_not_prolong_the_others(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str], time_machine: Any
) -> None:
    sent_back(app, resident, reviewer, waiting_case)
    start = now()
    time_machine.move_to(start + timedelta(days=20))
    testing.sign_in(resident.client, resident.id)
    assert resident.send("id").status_code == 303
    time_machine.move_to(start + timedelta(days=30, minutes=1))
    assert lapse(app) == 1


def test_the_job_deletes_sealed_files_that_no_page_points_at(app: Flask, resident: Any) -> None:
    with app.app_context(), transaction() as db:
        storage.put(db, "verification_docs", b"left over", member_id=resident.id)
    assert sealed_files(app) == 1
    lapse(app)
    assert sealed_files(app) == 0


def test_export_tells_states_and_counts(app: Flask, resident: Any, waiting_case: Callable[..., str]) -> None:
    waiting_case(resident.id)
    with app.app_context(), reading() as db:
        part = privacy.export(db, resident.id)["verification_docs"]
    assert "passport" in repr(part)
    assert "E3 5AA" not in repr(part)


def test_erasing_a_member_takes_everything(app: Flask, resident: Any, waiting_case: Callable[..., str]) -> None:
    waiting_case(resident.id)
    with app.app_context(), transaction() as db:
        privacy.erase(db, resident.id)
    assert sealed_files(app) == 0
    with app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Case)) == 0


def test_a_reviewer_who_leaves_does_not_take_cases_along(
    app: Flask, resident: Any, reviewer: Any, waiting_case: Callable[..., str]
) -> None:
    half_decided(app, resident, reviewer, waiting_case)
    with app.app_context(), transaction() as db:
        privacy.erase(db, reviewer.id)
    with app.app_context(), reading() as db:
        assert db.scalars(sa.select(Case.claimed_by)).one() is None
        assert db.scalar(sa.select(sa.func.count()).select_from(Evidence)) == 3


def test_V11_papers_are_refused_until_two_reviewers_could_open_them(app: Flask, resident: Any) -> None:
    with app.app_context(), reading() as db:
        keys = db.scalars(sa.select(ReviewerKey.reviewer_id)).all()
    with app.app_context(), transaction() as db:
        assert key_services.is_open(db, resident.id, now().date())
        assert all(finding.ok for finding in checkup.findings())
        key_services.remove(db, keys[0], None)
    answer = resident.send("id")
    assert answer.status_code == 422
    assert "Nobody could open your papers" in answer.get_data(as_text=True)
    assert sealed_files(app) == 0
    with app.app_context():
        assert "papers can be sent when two have" in checkup.findings()[0].text


def test_V11_neither_the_member_nor_somebody_unvetted_is_among_those_it_is_sealed_to(
    app: Flask, join: Callable[..., Any]
) -> None:
    heron = join("Heron", roles=["reviewer"])
    today = now().date()
    mine = crypto.age_recipient(heron.identity)
    with app.app_context(), transaction() as db:
        assert mine in key_services.recipients(db, "somebody", today)
        assert mine not in key_services.recipients(db, heron.id, today)
        assert key_services.recipients(db, "somebody", today + timedelta(days=366)) == ()
        members.withdraw(db, heron.id, "reviewer", None, None)
        assert mine not in key_services.recipients(db, "somebody", today)
