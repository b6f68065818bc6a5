"""Permissions as sets of wards: deny by default, any refusal wins, failures refuse."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import permissions, wards
from core.contributions import ALL, Grant, Permission, Rule, Viewer
from core.database import reading, transaction
from core.hookspecs import hookimpl
from core.testing import make_app, make_member

BOW, MILE_END = "E05009320", "E05009327"


def plugin(rules: Any = None) -> Any:
    @hookimpl
    def register_permissions() -> list[Permission]:
        return [Permission("plug.do", "Do it", frozenset({"verified", "officer"}))]

    @hookimpl
    def permission_rules(viewer: Viewer, permission: str) -> list[Rule]:
        return rules(viewer, permission) if rules else []

    return SimpleNamespace(register_permissions=register_permissions, permission_rules=permission_rules)


def officer(*codes: str) -> Viewer:
    return Viewer(member_id="m", grants=frozenset(Grant("officer", code) for code in codes))


def test_roles_reach_their_wards_and_no_further(tmp_path: Path) -> None:
    with make_app(tmp_path, {"plug": plugin()}).app_context():
        assert permissions.wards_where(officer(BOW), "plug.do") == {BOW}
        assert not permissions.allowed(officer(BOW), "plug.do", MILE_END)
        assert permissions.wards_where(Viewer(), "plug.do") == frozenset()
        assert permissions.wards_where(officer(BOW), "plug.unknown") == frozenset()
        everywhere = permissions.wards_where(Viewer(member_id="m", grants=frozenset({Grant("verified")})), "plug.do")
        assert everywhere == {ward.code for ward in wards.boards()}
        assert len(everywhere) == 21


def test_any_refusal_wins_and_says_why(tmp_path: Path) -> None:
    def rules(viewer: Viewer, permission: str) -> list[Rule]:
        return [Rule(True, ALL, ""), Rule(False, frozenset({BOW}), "muted until May")]

    with make_app(tmp_path, {"plug": plugin(rules)}).app_context():
        assert BOW not in permissions.wards_where(officer(BOW), "plug.do")
        assert permissions.allowed(Viewer(), "plug.do", MILE_END)
        with pytest.raises(permissions.Denied, match="muted until May"):
            permissions.require(officer(BOW), "plug.do", BOW)


def test_a_rule_that_fails_refuses(tmp_path: Path) -> None:
    def rules(viewer: Viewer, permission: str) -> list[Rule]:
        raise RuntimeError

    with make_app(tmp_path, {"plug": plugin(rules)}).app_context():
        assert permissions.wards_where(officer(BOW), "plug.do") == frozenset()


@given(held=st.sets(st.sampled_from([BOW, MILE_END, "E09000030"])), refused=st.sets(st.sampled_from([BOW, MILE_END])))
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_nothing_refused_is_ever_held(tmp_path: Path, held: set[str], refused: set[str]) -> None:
    def rules(viewer: Viewer, permission: str) -> list[Rule]:
        return [Rule(False, frozenset(refused), "no")]

    with make_app(tmp_path, {"plug": plugin(rules)}).app_context():
        assert permissions.wards_where(officer(*held), "plug.do") == held - refused


def test_the_viewer_follows_membership_and_grants(tmp_path: Path) -> None:
    app = make_app(tmp_path, {})
    member = make_member(app, ward=BOW, roles=["reviewer", ("officer", MILE_END)])
    with app.app_context():
        with reading() as db:
            viewer = permissions.viewer_of(db, member)
            assert viewer.is_verified
            assert viewer.home_ward == BOW
            assert Grant("officer", MILE_END) in viewer.grants
            assert viewer.has_role("reviewer")
            assert not permissions.viewer_of(db, "nobody").is_signed_in
        from core import members

        with transaction() as db:
            members.suspend(db, member, None, "test")
        with reading() as db:
            assert not permissions.viewer_of(db, member).is_signed_in
