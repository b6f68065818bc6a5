"""Resources of the API that a page's own script may ask with the cookie."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_smorest import Blueprint

from core.contributions import Permission
from core.hookspecs import hookimpl
from core.testing import api_token, form_token, make_app, make_member, sign_in
from core.web.access import viewer
from core.web.api import api_member, api_requires

WARD = "E05009320"


def _resources() -> list[Blueprint]:
    bp = Blueprint("lamp_api", __name__, url_prefix="/api/v1/lamp")

    @bp.get("/who")
    @api_member("read")
    def who() -> dict[str, Any]:
        return {"alias": viewer().alias}

    @bp.post("/light")
    @api_member("post", "lamp.light")
    def light() -> dict[str, Any]:
        return {"alias": viewer().alias}

    @bp.post("/strict")
    @api_requires("post")
    def strict() -> dict[str, Any]:
        return {}

    return [bp]


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    light = Permission("lamp.light", "Light the lamp", frozenset({"verified"}))
    hooks = {"register_blueprints": _resources, "register_permissions": lambda: [light]}
    plugin = SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()})
    return make_app(tmp_path, plugins={"lamp": plugin}, csrf=True)


def test_a_cookie_reads_and_with_the_pages_token_it_writes(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Quiet Heron 42", ward=WARD))
    assert client.get("/api/v1/lamp/who").get_json() == {"alias": "Quiet Heron 42"}
    token = form_token(client, "/account/close")
    headers: list[dict[str, str]] = [{}, {"X-CSRFToken": ""}, {"X-CSRFToken": token + "x"}]
    for header in headers:
        refused = client.post("/api/v1/lamp/light", headers=header)
        assert (refused.status_code, refused.mimetype) == (403, "application/problem+json")
        assert refused.get_json()["code"] == "csrf"
        assert "X-CSRFToken" in refused.get_json()["detail"]
    assert client.post("/api/v1/lamp/light", data={"csrf_token": token}).status_code == 403, "a form will not do"
    assert client.post("/api/v1/lamp/light", headers={"X-CSRFToken": token}).status_code == 200


def test_the_permission_is_asked_of_cookies_too(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app))
    header = {"X-CSRFToken": form_token(client, "/account/close")}
    assert client.post("/api/v1/lamp/light", headers=header).get_json()["code"] == "lamp.light"


def test_a_token_works_as_everywhere_and_goes_before_the_cookie(app: Flask) -> None:
    mine, theirs = make_member(app, "Ash Tree 1", ward=WARD), make_member(app, "Birch Tree 2", ward=WARD)
    client = app.test_client()
    sign_in(client, mine)
    bearer = {"Authorization": f"Bearer {api_token(app, theirs, 'read')}"}
    assert client.get("/api/v1/lamp/who", headers=bearer).get_json() == {"alias": "Birch Tree 2"}
    assert client.post("/api/v1/lamp/light", headers=bearer).status_code == 403, "the token lacks the scope"
    assert client.get("/api/v1/lamp/who", headers={"Authorization": "Bearer no"}).status_code == 401
    assert client.get("/api/v1/lamp/who", headers={"Authorization": ""}).status_code == 401


def test_without_either_a_visitor_is_refused(app: Flask) -> None:
    for method, path in (("GET", "who"), ("POST", "light")):
        assert app.test_client().open(f"/api/v1/lamp/{path}", method=method).status_code == 401


def test_resources_for_tokens_only_stay_so(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, ward=WARD))
    header = {"X-CSRFToken": form_token(client, "/account/close")}
    assert client.post("/api/v1/lamp/strict", headers=header).status_code == 401
