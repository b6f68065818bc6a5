"""Odd bytes in forms, addresses and JSON get a sentence or a problem, never a broken page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.database import transaction
from core.testing import api_token, make_app, make_member, sign_in
from core.web.api import SCOPES
from plugins.verification_docs import demo

HERE = "E05009320"
ROLES = ["admin", "reviewer", "officer", "coordinator"]
TEXTS = ["", "\0", "\ud800", "-1", "9" * 30, "1e400", "x" * 200_000, "²", "\u202e", "0001-01-01T00:00"]
TEXTS += ["9999-12-31T23:59", "\r\nBcc: x@y.example", "2026-02-30T10:00", "'; --"]
FIELDS = "alias email password text title reason wards tier category as heard url message back theme areas headline"
FIELDS += " description instruction expires_at onset starts_at ends_at capacity place details about suits document"
FIELDS += " postcode decision ward role verb label phone address sure code document_number country names born_on shown"
FIELDS += " kind vetted_on until_on since agreed seen name_line recipient token secret after to state do outcome"
PAGES = ["/account/alias", "/account/wards", "/account/password", "/sign-in", "/join", "/look", "/admin", "/alerts/new"]
PAGES += [f"/boards/{HERE}/new", f"/police/{HERE}/request", f"/police/doors/{HERE}/live_chat", "/police/sessions/new"]
PAGES += ["/verify/id", "/verify/address", "/federation/peers/new", "/federation/deliveries/retry"]
PAGES += ["/verify/letter", "/verify/letter/code", "/verify/close", "/review/close", "/review/in-person"]
PAGES += ["/review/in-person/first", "/review/in-person/second", "/review/key", "/review/key/challenge"]
PAGES += ["/review/reseal", "/admin/reviewers", "/admin/reviewers/look-again", "/admin/postcodes"]
PAGES += ["/admin/second-factor", "/account/second-factor"]
QUERIES = ["after=%00", "after=-1", "after=" + "9" * 40, "limit=-1", "limit=" + "9" * 30, "limit=0", "after=%ff"]
QUERIES += ["after=%ed%a0%80", "ward=%00", "ward=a&ward=b", "before=0&after=-5", "category=%00&tier=%ff", "next=%00"]
QUERIES += ["after=00010101000000-" + "a" * 32, "after=99999999999999-" + "a" * 32]
BODIES = [b"", b"[]", b"null", b'"\\ud800"', b'{"a":' * 3000, b"[" * 100_000, b"\xff", b"1e999", b"9" * 5000]
BODIES += [b'{"text":"\\ud800","title":"\\u0000"}', b'{"title":1,"title":2}', b"\xef\xbb\xbf{}"]
KEYS = "title text wards ward category tier as reason headline description instruction event severity urgency certainty"
KEYS += " areas onset expires audience kind starts_at ends_at capacity place details ward_code decision revision"
KEYS += " recipient token secret code signing_as document_number country names born_on postcode shown document"
KEYS += " outcome name_line address"
VALUES = ["\ud800", "\0", 10**30, -1, 1.5, None, [], {}, True, ["\0"], "9999-12-31T23:59:59Z"]
VALUES += ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x" * 100_000]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    made = make_app(Path(tmp_path_factory.mktemp("odd")))
    made.testing = False  # a bug must show as 500, as it would to a visitor
    return made


@pytest.fixture(scope="module")
def boss(app: Flask) -> str:
    """Somebody to whom every page is open, and whose check as a reviewer holds."""
    made = make_member(app, "Boss", roles=ROLES, ward=HERE)
    for reviewer_id in (made, make_member(app, "Standing Crane", roles=["reviewer"])):
        with app.app_context(), transaction() as db:
            demo.equip(db, reviewer_id)
    return made


def test_nothing_is_odd_only_because_it_is_refused_at_the_door(client: FlaskClient) -> None:
    assert [path for path in PAGES if client.get(path).status_code in (401, 403)] == []


@pytest.fixture
def client(app: Flask, boss: str) -> FlaskClient:
    found = app.test_client()
    sign_in(found, boss)
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_form_takes_odd_texts_without_breaking(client: FlaskClient, path: str) -> None:
    for text in TEXTS:
        value = quote(text[:20_000].encode("utf-8", "surrogatepass"))
        body = "&".join(f"{name}={value}" for name in FIELDS.split())
        answer = client.post(path, data=body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500, text[:40]


@pytest.mark.parametrize("path", PAGES)
def test_a_form_takes_odd_bodies_without_breaking(client: FlaskClient, path: str) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n\xff\x00\xed\xa0\x80\r\n'
    for name in FIELDS.split():
        body = part % (name.encode(), b"") + part % (name.encode(), b'; filename="a\0.jpg"') + b"--b--\r\n"
        answer = client.post(path, data=body, content_type="multipart/form-data; boundary=b")
        assert answer.status_code < 500, name
    for body in BODIES:
        for kind in ("application/json", "multipart/form-data", "text/xml", ""):
            assert client.post(path, data=body, content_type=kind).status_code < 500, (kind, body[:40])


def test_addresses_and_queries_may_be_odd(app: Flask, client: FlaskClient, boss: str) -> None:
    headers = {"Authorization": f"Bearer {api_token(app, boss, *SCOPES)}"}
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("static"):
            continue
        values = ("%00", "%ed%a0%80", "%ff", "a%0d%0aX:%20y", "..%2f..", HERE) if "<" in rule.rule else ("",)
        for value in values:
            path = re.sub(r"<[^>]+>", value.replace("\\", ""), rule.rule)
            assert client.get(path, headers=headers).status_code < 500, path
        for query in QUERIES:
            answer = client.get(f"{path}?{query}", headers=headers)
            assert answer.status_code < 500, (path, query)


def test_the_api_answers_odd_bodies_with_problems(app: Flask, boss: str) -> None:
    headers = {"Authorization": f"Bearer {api_token(app, boss, *SCOPES)}"}
    client = app.test_client()
    bodies = BODIES + [json.dumps(dict.fromkeys(KEYS.split(), value)).encode() for value in VALUES]
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"POST", "PUT", "DELETE"}:
            if not rule.rule.startswith(("/api/", "/fed/")):
                continue
            path = re.sub(r"<[^>]+>", "a" * 32, rule.rule)
            for body in bodies:
                sent = {} if rule.rule.startswith("/fed/") else headers
                answer = client.open(path, method=method, data=body, content_type="application/json", headers=sent)
                assert answer.status_code < 500, (method, path, body[:60])
                if answer.status_code >= 400:
                    assert answer.mimetype == "application/problem+json", (method, path)


def test_what_openapi_describes_is_what_comes(app: Flask, boss: str) -> None:
    headers = {"Authorization": f"Bearer {api_token(app, boss, *SCOPES)}"}
    client = app.test_client()
    described = client.get("/api/v1/openapi.json").json
    assert described is not None
    asked = 0
    for path, methods in described["paths"].items():
        if "get" not in methods or "{" in path or path.endswith((".ics", ".atom")):
            continue
        answer = client.get(path if path.startswith("/api") else f"/api/v1{path}", headers=headers)
        schema = methods["get"]["responses"].get(str(answer.status_code), {}).get("content", {}).get("application/json")
        if answer.status_code == 200 and schema:
            asked += 1
            name = schema["schema"].get("$ref", "").rpartition("/")[2]
            known = described["components"]["schemas"].get(name, {}).get("properties")
            assert known is None or set(answer.json) <= set(known), path
    assert asked >= 5
