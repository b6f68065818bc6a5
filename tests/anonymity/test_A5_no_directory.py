"""There is no list of members: every address is asked in every role, and nobody else's traces come back.

The attack that a breach of 2024 used, an area query that returned people, is asked too (A6).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Blueprint, Flask, request
from flask.testing import FlaskClient

from core import members, notifications
from core.database import sql, transaction
from core.hookspecs import hookimpl
from core.models import Member
from core.testing import api_token, make_app, make_member, sign_in
from core.web.access import public
from core.web.api import SCOPES

BOW_WEST = "E05009320"
ROLES: dict[str, dict[str, Any] | None] = {
    "visitor": None,
    "member": {},
    "verified": {"ward": BOW_WEST},
    "coordinator": {"roles": ["coordinator"], "ward": BOW_WEST},
    "officer": {"roles": [("officer", BOW_WEST)]},
    "reviewer": {"roles": ["reviewer"]},
    "custodian": {"roles": ["custodian"]},
    "admin": {"roles": ["admin"]},
}
AREA = f"ward={BOW_WEST}&area={BOW_WEST}&lat=51.53&lng=-0.03&bbox=-0.5,51.2,0.3,51.7&radius=50000&poly=51,0:52,0:52,1"
ANY = "q=Canary&search=Canary&email=%25&alias=%25&member=%25&user=%25&role=admin&limit=100&page=1&format=json"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


@pytest.fixture
def victims(app: Flask) -> dict[str, list[str]]:
    """Members who never wrote under their alias, with all that could give each of them away."""
    silent = make_member(app, "Canary Silent 11", ward=BOW_WEST)
    writer = make_member(app, "Canary Writer 22", ward=BOW_WEST)
    staff = make_member(app, "Canary Officer 33", roles=[("officer", BOW_WEST), "reviewer"], ward=BOW_WEST)
    gone = make_member(app, "Canary Closed 44", ward=BOW_WEST)
    client = app.test_client()
    sign_in(client, writer)
    form = {"title": "Broken lamp", "text": "The lamp is out.", "category": "general", "tier": "verified"}
    for as_ in ("thread_alias", "resident"):
        data = {**form, "shown_tier": "verified", "wards": BOW_WEST, "as": as_, "looked_at": "1"}
        assert client.post(f"/boards/{BOW_WEST}/new", data=data).status_code == 303
    with app.app_context(), transaction() as db:
        notifications.follow(db, silent, [BOW_WEST])
        members.suspend(db, gone, None, "test")
    traces = {}
    with app.app_context(), sql.engine.connect() as connection:
        for member_id in (silent, writer, staff, gone):
            row = connection.execute(
                sa.select(Member.id, Member.email, Member.alias, Member.fs_uniquifier).where(Member.id == member_id)
            ).one()
            traces[member_id] = [str(value) for value in row]
    return traces


def addresses(app: Flask, known: dict[str, list[str]]) -> Iterator[str]:
    """Yield every address that can be asked with GET, its blanks filled with real things, then with people."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("static"):
            continue
        blanks = re.findall(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>", rule.rule)
        if not blanks:
            yield rule.rule
            yield f"{rule.rule}?{AREA}"
            yield f"{rule.rule}?{ANY}"
        for values in known.values() if blanks else ():
            for value in values:
                yield re.sub(r"<[^>]+>", value, rule.rule)


def things(app: Flask) -> dict[str, list[str]]:
    """Return ids that stand in addresses: threads, posts and wards."""
    with app.app_context(), sql.engine.connect() as connection:
        threads = list(connection.scalars(sa.text("SELECT id FROM ward_boards_thread")))
        posts = list(connection.scalars(sa.text("SELECT id FROM ward_boards_post")))
    return {"thread": threads, "post": posts, "ward": [BOW_WEST, "E09000030"], "number": ["1"]}


def caught(client: FlaskClient, asked: Iterator[str], traces: list[str], **headers: Any) -> list[str]:
    """Return what came back of people that was not in the question itself."""
    found = []
    for address in asked:
        answer = client.get(address, **headers)
        text = answer.get_data(as_text=True) + str(list(answer.headers))
        assert answer.status_code < 500, address
        found += [f"{address}: {trace}" for trace in traces if trace in text and trace not in address]
    return found


@pytest.mark.parametrize("role", ROLES)
def test_A5_no_page_in_any_role_gives_another_member_away(app: Flask, victims: dict[str, list[str]], role: str) -> None:
    traces = [trace for values in victims.values() for trace in values]
    client = app.test_client()
    asks = ROLES[role]
    headers = {}
    if asks is not None:
        asker = make_member(app, "Asker", **asks)
        sign_in(client, asker)
        headers = {"Authorization": f"Bearer {api_token(app, asker, *SCOPES)}"}
    people = {"id": [next(iter(victims))]}
    assert caught(client, addresses(app, {**things(app), **people}), traces) == []
    api = (address for address in addresses(app, {**things(app), **people}) if address.startswith("/api/"))
    assert caught(app.test_client(), api, traces, headers=headers) == []


class Planted:
    """A plugin with the mistake that the crawl is there to find."""

    @hookimpl
    def register_blueprints(self) -> list[Blueprint]:
        pages = Blueprint("planted", __name__)
        pages.add_url_rule("/neighbours", "people", self.people)
        return [pages]

    @staticmethod
    @public
    def people() -> str:
        near = request.args.get("area") is not None
        return " ".join(sql.session.scalars(sa.select(Member.email))) if near else ""


def test_A5_a_planted_directory_is_caught(tmp_path: Path) -> None:
    app = make_app(tmp_path, {"planted": Planted()})
    make_member(app, "Canary Silent 11")
    found = caught(app.test_client(), addresses(app, {}), ["canarysilent111@test.example"])
    assert [line.partition("?")[0] for line in found] == ["/neighbours"]


@pytest.mark.parametrize(
    "guess", ["members", "users", "people", "directory", "online", "followers", "coordinators", "schemes", "watches"]
)
def test_A5_no_address_is_a_directory_by_any_usual_name(app: Flask, guess: str) -> None:
    admin = make_member(app, roles=["admin"])
    client = app.test_client()
    sign_in(client, admin)
    bearer = {"Authorization": f"Bearer {api_token(app, admin, *SCOPES)}"}
    for address in (f"/{guess}", f"/{guess}/1", f"/admin/{guess}", f"/api/v1/{guess}", f"/api/v1/{guess}/1"):
        assert client.get(address, headers=bearer).status_code == 404, address


def test_A6_no_table_that_points_at_a_member_holds_a_place_finer_than_a_ward(app: Flask) -> None:
    fine = re.compile(r"(^|_)(lat|latitude|lon|lng|longitude|easting|northing|geom|boundary|postcode)(_(?!sealed)|$)")
    # Sealed under a random nonce, equal places look different: no query can find people by them.
    with app.app_context():
        inspector = sa.inspect(sql.engine)
        for table in inspector.get_table_names():
            columns = {column["name"] for column in inspector.get_columns(table)}
            points = any(key["referred_table"] == "core_member" for key in inspector.get_foreign_keys(table))
            if table == "core_member" or points:
                assert not [column for column in columns if fine.search(column)], table


def test_A5_nothing_tells_when_a_member_was_here(app: Flask) -> None:
    times = re.compile(r"last_(seen|login|active)|login_count|visited|user_agent|remote_addr|(^|_)ip(_|$)")
    with app.app_context():
        inspector = sa.inspect(sql.engine)
        for table in inspector.get_table_names():
            for column in inspector.get_columns(table):
                assert not times.search(column["name"]), (table, column["name"])
