"""Somebody who is refused reads what is missing, and a failed sign-in is no success."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask

from core.contributions import Permission
from core.hookspecs import hookimpl
from core.testing import api_token, make_app, make_member, sign_in
from core.web.access import requires

WARD = "E05009320"


def guarded_plugin() -> object:
    blueprint = Blueprint("plug", __name__)

    @blueprint.get("/for-checked")
    @requires("plug.ask")
    def ask() -> str:
        return "asked"

    @blueprint.get("/for-officers")
    @requires("plug.warn")
    def warn() -> str:
        return "warned"

    @hookimpl
    def register_blueprints() -> list[Blueprint]:
        return [blueprint]

    @hookimpl
    def register_permissions() -> list[Permission]:
        return [
            Permission("plug.ask", "Ask", frozenset({"verified"})),
            Permission("plug.warn", "Warn", frozenset({"officer", "coordinator"})),
        ]

    return SimpleNamespace(register_blueprints=register_blueprints, register_permissions=register_permissions)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, {"plug": guarded_plugin()})


def test_a_member_reads_which_step_is_missing(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Newcomer"))
    refused = client.get("/for-checked")
    assert refused.status_code == 403
    assert "you still need to show a volunteer who you are and where you live" in refused.text
    assert "My account" in refused.text


def test_a_checked_member_reads_whose_page_it_is(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Neighbour", ward=WARD))
    assert client.get("/for-checked").text == "asked"
    refused = client.get("/for-officers")
    assert refused.status_code == 403
    assert "This is only for: Coordinator, Ward officer." in refused.text


def test_roles_are_in_words_on_the_admins_page(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Boss", roles=("admin",)))
    assert '<option value="officer">Ward officer</option>' in client.get("/admin").text


def test_a_failed_sign_in_is_not_a_success_and_keeps_the_address(app: Flask) -> None:
    refused = app.test_client().post("/sign-in", data={"email": "nobody@place.uk", "password": "three wrong words"})
    assert refused.status_code == 422
    assert "do not go together" in refused.text
    assert 'value="nobody@place.uk"' in refused.text


def test_programs_read_which_step_or_field_is_missing(tmp_path: Path) -> None:
    app = make_app(tmp_path, ["ward_boards"])
    client = app.test_client()
    newcomer, neighbour = make_member(app, "Newcomer"), make_member(app, "Neighbour", ward=WARD)

    def post(member_id: str, thread: dict[str, object]) -> str:
        bearer = {"Authorization": f"Bearer {api_token(app, member_id, 'post')}"}
        return str(client.post("/api/v1/threads", json=thread, headers=bearer).get_json()["detail"])

    whole = {"wards": [WARD], "title": "A walk", "text": "On Thursday.", "category": "general", "as": "alias"}
    assert "you still need to show a volunteer who you are" in post(newcomer, whole)
    assert post(neighbour, {"title": "A walk"}) == "Some fields are missing or not as expected; see 'errors'."
