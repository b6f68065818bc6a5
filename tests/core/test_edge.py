"""What every answer carries, how errors look, uploads in memory, health."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask, request
from werkzeug.test import TestResponse

from core.hookspecs import hookimpl
from core.testing import make_app, make_member, sign_in
from core.web.access import public


def breaking_plugin() -> object:
    blueprint = Blueprint("plug", __name__)

    @blueprint.get("/breaks")
    @public
    def breaks() -> str:
        raise RuntimeError("a bug")

    @blueprint.post("/takes")
    @public
    def takes() -> str:
        stream = request.files["file"].stream
        return f"{type(stream).__name__} {len(stream.read())}"

    @hookimpl
    def register_blueprints() -> list[Blueprint]:
        return [blueprint]

    return SimpleNamespace(register_blueprints=register_blueprints)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    made = make_app(tmp_path, {"plug": breaking_plugin()})
    made.testing = False
    return made


def test_every_answer_carries_a_strict_policy(app: Flask) -> None:
    for path in ("/", "/join", "/nope", "/api/v1/wards", "/breaks"):
        headers = app.test_client().get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "private, no-store"


def test_a_bug_shows_a_sentence_and_no_trace(app: Flask) -> None:
    answer = app.test_client().get("/breaks")
    assert answer.status_code == 500
    assert "our mistake" in answer.text
    assert "RuntimeError" not in answer.text


def test_errors_of_the_api_are_problems(app: Flask) -> None:
    for path in ("/api/v1/nope", "/api/v1/me"):
        answer = app.test_client().get(path)
        assert answer.mimetype == "application/problem+json"
        assert answer.json["status"] == answer.status_code


def test_uploads_stay_in_memory(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    answer = upload(app, 3 << 20)
    assert answer.text == f"BytesIO {3 << 20}"
    too_big = upload(app, 14 << 20)
    assert too_big.status_code == 413
    assert "too big" in too_big.text


def upload(app: Flask, size_bytes: int) -> TestResponse:
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n'
    body = head + b"x" * size_bytes + b"\r\n--b--\r\n"
    # Made by hand: the test client itself would put a large file into the temporary folder.
    return app.test_client().post("/takes", data=body, content_type="multipart/form-data; boundary=b")


def test_a_page_kept_open_too_long_says_so(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    answer = app.test_client().post("/join", data={"alias": "x", "email": "y"})
    assert answer.status_code == 400
    assert "open for too long" in answer.text


@pytest.mark.parametrize("folder", ["files", "vault"])
def test_health_names_the_part_that_is_ill(app: Flask, tmp_path: Path, folder: str) -> None:
    client = app.test_client()
    assert client.get("/healthz").json == {"status": "alive"}
    assert client.get("/readyz").status_code == 200
    (tmp_path / folder).rmdir()
    (tmp_path / folder).write_text("in the way")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["part"]) == (503, "vault")


def test_metrics_are_for_this_machine_only(app: Flask) -> None:
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert app.test_client().get("/metrics").status_code == 200
    assert app.test_client().get("/metrics", environ_base=elsewhere).status_code == 404
    client = app.test_client()
    sign_in(client, make_member(app, roles=["admin"]))
    assert client.get("/metrics", environ_base=elsewhere).status_code == 200


def test_the_admin_page_is_for_admins(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/admin").status_code == 303
    sign_in(client, make_member(app, "Plain Member", ward="E05009320"))
    assert client.get("/admin").status_code == 403
    sign_in(client, make_member(app, "Some Admin", roles=["admin"]))
    assert client.get("/admin").status_code == 200


def test_an_admin_gives_and_takes_a_role(app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    sign_in(client, make_member(app, "Some Admin", roles=["admin"]))
    make_member(app, "New Officer")
    fields = {"email": "newofficer2@test.example", "role": "officer", "ward": "E05009320", "verb": "grant"}
    assert client.post("/admin", data=fields).status_code == 303
    assert client.post("/admin", data={**fields, "verb": "withdraw"}).status_code == 303
    unknown = client.post("/admin", data={**fields, "email": "nobody@test.example"})
    assert unknown.status_code == 422
    assert "No member has this address" in unknown.text
