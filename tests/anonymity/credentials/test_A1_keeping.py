"""The vault that only a card opens, and where members want their voices kept."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.testing import api_token, form_token, make_app, make_member, sign_in
from plugins.anonymity.credentials.wire import to_text

VAULT, CHOICE = "/api/v1/anonymity/vault", "/api/v1/anonymity/choice"
BLOB, OTHER = to_text(b"\x07" * 8192), to_text(b"\x08" * 8192)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def bearer(app: Flask, bearer_of: Any) -> dict[str, str]:
    return dict(bearer_of(app, make_member(app)))


def test_A1_a_vault_is_filled_replaced_and_emptied(client: FlaskClient, bearer: dict[str, str]) -> None:
    assert client.get(VAULT, headers=bearer).status_code == 404
    for blob in (BLOB, OTHER):
        assert client.put(VAULT, json={"blob": blob}, headers=bearer).status_code == 204
        assert client.get(VAULT, headers=bearer).get_json() == {"blob": blob}
    for _ in range(2):
        assert client.delete(VAULT, headers=bearer).status_code == 204
    assert client.get(VAULT, headers=bearer).status_code == 404


@pytest.mark.parametrize("size", [0, 1, 8191, 8193, 20_000])
def test_A1_a_vault_has_one_size(client: FlaskClient, bearer: dict[str, str], size: int) -> None:
    refused = client.put(VAULT, json={"blob": to_text(bytes(size))}, headers=bearer)
    assert refused.status_code == 422
    assert "exactly 8192 bytes" in refused.get_json()["detail"]
    assert client.get(VAULT, headers=bearer).status_code == 404


@pytest.mark.parametrize("blob", [None, 7, "?", BLOB + "=", []])
def test_A1_what_is_no_vault_is_refused(client: FlaskClient, bearer: dict[str, str], blob: Any) -> None:
    assert client.put(VAULT, json={"blob": blob}, headers=bearer).status_code == 422
    assert client.put(VAULT, json={}, headers=bearer).status_code == 422


def test_A1_each_has_their_own_vault(app: Flask, client: FlaskClient, bearer: dict[str, str], bearer_of: Any) -> None:
    assert client.put(VAULT, json={"blob": BLOB}, headers=bearer).status_code == 204
    assert client.get(VAULT, headers=bearer_of(app, make_member(app))).status_code == 404
    assert client.get(VAULT).status_code == 401
    assert client.put(VAULT, json={"blob": OTHER}).status_code == 401
    reads_only = {"Authorization": f"Bearer {api_token(app, make_member(app), 'read')}"}
    assert client.put(VAULT, json={"blob": OTHER}, headers=reads_only).status_code == 403


def test_A1_voices_are_kept_on_the_device_unless_the_member_chooses(
    client: FlaskClient, bearer: dict[str, str]
) -> None:
    assert client.get(CHOICE, headers=bearer).get_json() == {"keep": "device"}
    for keep in ("card", "none", "device", "card"):
        assert client.put(CHOICE, json={"keep": keep}, headers=bearer).get_json() == {"keep": keep}
        assert client.get(CHOICE, headers=bearer).get_json() == {"keep": keep}
        assert client.get("/api/v1/anonymity/epochs", headers=bearer).get_json()["keep"] == keep
    assert client.put(CHOICE, json={"keep": "cloud"}, headers=bearer).status_code == 422
    assert client.get(CHOICE, headers=bearer).get_json() == {"keep": "card"}


def test_A1_the_page_needs_its_token_to_change_anything(tmp_path_factory: pytest.TempPathFactory) -> None:
    app = make_app(tmp_path_factory.mktemp("csrf"), csrf=True)
    client = app.test_client()
    sign_in(client, make_member(app))
    asked: list[tuple[str, str, dict[str, str]]] = [
        ("PUT", VAULT, {"blob": BLOB}),
        ("DELETE", VAULT, {}),
        ("PUT", CHOICE, {"keep": "none"}),
    ]
    for method, path, body in asked:
        assert client.open(path, method=method, json=body).status_code == 403
    assert client.get(CHOICE).get_json() == {"keep": "device"}
    header = {"X-CSRFToken": form_token(client, "/account/close")}
    for method, path, body in asked:
        assert client.open(path, method=method, json=body, headers=header).status_code in (200, 204)
    assert client.get(CHOICE).get_json() == {"keep": "none"}
