"""The API's edge: bearer tokens with scopes (OAuth 2, Authlib), problem+json, pages of a list.

Source: RFC 6750 (bearer), RFC 9457 (problem details), OpenAPI 3.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar

import sqlalchemy as sa
from authlib.integrations.flask_oauth2 import ResourceProtector
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6750 import BearerTokenValidator
from flask import Flask, Response, current_app, g, jsonify, request
from flask_smorest import Api, Blueprint
from flask_wtf.csrf import validate_csrf
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import HTTPException
from wtforms import ValidationError

from core import accounts, permissions, plugin_manager, wards
from core.contributions import LEVELS
from core.database import now, sql
from core.instance import instance
from core.models import Token
from core.web.access import viewer
from core.web.json_bodies import BodyParser
from core.web.security import csrf

View = TypeVar("View", bound=Callable[..., Any])
SCOPES = ("read", "post", "alert", "verify", "review", "moderate", "police", "admin")
MOST_ITEMS = 100


class Problem(Exception):
    """An answer of the API other than success: status, a short title and what to do about it."""

    def __init__(self, status: int, title: str, detail: str = "", **more: Any) -> None:
        """Keep what the answer will say; `more` are further members of the problem object."""
        super().__init__(f"{status} {title}")
        self.status = status
        self.title = title
        self.detail = detail
        self.more = more


class PageArgs(Schema):
    """Query of a list: where to go on, and how many at most."""

    after = fields.String(load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST_ITEMS))


class _Bearer:
    """What Authlib wants to know of a token."""

    def __init__(self, member_id: str, scopes: str, is_expired: bool) -> None:
        self.member_id = member_id
        self.scopes = scopes
        self.expired = is_expired

    def is_expired(self) -> bool:
        """Whether its last day is over."""
        return self.expired

    def is_revoked(self) -> bool:
        """Never: a revoked token's row is deleted."""
        return False

    def get_scope(self) -> str:
        """The scopes, with spaces between them."""
        return self.scopes


class _Validator(BearerTokenValidator):  # type: ignore[misc]  # Authlib has no types
    def authenticate_token(self, token_string: str) -> _Bearer | None:
        row = sql.session.execute(
            sa.select(Token.member_id, Token.scopes, Token.expires_on).where(
                Token.token_hash == accounts.token_hash(token_string)
            )
        ).one_or_none()
        return None if row is None else _Bearer(row.member_id, row.scopes, row.expires_on < now().date())


_protector = ResourceProtector()
_protector.register_token_validator(_Validator())


def api_public(view: View) -> View:
    """Anyone may ask; a token, if sent, is not read."""
    view.access = "public"  # type: ignore[attr-defined]  # read by the house test and the policy table
    csrf.exempt(view)
    return view


def api_requires(scope: str, permission: str | None = None) -> Callable[[View], View]:
    """A token with this scope is wanted, and its member must hold the permission in at least one ward.

    It is asked for before the body is read, wherever among the view's decorators this one stands: a stranger
    must not learn from a 422 what a resource expects.
    """
    return _guarded(scope, permission, takes_cookie=False)


def api_member(scope: str, permission: str | None = None) -> Callable[[View], View]:
    """As `api_requires`, and the cookie of a page of ours does instead of a token, for the page's own script.

    Whatever changes something then needs the header `X-CSRFToken` with the page's token: another site can make a
    browser send our cookie, but neither read that token nor set that header.
    """
    return _guarded(scope, permission, takes_cookie=True)


def _guarded(scope: str, permission: str | None, *, takes_cookie: bool) -> Callable[[View], View]:
    wanted = (scope, permission, takes_cookie)

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(*args: Any, **kwargs: Any) -> Any:
            if g.get("api_checked") != wanted:
                _check(*wanted)
            return view(*args, **kwargs)

        checked.access = permission or f"scope:{scope}"  # type: ignore[attr-defined]  # read by the house test
        checked.api_wants = wanted  # type: ignore[attr-defined]  # read before the request is parsed
        csrf.exempt(checked)
        return checked  # type: ignore[return-value]  # wraps keeps the signature

    return decorate


def _check_first() -> None:
    """Check the token of a request before any decorator of its view reads the body."""
    wanted = getattr(current_app.view_functions.get(request.endpoint or ""), "api_wants", None)
    if wanted is not None:
        _check(*wanted)
        g.api_checked = wanted


def _check(scope: str, permission: str | None, takes_cookie: bool) -> None:
    if takes_cookie and "Authorization" not in request.headers and viewer().is_signed_in:
        _check_header()
    else:
        _authenticate(scope)
    if permission:
        permissions.require(viewer(), permission)


def _check_header() -> None:
    if request.method in ("GET", "HEAD"):
        return
    try:
        validate_csrf(request.headers.get("X-CSRFToken"))
    except ValidationError:
        detail = "Send the token of the page in the header 'X-CSRFToken', or a bearer token instead of the cookie."
        raise Problem(403, "We could not be sure it was you", detail, code="csrf") from None


