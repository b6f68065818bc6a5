"""The breach of 2024 at another alert service, tried here: make a watch, draw its border, read who lives inside.

There, whoever had an account could do that, and got names, addresses and telephone numbers. Here every address is
asked with every method, in every role, with an area in each way a client can send one; nobody comes back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask, jsonify, request
from flask.testing import FlaskClient

from core import notifications
from core.database import sql, transaction
from core.hookspecs import hookimpl
from core.models import Member
from core.testing import api_token, make_app, make_member, sign_in
from core.web.access import public
from core.web.api import SCOPES
from core.web.security import csrf

BOW_WEST = "E05009320"
LONDON = [[-0.52, 51.28], [0.34, 51.28], [0.34, 51.7], [-0.52, 51.7], [-0.52, 51.28]]
BORDER = {"type": "Polygon", "coordinates": [LONDON]}
DRAWN = {
    "name": "Canal Watch",
    "title": "Canal Watch",
    "ward": BOW_WEST,
    "wards": [BOW_WEST],
    "area": BORDER,
    "border": BORDER,
    "geometry": BORDER,
    "polygon": " ".join(f"{lat},{lng}" for lng, lat in LONDON),
    "bbox": "-0.52,51.28,0.34,51.7",
    "lat": 51.53,
    "lng": -0.03,
    "radius": 50_000,
    "postcode": "E3 5AA",
    "fields": "id,name,alias,email,phone,address",
    "expand": "members",
}
FLAT = {key: value if isinstance(value, str | int | float) else json.dumps(value) for key, value in DRAWN.items()}
GUESSED = [
    f"{start}/{name}{end}"
    for start in ("", "/api/v1", "/admin")
    for name in ("watches", "watch", "schemes", "groups", "areas", "boundaries", "members", "people", "residents")
    for end in ("", "/new", "/search", "/1/members", f"/{BOW_WEST}/members")
]
ROLES: dict[str, dict[str, Any] | None] = {
    "visitor": None,
    "verified": {"ward": BOW_WEST},
    "coordinator": {"roles": [("coordinator", BOW_WEST)], "ward": BOW_WEST},
    "officer": {"roles": [("officer", BOW_WEST)], "ward": BOW_WEST},
    "reviewer": {"roles": ["reviewer"]},
    "admin": {"roles": ["admin"]},
}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def traces(app: Flask) -> list[str]:
    """What is known of two residents of the ward, who follow it and whom nothing public names."""
    with_ids = [make_member(app, f"Canary Resident {number}", ward=BOW_WEST) for number in (11, 22)]
    with app.app_context(), transaction() as db:
        for member_id in with_ids:
            notifications.follow(db, member_id, [BOW_WEST])
        columns = (Member.id, Member.email, Member.alias, Member.fs_uniquifier)
        rows = db.execute(sa.select(*columns).where(Member.id.in_(with_ids))).all()
        return [str(value) for row in rows for value in row]


def asked(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield each method and address, blanks filled with the ward, and the addresses such a service would have."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if not rule.endpoint.endswith("static"):
                yield method, re.sub(r"<[^>]+>", BOW_WEST, rule.rule)
    for address in GUESSED:
        yield "GET", address
        yield "POST", address


def people_in(app: Flask, traces: list[str], member_id: str | None) -> list[str]:
    """Ask everything with an area, as a form and as JSON, and return where somebody came back."""
    bearer = {"Authorization": f"Bearer {api_token(app, member_id, *SCOPES)}"} if member_id else {}
    found = []
    for method, address in asked(app):
        is_api = address.startswith("/api/")
        browser = app.test_client()
        if member_id and not is_api:
            sign_in(browser, member_id)
        for answer in _answers(browser, method, address, bearer if is_api else {}):
            text = answer.get_data(as_text=True) + str(answer.headers)
            assert answer.status_code < 500, (method, address)
            found += [f"{method} {address}" for trace in traces if trace in text]
    return sorted(set(found))


def _answers(browser: FlaskClient, method: str, address: str, headers: dict[str, str]) -> Iterator[Any]:
    yield browser.open(address, method=method, query_string=FLAT, headers=headers)
    if method != "GET":
        yield browser.open(address, method=method, json=DRAWN, headers=headers)
        if not address.startswith("/api/"):
            yield browser.open(address, method=method, data=FLAT)


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_A6_no_border_drawn_anywhere_gives_a_person_back(app: Flask, traces: list[str], role: str) -> None:
    wanted = ROLES[role]
    asker = make_member(app, "Asker", **wanted) if wanted is not None else None
    assert people_in(app, traces, asker) == []


@pytest.mark.parametrize("role", ["verified", "coordinator", "admin"])
def test_A6_there_is_no_watch_to_make_and_no_border_to_draw(app: Flask, traces: list[str], role: str) -> None:
    asker = make_member(app, "Asker", **ROLES[role] or {})
    browser = app.test_client()
    sign_in(browser, asker)
    bearer = {"Authorization": f"Bearer {api_token(app, asker, *SCOPES)}"}
    for address in GUESSED:
        headers = bearer if address.startswith("/api/") else {}
        assert browser.post(address, json=DRAWN, headers=headers).status_code in (404, 405), address
        assert browser.get(address, headers=headers).status_code in (404, 405), address


class Planted:
    """The mistake of 2024: a watch with a border, and its people for whoever made it."""

    @hookimpl
    def register_blueprints(self) -> list[Blueprint]:
        pages = Blueprint("planted", __name__)
        pages.add_url_rule("/watches", "make", self.make, methods=["POST"])
        csrf.exempt(self.make)
        return [pages]

    @staticmethod
    @public
    def make() -> Any:
        return jsonify(list(sql.session.scalars(sa.select(Member.email))) if request.values.get("border") else [])


def test_A6_a_planted_watch_is_caught(tmp_path: Path) -> None:
    app = make_app(tmp_path, {"planted": Planted()})
    member_id = make_member(app, "Canary Resident 11", ward=BOW_WEST)
    with app.app_context():
        email = sql.session.get_one(Member, member_id).email
    assert people_in(app, [email], None) == ["POST /watches"]
