"""V16: a verification is taken back from one person or by a condition; it bites at once and is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from click.testing import CliRunner, Result
from flask import Flask

from core import audit, members, revocation
from core.cli import main
from core.database import now, reading, transaction
from core.events import MembershipLapsed
from core.models import AuditEntry, Mail, Member, Membership, RoleGrant, Token
from core.testing import api_token, capture_events, form_token, make_app, make_member, sign_in

BOW, MILE_END = "E05009320", "E05009327"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path / "instance", {})


@pytest.fixture
def people(app: Flask) -> dict[str, str]:
    """Three verified members: two of Bow West, one of them long ago, and one of Mile End."""
    found = {name: make_member(app, name) for name in ("Robin", "Finch", "Owl")}
    for name, ward, day in (("Robin", BOW, 2024), ("Finch", BOW, 2026), ("Owl", MILE_END, 2026)):
        with time_machine.travel(datetime(day, 2, 1, 9, tzinfo=UTC)), app.app_context(), transaction() as db:
            members.verify(db, found[name], ward, "test", date(2030, 1, 1))
    return found


@pytest.fixture
def revoke(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setattr("core.commands.open_app", lambda _folder: app)
    monkeypatch.setattr("sys.argv", ["boroughwatch"])
    more = ("--data", str(tmp_path / "instance"))
    return lambda *arguments: CliRunner().invoke(main, ["members", "revoke", *arguments, *more])


def _verified(app: Flask, people: dict[str, str]) -> set[str]:
    with app.app_context(), reading() as db:
        held = set(db.scalars(sa.select(Membership.member_id)))
    return {name for name, member_id in people.items() if member_id in held}


def _address(app: Flask, member_id: str) -> str:
    with app.app_context(), reading() as db:
        return db.get_one(Member, member_id).email


def test_V16_one_person_loses_level_logins_and_tokens_at_once(
    app: Flask, people: dict[str, str], revoke: Callable[..., Result]
) -> None:
    robin = app.test_client()
    sign_in(robin, people["Robin"])
    bearer = {"Authorization": f"Bearer {api_token(app, people['Robin'], 'read')}"}
    others = {"Authorization": f"Bearer {api_token(app, people['Owl'], 'read')}"}
    assert robin.get("/account").status_code == 200
    assert app.test_client().get("/api/v1/me", headers=bearer).status_code == 200
    with capture_events() as seen:
        done = revoke(_address(app, people["Robin"]).upper(), "--reason", "moved away")
    assert done.exit_code == 0, done.output
    assert [type(event) for event in seen] == [MembershipLapsed]
    assert _verified(app, people) == {"Finch", "Owl"}
    assert robin.get("/account").status_code == 303
    assert app.test_client().get("/api/v1/me", headers=bearer).status_code == 401
    assert app.test_client().get("/api/v1/me", headers=others).status_code == 200
    with app.app_context(), reading() as db:
        assert list(db.scalars(sa.select(Token.member_id))) == [people["Owl"]]
        assert db.get_one(Member, people["Robin"]).alias == "Robin"
        entry = db.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
        assert entry is not None
        assert (entry.actor, entry.verb, entry.reason) == ("system", "members.lapse", "moved away")
        assert audit.verify(db) is None


def test_V16_each_is_told_in_neutral_words(app: Flask, people: dict[str, str], revoke: Callable[..., Result]) -> None:
    assert revoke("--ward", BOW, "--reason", "papers of a crime ring").exit_code == 0
    with app.app_context(), reading() as db:
        sent = db.execute(sa.select(Mail.recipient, Mail.subject, Mail.text)).all()
    assert {mail.recipient for mail in sent} == {_address(app, people[name]) for name in ("Robin", "Finch")}
    for mail in sent:
        words = f"{mail.subject} {mail.text}".lower()
        assert not any(word in words for word in ("crime", "police", "verif", "watch", "bow west"))


@pytest.mark.parametrize(
    ("conditions", "left"),
    [
        (("--verified-before", "2026-01-01"), {"Finch", "Owl"}),
        (("--verified-before", "2026-02-01"), {"Finch", "Owl"}),  # not those of that very day
        (("--ward", BOW), {"Owl"}),
        (("--ward", BOW, "--verified-before", "2026-01-01"), {"Finch", "Owl"}),
        (("--method", "test"), set()),
    ],
)
def test_V16_by_day_and_by_condition(
    app: Flask, people: dict[str, str], revoke: Callable[..., Result], conditions: tuple[str, ...], left: set[str]
) -> None:
    count = len(people) - len(left)
    told = revoke(*conditions, "--reason", "new rule", "--dry-run")
    assert told.stdout == f"It would concern {count}. Nothing was changed.\n"
    assert _verified(app, people) == set(people)
    done = revoke(*conditions, "--reason", "new rule")
    assert done.stdout.startswith(f"Taken back from {count}.")
    assert _verified(app, people) == left


def test_V16_many_at_once_are_summed_up_in_the_audit(
    app: Flask, people: dict[str, str], revoke: Callable[..., Result]
) -> None:
    assert revoke("--ward", BOW, "--reason", "wrong office").exit_code == 0
    with app.app_context(), reading() as db:
        verbs = list(db.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.sequence)))
        last = db.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
    assert verbs == ["members.lapse", "members.lapse", "members.revoke"]
    assert last is not None
    assert (last.subject, last.reason) == (f"ward {BOW}", "2 members: wrong office")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "Say whose"),
        (("nobody@place.uk",), "Nobody who is verified now is concerned"),
        (("--ward", "E05000001"), "is not a ward of this borough"),
        (("--verified-before", "1990-01-01"), "Nobody who is verified now is concerned"),
    ],
)
def test_V16_the_command_refuses_what_means_nobody(
    app: Flask, people: dict[str, str], revoke: Callable[..., Result], arguments: tuple[str, ...], sentence: str
) -> None:
    done = revoke(*arguments, "--reason", "test")
    assert done.exit_code == 1
    assert sentence in done.stderr
    assert _verified(app, people) == set(people)


def test_V16_no_condition_never_means_everybody(app: Flask, people: dict[str, str]) -> None:
    for empty in (revocation.Condition(), revocation.Condition(email="", ward_code="", method="")):
        with app.app_context(), pytest.raises(revocation.NobodyMeant), transaction() as db:
            revocation.revoke(db, empty, None, "slip")
    assert _verified(app, people) == set(people)


def test_V16_an_admin_sees_how_many_and_then_does_it(app: Flask, people: dict[str, str]) -> None:
    admin_id = make_member(app, "Heron", roles=["admin"])
    client = app.test_client()
    sign_in(client, admin_id)
    typed = {"email": "", "verified_before": "", "ward": BOW, "reason": "wrong office"}
    first = client.post("/admin/revoke", data=typed)
    assert "This concerns 2 members. Nothing was changed yet." in first.text
    assert 'name="agreed" value="2"' in first.text
    assert _verified(app, people) == set(people)
    # One more came in between: the number that was agreed to is no longer true.
    with app.app_context(), transaction() as db:
        members.verify(db, make_member(app, "Wren"), BOW, "test", now().date())
    again = client.post("/admin/revoke", data={**typed, "agreed": "2"})
    assert "This concerns 3 members" in again.text
    assert _verified(app, people) == set(people)
    assert client.post("/admin/revoke", data={**typed, "agreed": "3"}).status_code == 303
    assert _verified(app, people) == {"Owl"}
    assert "Taken back from 3 members." in client.get("/admin").text
    with app.app_context(), reading() as db:
        last = db.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence.desc())).first()
        assert last is not None
        assert last.actor == audit.actor_hash(admin_id)


def test_V16_roles_stay_with_one_whose_verification_goes(app: Flask, people: dict[str, str]) -> None:
    with app.app_context(), transaction() as db:
        members.grant(db, people["Robin"], "coordinator", BOW, None)
        assert revocation.revoke(db, revocation.Condition(email=_address(app, people["Robin"])), None, "test") == 1
    with app.app_context(), reading() as db:
        assert list(db.scalars(sa.select(RoleGrant.role))) == ["coordinator"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reason": "x"}, "Say whose: an address, a day or a ward."),
        ({"ward": BOW}, "Write why."),
        ({"email": "nobody@place.uk", "reason": "x"}, "No member has this address."),
        ({"verified_before": "2999-01-01", "reason": "x"}, "This day is still to come."),
        ({"verified_before": "soon", "reason": "x"}, "This is not a day. Write it like 31/01/2026."),
    ],
)
def test_V16_the_page_says_what_is_missing(app: Flask, typed: dict[str, str], sentence: str) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, roles=["admin"]))
    answer = client.post("/admin/revoke", data=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    for value in typed.values():
        assert value in answer.text


def test_V16_a_forged_ward_is_refused(app: Flask, people: dict[str, str]) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, roles=["admin"]))
    forged = {"ward": "E05000001", "verified_before": "2026-03-01", "reason": "x", "agreed": "3"}
    assert client.post("/admin/revoke", data=forged).status_code == 422
    assert _verified(app, people) == set(people)


@pytest.mark.parametrize("role", ["reviewer", "custodian", ("coordinator", BOW), ("officer", BOW)])
def test_V16_only_an_admin_may(app: Flask, people: dict[str, str], role: str | tuple[str, str]) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, roles=[role]))
    assert client.get("/admin/revoke").status_code == 403
    assert client.post("/admin/revoke", data={"ward": BOW, "reason": "x", "agreed": "2"}).status_code == 403
    assert _verified(app, people) == set(people)


def test_V16_the_form_wants_its_token(tmp_path: Path) -> None:
    app = make_app(tmp_path, {}, csrf=True)
    client = app.test_client()
    sign_in(client, make_member(app, roles=["admin"]))
    assert client.post("/admin/revoke", data={"ward": BOW, "reason": "x"}).status_code == 400
    token = form_token(client, "/admin/revoke")
    counted = client.post("/admin/revoke", data={"ward": BOW, "reason": "x", "csrf_token": token})
    assert "Nobody who is verified now is concerned" in counted.text