def _authenticate(scope: str) -> None:
    try:
        token = _protector.acquire_token([scope])
    except OAuth2Error as refusal:
        raise Problem(
            refusal.status_code,
            "This needs a token" if refusal.status_code == 401 else "The token does not reach that far",
            f"Send 'Authorization: Bearer …' with a token that has the scope '{scope}'.",
            code=refusal.error,
        ) from None
    who = permissions.viewer_of(sql.session, token.member_id)
    if not who.is_signed_in:
        raise Problem(401, "This needs a token", "The account behind this token is closed.", code="invalid_token")
    # Tokens are made by the operator, at the machine itself: more than a password.
    g.viewer = replace(who, has_second_factor=True)


def paged(items: Sequence[Any], next_cursor: str | None) -> dict[str, Any]:
    """Return the shape of every list."""
    return {"items": list(items), "next": next_cursor}


def problem_response(status: int, title: str, detail: str = "", **more: Any) -> Response:
    """Return a problem details answer (RFC 9457)."""
    response = jsonify({"type": "about:blank", "title": title, "status": status, "detail": detail, **more})
    response.status_code = status
    response.mimetype = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def is_machine() -> bool:
    """Whether this request is for a machine, so that errors must be problem+json."""
    return request.path.startswith(("/api/", "/fed/"))


class ProblemApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest that leaves errors to the app's own handlers."""

    def _register_error_handlers(self, *_args: Any, **_kwargs: Any) -> None:
        """Core's handlers answer both pages and API."""


def init_api(app: Flask) -> ProblemApi:
    """Attach OpenAPI and core's own resources; return where plugins' API blueprints go."""
    app.config.update(
        API_TITLE="Boroughwatch",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    Blueprint.ARGUMENTS_PARSER = BodyParser()  # of every blueprint, plugins' too: they take flask-smorest's own
    api = ProblemApi(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    api.register_blueprint(_core_resources())
    openapi = app.view_functions["api-docs.openapi_json"]

    @wraps(openapi)
    def described() -> Any:
        return openapi()

    app.view_functions["api-docs.openapi_json"] = api_public(described)
    app.before_request(_check_first)
    return api


def http_problem(problem: HTTPException) -> Response:
    """Turn an HTTP error into a problem; validation errors name the fields."""
    data = getattr(problem, "data", None) or {}
    more = {"errors": data["messages"]} if data.get("messages") else {}
    general = "Some fields are missing or not as expected; see 'errors'." if more else problem.description
    detail = data.get("message") or general or ""
    return problem_response(problem.code or 500, problem.name, detail, **more)


class MeSchema(Schema):
    """The token's member, as they may see themselves."""

    alias = fields.String()
    roles = fields.List(fields.String())
    home_ward = fields.String(allow_none=True)
    verified = fields.Boolean()
    level = fields.String(allow_none=True, metadata={"description": "verified, reader (may read, not write) or null"})


class WardSchema(Schema):
    """A ward, or the borough itself, by GSS code."""

    code = fields.String()
    name = fields.String()
    kind = fields.String()


class PluginSchema(Schema):
    """A loaded plugin."""

    name = fields.String()
    distribution = fields.String()


def _list_of(item: type[Schema]) -> type[Schema]:
    return Schema.from_dict(
        {"items": fields.List(fields.Nested(item)), "next": fields.String(allow_none=True)},
        name=f"{item.__name__.removesuffix('Schema')}List",
    )


def _core_resources() -> Blueprint:
    blueprint = Blueprint("core_api", __name__, url_prefix="/api/v1", description="This instance and its wards")

    @blueprint.get("/me")
    @blueprint.response(200, MeSchema)
    @api_requires("read")
    def me() -> dict[str, Any]:
        who = viewer()
        roles = sorted({grant.role for grant in who.grants} - {"visitor"})
        level = next((level for level in LEVELS if who.has_role(level)), None)
        return {
            "alias": who.alias,
            "roles": roles,
            "home_ward": who.home_ward,
            "verified": who.is_verified,
            "level": level,
        }

    @blueprint.get("/wards")
    @blueprint.response(200, _list_of(WardSchema))
    @api_public
    def ward_list() -> dict[str, Any]:
        return paged([{"code": w.code, "name": w.name, "kind": w.kind} for w in wards.boards()], None)

    @blueprint.get("/plugins")
    @blueprint.response(200, _list_of(PluginSchema))
    @api_requires("read")
    def plugin_list() -> dict[str, Any]:
        loaded = instance().plugins
        return paged(
            [{"name": p.name, "distribution": p.distribution} for p in plugin_manager.available() if p.name in loaded],
            None,
        )

    return blueprint
