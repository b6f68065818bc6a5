"""Two levels of membership: readers read and hear, the verified write too; the level can change and is audited."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from core import members, notifications, permissions
from core.contributions import Viewer
from core.database import now, reading, sql, transaction
from core.models import AuditEntry, Mail, Member, Membership
from core.testing import api_token, make_app, make_member, sign_in

BOW = "E05009320"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, ["ward_boards", "verification_docs"])


def make_reader(app: Flask, alias: str = "Wren", until_days: int = 90) -> str:
    member_id = make_member(app, alias)
    with app.app_context(), transaction() as db:
        members.verify(db, member_id, BOW, "test", now().date() + timedelta(days=until_days), level="reader")
    return member_id


def browser(app: Flask, member_id: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, member_id)
    return client


def viewer(app: Flask, member_id: str) -> Viewer:
    with app.app_context(), reading() as db:
        return permissions.viewer_of(db, member_id)


def allowed(app: Flask, member_id: str, permission: str) -> bool:
    with app.app_context():
        return permissions.allowed(viewer(app, member_id), permission)


def test_V3_a_reader_has_a_home_ward_and_is_not_verified(app: Flask) -> None:
    who = viewer(app, make_reader(app))
    assert (who.is_reader, who.is_verified, who.home_ward) == (True, False, BOW)


@pytest.mark.parametrize(
    ("permission", "reader", "verified"),
    [
        ("ward_boards.read", True, True),
        ("ward_boards.read_alerts", True, True),
        ("ward_boards.post", False, True),
        ("ward_boards.post_public", False, False),
        ("ward_boards.moderate", False, False),
        ("ward_boards.issue_alert", False, False),
        ("verification_docs.submit", True, True),
    ],
)
def test_V3_a_reader_reads_and_does_not_write(app: Flask, permission: str, *, reader: bool, verified: bool) -> None:
    assert allowed(app, make_reader(app), permission) is reader
    assert allowed(app, make_member(app, "Finch", ward=BOW), permission) is verified


def test_J1_a_reader_is_told_that_writing_needs_full_verification(app: Flask) -> None:
    client = browser(app, make_reader(app))
    assert client.get(f"/boards/{BOW}").status_code == 200
    answer = client.get(f"/boards/{BOW}/new")
    assert answer.status_code == 403
    assert "still need full verification" in answer.text
    assert "You can read all boards already" in answer.text
    assert "To write, you still need full verification" in client.get("/account").text
    assert client.get("/verify").status_code == 200


def test_V3_reading_ends_with_the_day(app: Flask) -> None:
    member_id = make_reader(app, until_days=10)
    with time_machine.travel(now() + timedelta(days=11), tick=False):
        who = viewer(app, member_id)
    assert (who.is_reader, who.home_ward) == (False, None)


def test_V16_a_changed_level_bites_at_once_is_audited_and_leaves_logins_open(app: Flask) -> None:
    member_id, admin = make_member(app, "Finch", ward=BOW), make_member(app, "Maple", roles=["admin"])
    client = browser(app, member_id)
    assert client.get(f"/boards/{BOW}/new").status_code == 200
    with app.app_context():
        with transaction() as db:
            before = db.get_one(Membership, member_id)
            until_on = before.until_on
            assert members.set_level(db, member_id, "reader", admin, "looked at again")
            assert before.level == "reader", "what the session holds already is told"
        entry = sql.session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "members.set_level")).one()
        assert entry.reason == "reader: looked at again"
        assert member_id not in entry.subject
        assert sql.session.get_one(Membership, member_id).until_on == until_on
    assert client.get(f"/boards/{BOW}/new").status_code == 403
    assert client.get("/account").status_code == 200, "the login stays"


def test_V16_no_change_is_no_entry(app: Flask) -> None:
    member_id, nobody = make_reader(app), make_member(app, "Newcomer")
    with app.app_context():
        with transaction() as db:
            assert not members.set_level(db, member_id, "reader", None, "again")
            assert not members.set_level(db, nobody, "verified", None, "no papers were ever seen")
        found = sql.session.scalar(
            sa.select(sa.func.count()).select_from(AuditEntry).where(AuditEntry.verb == "members.set_level")
        )
    assert found == 0


@pytest.mark.parametrize("level", ["", "Reader", "admin", "member"])
def test_V3_other_levels_are_refused_by_service_and_database(app: Flask, level: str) -> None:
    member_id = make_reader(app)
    until_on = now().date()
    with app.app_context():
        with transaction() as db, pytest.raises(members.NotPossible, match="known are reader, verified"):
            members.verify(db, member_id, BOW, "test", until_on, level=level)
        with transaction() as db, pytest.raises(members.NotPossible, match="is not a level"):
            members.set_level(db, member_id, level, None, "test")
        with pytest.raises(sa.exc.IntegrityError), transaction() as db:
            db.execute(sa.update(Membership).values(level=level))


@pytest.mark.parametrize("level", ["reader", "verified"])
def test_V3_nobody_can_be_given_a_level_as_a_role(app: Flask, level: str) -> None:
    member_id = make_member(app)
    with app.app_context(), pytest.raises(members.NotPossible, match="cannot|not a role"), transaction() as db:
        members.grant(db, member_id, level, None, None)


def test_V3_full_verification_later_takes_the_place_of_reading(app: Flask) -> None:
    member_id = make_reader(app)
    with app.app_context(), transaction() as db:
        members.verify(db, member_id, BOW, "test", now().date() + timedelta(days=30))
    assert viewer(app, member_id).is_verified


def test_N1_readers_hear_of_their_ward_and_roles_are_told_apart(app: Flask) -> None:
    reader, full = make_reader(app), make_member(app, "Finch", ward=BOW)
    heard = {}
    with app.app_context():
        sent = {
            "ward": lambda db: notifications.tell_wards(db, [BOW], "A message for your area", "Text.", "/x"),
            "reader": lambda db: notifications.tell_role(db, "reader", "A message for your area", "Text.", "/x"),
            "verified": lambda db: notifications.tell_role(db, "verified", "A message for your area", "Text.", "/x"),
        }
        for name, tell in sent.items():
            with transaction() as db:
                db.execute(sa.delete(Mail))
                tell(db)
            wanted = sa.select(Member.id).join(Mail, Mail.recipient == Member.email)
            heard[name] = set(sql.session.scalars(wanted))
    assert heard == {"ward": {reader, full}, "reader": {reader}, "verified": {full}}


def test_V3_machines_see_the_level(app: Flask) -> None:
    def me(member_id: str) -> dict[str, object]:
        header = {"Authorization": f"Bearer {api_token(app, member_id, 'read')}"}
        return app.test_client().get("/api/v1/me", headers=header).get_json()

    reader = me(make_reader(app))
    assert (reader["level"], reader["verified"], reader["home_ward"]) == ("reader", False, BOW)
    assert me(make_member(app, "Finch", ward=BOW))["level"] == "verified"
    assert me(make_member(app, "Fresh"))["level"] is None
