"""The API as a whole: its description, its errors, its tokens. Every route of every loaded plugin is asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import accounts
from core.database import now, transaction
from core.testing import api_token, make_app, make_member
from core.web.api import SCOPES
from plugins.verification_docs.reviewers import vetting

API = "/api/v1/"
MADE_UP = "0" * 32
BOW_WEST = "E05009320"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("api"))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def everything(app: Flask) -> str:
    """A member with every role, and vetted, so that only the scope can be what refuses."""
    roles = ["admin", "officer", "coordinator", "reviewer", "custodian"]
    member_id = make_member(app, "Everything", roles=roles, ward=BOW_WEST)
    today = now().date()
    with app.app_context(), transaction() as db:
        vetting.vet(db, member_id, "interview", days=(today, today + timedelta(days=1)), vetted_by=None)
    return member_id


def _routes(app: Flask) -> Iterator[tuple[str, str, Any]]:
    """Yield (method, path with made-up values, the view) of each API route."""
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith(API):
            continue
        path = re.sub(r"<(?:[^:>]*:)?(\w+)>", lambda part: BOW_WEST if "ward" in part[1] else MADE_UP, rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path, _handler(app, rule.endpoint, method)


def _handler(app: Flask, endpoint: str, method: str) -> Any:
    """Return what carries `access`: the function, or the method of a view class."""
    view = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    return getattr(view_class, method.lower()) if view_class else view


def _guarded(app: Flask) -> list[tuple[str, str]]:
    return [(method, path) for method, path, view in _routes(app) if _access(view) not in ("public", None)]


def _access(view: Any) -> str | None:
    while view is not None:
        if hasattr(view, "access"):
            return str(view.access)
        view = getattr(view, "__wrapped__", None)
    return None


def _takes_cookie(view: Any) -> bool:
    while view is not None:
        if hasattr(view, "api_wants"):
            return bool(view.api_wants[2])
        view = getattr(view, "__wrapped__", None)
    return False


def _ask(client: FlaskClient, method: str, path: str, token: str | None = None) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {} if method in ("POST", "PUT", "PATCH") else None
    return client.open(path, method=method, headers=headers, json=body)


def _is_problem(answer: Any) -> bool:
    if answer.mimetype != "application/problem+json":
        return False
    problem = answer.get_json()
    return problem["status"] == answer.status_code and bool(problem["title"]) and "type" in problem


def test_the_description_is_openapi_3_1_and_names_every_route(app: Flask, client: FlaskClient) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    described = answer.get_json()
    assert described["openapi"].startswith("3.1.")
    assert described["info"]["title"]
    paths = set(described["paths"])
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(API) and not rule.endpoint.startswith("api-docs"):
            assert re.sub(r"<(?:[^:>]*:)?(\w+)>", r"{\1}", rule.rule) in paths, f"{rule.rule} is not described"


def test_every_reference_in_the_description_leads_somewhere(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()

    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            if isinstance(part.get("$ref"), str):
                yield part["$ref"]
            for value in part.values():
                yield from references(value)
        elif isinstance(part, list):
            for value in part:
                yield from references(value)

    found = set(references(described))
    assert found
    for reference in found:
        target = described
        for step in reference.removeprefix("#/").split("/"):
            assert step in target, f"{reference} leads nowhere"
            target = target[step]


def test_operations_have_names_of_their_own(client: FlaskClient) -> None:
    described = client.get("/api/v1/openapi.json").get_json()
    names = [
        operation["operationId"]
        for path in described["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    ]
    assert len(names) == len(set(names))


def test_every_route_says_who_may_ask(app: Flask) -> None:
    open_to_any = [f"{method} {path}" for method, path, view in _routes(app) if _access(view) is None]
    assert open_to_any == []
    assert len(_guarded(app)) >= 8


def test_without_a_token_every_guarded_route_answers_401(app: Flask, client: FlaskClient) -> None:
    for method, path in _guarded(app):
        answer = _ask(client, method, path)
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
        assert _is_problem(answer), f"{method} {path}"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("token", ["made-up", "x" * 5000, "a b", "é"])
def test_a_token_nobody_gave_answers_401(app: Flask, client: FlaskClient, token: str) -> None:
    for method, path in _guarded(app):
        answer = _ask(client, method, path, token)
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
        assert _is_problem(answer)


@pytest.mark.parametrize("header", ["", "Bearer", "Basic YTpi", "bearer", "Token x"])
def test_another_kind_of_authorization_answers_401(app: Flask, client: FlaskClient, header: str) -> None:
    answer = client.get("/api/v1/me", headers={"Authorization": header})
    assert answer.status_code == 401
    assert _is_problem(answer)


def test_an_expired_token_answers_401(app: Flask, client: FlaskClient, everything: str) -> None:
    with app.app_context(), transaction() as db:
        token = accounts.create_token(db, everything, list(SCOPES), now().date() - timedelta(days=1))
    for method, path in _guarded(app):
        answer = _ask(client, method, path, token)
        assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
        assert _is_problem(answer)


def test_a_cookie_is_no_token(app: Flask, client: FlaskClient, everything: str) -> None:
    """Else another site could use the API through a member's browser."""
    from core.testing import sign_in

    sign_in(client, everything)
    pages_may_ask = [(method, path) for method, path, view in _routes(app) if _takes_cookie(view)]
    for method, path in _guarded(app):
        answer = _ask(client, method, path)
        if (method, path) not in pages_may_ask:
            assert answer.status_code == 401, f"{method} {path}"
        elif method != "GET":
            assert answer.get_json()["code"] == "csrf", f"{method} {path}"


