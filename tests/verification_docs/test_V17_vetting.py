"""V17: reviewers are checked first; the record has a kind, days and who made it, and when it ends so does the work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from core import testing
from core.cli import main
from core.database import now, reading, transaction
from core.instance import instance
from core.models import Member
from plugins.verification_docs.models import Case
from plugins.verification_docs.reviewers import vetting
from plugins.verification_docs.reviewers.models import Vetting


def address(app: Flask, member_id: str) -> str:
    with app.app_context(), reading() as db:
        return str(db.scalar(sa.select(Member.email).where(Member.id == member_id)))


def test_V17_without_a_record_the_queue_is_closed_on_pages_and_api(app: Flask, join: Callable[..., Any]) -> None:
    heron = join("Heron", roles=["reviewer"])
    assert heron.client.get("/review").status_code == 200
    with app.app_context(), transaction() as db:
        db.execute(sa.delete(Vetting).where(Vetting.reviewer_id == heron.id))
    refused = heron.client.get("/review")
    assert refused.status_code == 403
    assert "Ask an admin to record it" in refused.get_data(as_text=True)
    token = testing.api_token(app, heron.id, "review")
    answer = app.test_client().get("/api/v1/verification/queue", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 403


def test_V17_on_the_day_after_the_end_the_queue_is_closed_and_the_case_free_for_others(
    app: Flask, resident: Any, join: Callable[..., Any], waiting_case: Callable[..., str]
) -> None:
    heron, crane = join("Heron", roles=["reviewer"]), join("Crane", roles=["reviewer"])
    today = now().date()
    with app.app_context(), transaction() as db:
        vetting.vet(db, heron.id, "police", days=(today, today), vetted_by=None)
    case_id = waiting_case(resident.id)
    assert heron.open(case_id).status_code == 303
    with time_machine.travel(now() + timedelta(days=1), tick=True):
        for person in (heron, crane):
            testing.sign_in(person.client, person.id)
        testing.work(app)
        with app.app_context(), reading() as db:
            assert db.scalar(sa.select(Case.claimed_by)) is None
        assert heron.client.get(f"/review/{case_id}").status_code == 403
        assert heron.open(case_id).status_code == 403
        assert crane.open(case_id).status_code == 303


def test_V17_reviewer_and_admin_are_reminded_twice_in_neutral_words(app: Flask, join: Callable[..., Any]) -> None:
    heron, _admin = join("Heron", roles=["reviewer"]), join("Maple", roles=["admin"])
    today = now().date()
    with app.app_context(), transaction() as db:
        vetting.vet(db, heron.id, "police", days=(today, today + timedelta(days=100)), vetted_by=None)
    seen = {}
    for day in (69, 70, 71, 92, 93, 94):
        with time_machine.travel(now() + timedelta(days=day), tick=True):
            testing.work(app)
            seen[day] = sum(mail["Subject"] == "Something ends soon" for mail in testing.mails(app))
    assert seen == {69: 0, 70: 2, 71: 2, 92: 2, 93: 4, 94: 4}
    for mail in testing.mails(app):
        assert not {"police", "review", "check", "vet"} & set(mail["Subject"].lower().split())


def test_V17_an_admin_records_a_check_and_nobody_their_own(app: Flask, join: Callable[..., Any]) -> None:
    admin = join("Maple", roles=["admin", "reviewer"])
    heron = join("Heron", roles=["reviewer"])
    today = now().date()
    form = {"email": address(app, heron.id), "kind": "dbs_basic"}
    form |= {"vetted_on": today.isoformat(), "until_on": (today + timedelta(days=99)).isoformat()}
    assert admin.client.post("/admin/reviewers", data=form).status_code == 303
    with app.app_context(), reading() as db:
        row = db.scalars(sa.select(Vetting).where(Vetting.reviewer_id == heron.id)).one()
    assert (row.kind, row.vetted_on, row.vetted_by) == ("dbs_basic", today, admin.id)
    own = admin.client.post("/admin/reviewers", data={**form, "email": address(app, admin.id)})
    assert own.status_code == 422
    assert "Nobody records their own check" in own.get_data(as_text=True)
    with app.app_context(), pytest.raises(sa.exc.IntegrityError), transaction() as db:
        db.execute(sa.update(Vetting).where(Vetting.reviewer_id == heron.id).values(vetted_by=heron.id))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"email": "nobody@place.example"}, "No reviewer has this address"),
        ({"email": ""}, "Type the reviewer"),
        ({"vetted_on": "31/31/2026"}, "This is not a day"),
        ({"vetted_on": "2999-01-01"}, "still to come"),
        ({"until_on": "2001-01-01"}, "This day is over"),
        ({"until_on": ""}, "Give the last day"),
    ],
)
def test_V17_a_wrong_form_says_what_is_wrong_and_keeps_what_was_typed(
    app: Flask, join: Callable[..., Any], change: dict[str, str], words: str
) -> None:
    admin, heron = join("Maple", roles=["admin"]), join("Heron", roles=["reviewer"])
    form = {"email": address(app, heron.id), "kind": "police", "vetted_on": "2026-01-05", "until_on": "2099-01-05"}
    answer = admin.client.post("/admin/reviewers", data={**form, **change})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert words in page
    assert all(value in page for value in {**form, **change}.values() if value)


@pytest.mark.parametrize("path", ["/admin/reviewers", "/admin/reviewers/look-again"])
def test_V17_only_admins_with_a_second_step_may_record_or_look_again(
    app: Flask, join: Callable[..., Any], path: str
) -> None:
    assert join("Maple", roles=["admin"]).client.get(path).status_code == 200
    assert join("Heron", roles=["reviewer"]).client.get(path).status_code == 403
    assert join("Wren").client.get(path).status_code == 403
    bare = testing.make_member(app, "Elm", roles=["admin"], second_factor=False)
    client = app.test_client()
    testing.sign_in(client, bare)
    assert client.get(path).headers["Location"].startswith("/account/second-factor")


def test_V17_the_command_line_records_and_lists(
    app: Flask, join: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    heron = join("Heron", roles=["reviewer"])
    folder = str(instance(app).config.data_dir)

    def run(*words: str) -> int:
        with pytest.raises(SystemExit) as stopped:
            main(["verification_docs", *words, "--data", folder])
        return int(stopped.value.code or 0)

    assert run("vet", address(app, heron.id), "--kind", "police", "--until", "2099-01-31") == 0
    assert run("reviewers", "--json") == 0
    assert "2099-01-31" in capsys.readouterr().out
    assert run("vet", "nobody@place.example") == 1
    assert "No reviewer has the address" in capsys.readouterr().err
    assert run("vet", address(app, heron.id), "--kind", "horoscope") == 1
    assert "--kind is one of" in capsys.readouterr().err


def test_V17_a_new_home_for_the_data_keeps_the_records(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), reading() as db:
        everyone, held, ending = vetting.counts(db, now().date())
    assert (everyone, held, ending) == (2, 2, 0)
