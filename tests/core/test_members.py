"""Membership verbs: verify, lapse, suspend, roles, and that open logins end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from core import members
from core.database import now, transaction
from core.events import MembershipLapsed, MemberSuspended, MemberVerified
from core.testing import capture_events, make_app, make_member, sign_in

BOW = "E05009320"


def test_W4_the_home_ward_comes_from_verification_only(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    member = make_member(app)
    client = app.test_client()
    sign_in(client, member)
    assert "<select" not in client.get("/account").text.split("Bow West")[0]
    with app.app_context(), capture_events() as seen, transaction() as db:
        members.verify(db, member, BOW, "test", now().date() + timedelta(days=30))
    assert [type(event) for event in seen] == [MemberVerified]
    assert "Bow West" in client.get("/account").text


@pytest.mark.parametrize("code", ["E09000030", "E05000001", "Bow"])
def test_verification_wants_a_ward_of_this_borough(tmp_path: Path, code: str) -> None:
    app = make_app(tmp_path, {})
    member = make_member(app)
    with app.app_context(), pytest.raises(members.NotPossible, match="not a ward"), transaction() as db:
        members.verify(db, member, code, "test", now().date())


def test_a_verification_ends_by_itself(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    member = make_member(app, ward=BOW)
    client = app.test_client()
    sign_in(client, member)
    with time_machine.travel(now() + timedelta(days=400), tick=False):
        from core.database import reading
        from core.permissions import viewer_of

        with app.app_context(), reading() as db:
            viewer = viewer_of(db, member)
        assert viewer.is_signed_in
        assert not viewer.is_verified


def test_lapse_and_suspension_end_open_logins_at_once(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    member = make_member(app, ward=BOW)
    client = app.test_client()
    sign_in(client, member)
    assert client.get("/account").status_code == 200
    with app.app_context(), capture_events() as seen, transaction() as db:
        assert members.lapse(db, member, None, "moved away")
        assert not members.lapse(db, member, None, "again")
    assert client.get("/account").status_code == 303
    sign_in(client, member)
    assert client.get("/account").status_code == 200
    with app.app_context(), capture_events() as later, transaction() as db:
        members.suspend(db, member, None, "abuse")
    assert client.get("/account").status_code == 303
    assert [type(event) for event in seen + later] == [MembershipLapsed, MemberSuspended]


def test_roles_fit_their_reach(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    member = make_member(app)
    with app.app_context():
        for role, ward in (("verified", None), ("king", None), ("reviewer", BOW), ("officer", "E05000001")):
            with pytest.raises(members.NotPossible), transaction() as db:
                members.grant(db, member, role, ward, None)


def test_a_role_taken_back_is_gone_at_once(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    member = make_member(app, roles=["admin"])
    client = app.test_client()
    sign_in(client, member)
    assert client.get("/admin").status_code == 200
    with app.app_context(), transaction() as db:
        members.withdraw(db, member, "admin", None, None)
    sign_in(client, member)
    assert client.get("/admin").status_code == 403