def test_a_token_without_the_scope_answers_403(app: Flask, client: FlaskClient, everything: str) -> None:
    """Ask each route with each scope alone: some scope is refused, and none but one kind gets through."""
    tokens = {scope: api_token(app, everything, scope) for scope in SCOPES}
    for method, path in _guarded(app):
        codes = {}
        for scope, token in tokens.items():
            answer = _ask(client, method, path, token)
            codes[scope] = answer.status_code
            if answer.status_code >= 400:
                assert _is_problem(answer), f"{method} {path} with {scope}: {answer.mimetype}"
        refused = {scope for scope, code in codes.items() if code == 403}
        assert len(refused) >= len(SCOPES) - 2, f"{method} {path}: {codes}"
        assert 401 not in codes.values(), f"{method} {path}: {codes}"


def test_every_list_refuses_more_than_a_hundred_at_once(app: Flask, client: FlaskClient, everything: str) -> None:
    described = client.get("/api/v1/openapi.json").get_json()
    token = api_token(app, everything, *SCOPES)
    lists = [
        path
        for path, operations in described["paths"].items()
        if any(parameter.get("name") == "limit" for parameter in operations.get("get", {}).get("parameters", []))
    ]
    assert lists
    for path in lists:
        filled = re.sub(r"{(\w+)}", MADE_UP, path)
        for limit in ("101", "0", "-1", "many"):
            answer = client.get(f"{filled}?limit={limit}", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 422, f"{path}?limit={limit}: {answer.status_code}"
            assert _is_problem(answer)
            assert "limit" in str(answer.get_json()["errors"])


@pytest.mark.parametrize("path", ["nothing", "me/too", "police/nothing", "threads/../me", "%00"])
def test_a_path_that_is_not_there_is_a_problem(client: FlaskClient, path: str) -> None:
    answer = client.get(API + path)
    assert answer.status_code == 404
    assert _is_problem(answer)


def test_a_verb_that_does_not_fit_is_a_problem(client: FlaskClient) -> None:
    answer = client.delete("/api/v1/wards")
    assert answer.status_code == 405
    assert _is_problem(answer)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'"x"', "application/json"),
        (b"null", "application/json"),
        (b"", "application/json"),
        (b"a=b", "application/x-www-form-urlencoded"),
        (b'{"title": "\\ud800"}', "application/json"),
        (b"\xff\xfe", "application/json"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem_on_every_route(
    app: Flask, client: FlaskClient, everything: str, body: bytes, kind: str
) -> None:
    token = api_token(app, everything, *SCOPES)
    for method, path in _guarded(app):
        if method in ("POST", "PUT", "PATCH"):
            headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
            answer = client.open(path, method=method, headers=headers, data=body)
            assert answer.status_code < 500, f"{method} {path}: {answer.status_code}"
            if answer.status_code >= 400:
                assert _is_problem(answer), f"{method} {path}"


def test_a_suspended_members_token_is_worth_nothing(app: Flask, client: FlaskClient) -> None:
    from core import members

    gone = make_member(app, "Gone", ward=BOW_WEST)
    token = api_token(app, gone, *SCOPES)
    assert _ask(client, "GET", "/api/v1/me", token).status_code == 200
    with app.app_context(), transaction() as db:
        members.suspend(db, gone, None, "a test")
    assert _ask(client, "GET", "/api/v1/me", token).status_code == 401


def test_no_token_is_kept_as_it_was_given(app: Flask, everything: str, tmp_path: Path) -> None:
    token = api_token(app, everything, "read")
    folder = app.extensions["boroughwatch"].config.data_dir
    for file in folder.rglob("*"):
        if file.is_file():
            assert token.encode() not in file.read_bytes(), file.name
