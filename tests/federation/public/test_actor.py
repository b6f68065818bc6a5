"""How the public actor is found, and what other servers are told of it."""

from __future__ import annotations

import json
import stat
from typing import Any

import pytest

from core import testing
from federation.keys import KeyFileBroken
from federation.public import actor, keys, notes

ALLOWED_CONTEXTS = {
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    "https://w3id.org/security/data-integrity/v1",
    "https://w3id.org/security/multikey/v1",
}


@pytest.fixture
def app(tmp_path: Any) -> Any:
    return testing.make_app(tmp_path / "one", ("federation",), public_url="https://one.example", require_https=True)


@pytest.mark.parametrize(
    "resource", ["acct:alerts@one.example", "ACCT:alerts@ONE.example", "https://one.example/actors/alerts"]
)
def test_webfinger_finds_the_alerts(app: Any, resource: str) -> None:
    answer = app.test_client().get("/.well-known/webfinger", query_string={"resource": resource})
    assert answer.status_code == 200
    assert answer.mimetype == "application/jrd+json"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    found = json.loads(answer.data)
    assert found["subject"] == "acct:alerts@one.example"
    assert [link["href"] for link in found["links"] if link["rel"] == "self"] == ["https://one.example/actors/alerts"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("resource=", 400),
        ("resource=acct:alerts@one.example&resource=acct:alerts@one.example", 400),
        ("resource=acct:alerts@two.example", 404),
        ("resource=acct:admin@one.example", 404),
        ("resource=acct:Alerts@one.example", 404),
        ("resource=acct:@one.example", 404),
        ("resource=acct:alerts@one.example@two.example", 404),
        ("resource=alerts@one.example", 404),
        ("resource=acct:alerts", 404),
        ("resource=https://one.example/actors/alerts/", 404),
        ("resource=https://one.example/members/1", 404),
        ("resource=mailto:alerts@one.example", 404),
    ],
)
def test_webfinger_finds_nobody_else(app: Any, query: str, status: int) -> None:
    answer = app.test_client().get(f"/.well-known/webfinger?{query}")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"


def test_webfinger_gives_the_links_that_were_asked_for(app: Any) -> None:
    path = "/.well-known/webfinger?resource=acct:alerts@one.example&rel=self"
    assert [link["rel"] for link in json.loads(app.test_client().get(path).data)["links"]] == ["self"]


def test_nodeinfo_names_the_software_and_the_exchange_and_counts_nobody(app: Any) -> None:
    client = app.test_client()
    [link] = json.loads(client.get("/.well-known/nodeinfo").data)["links"]
    assert link["href"] == "https://one.example/nodeinfo/2.1"
    found = json.loads(client.get("/nodeinfo/2.1").data)
    assert found["version"] == "2.1"
    assert found["metadata"]["boroughwatch"]["federationBaseUrl"] == "https://one.example"
    assert found["usage"] == {"users": {}}


def test_the_actor_shows_both_keys_and_what_it_can(app: Any) -> None:
    found = json.loads(app.test_client().get("/actors/alerts", headers={"Accept": actor.AS2}).data)
    assert (found["type"], found["preferredUsername"]) == ("Service", "alerts")
    assert found["publicKey"]["owner"] == found["id"] == "https://one.example/actors/alerts"
    assert found["publicKey"]["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----")
    [multikey] = found["assertionMethod"]
    assert multikey["publicKeyMultibase"].startswith("z6Mk")
    assert any("rfc9421" in each["href"] for each in found["generator"]["implements"])


def test_people_are_led_to_pages_and_servers_get_data(app: Any) -> None:
    client = app.test_client()
    assert client.get("/actors/alerts", headers={"Accept": "text/html"}).headers["Location"] == "/federation"
    kind = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
    assert client.get("/actors/alerts", headers={"Accept": kind}).mimetype == actor.AS2


def test_only_the_agreed_contexts_are_used() -> None:
    for context in (actor.CONTEXT, notes.CONTEXT):
        assert {each for each in context if isinstance(each, str)} <= ALLOWED_CONTEXTS


def test_the_keys_are_none_of_the_private_plane_and_stay_outside_the_database(app: Any) -> None:
    with app.app_context():
        from federation import identity

        own = keys.own()
        assert own.ed25519.private_bytes_raw() != identity.own_keys().active.private.private_bytes_raw()
        assert keys.own() is own
        path = app.extensions["boroughwatch"].config.data_dir / keys.FILE_NAME
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "PRIVATE" not in path.read_text()
        path.write_text(path.read_text()[:-4] + "0000")
        with pytest.raises(KeyFileBroken):
            keys.own()


@pytest.mark.parametrize(
    "settings",
    [
        {"public_url": "http://one.example", "require_https": True},
        {"public_url": "https://one.example", "federation": {"public_actor": False}},
    ],
)
def test_without_https_or_when_switched_off_there_is_no_actor(tmp_path: Any, settings: dict[str, Any]) -> None:
    client = testing.make_app(tmp_path, ("federation",), **settings).test_client()
    for path in (
        "/.well-known/webfinger?resource=acct:alerts@one.example",
        "/.well-known/nodeinfo",
        "/nodeinfo/2.1",
        "/actors/alerts",
        "/actors/alerts/outbox",
        "/actors/alerts/followers",
        "/public/alerts/x",
    ):
        assert client.get(path).status_code == 404
    assert client.post("/actors/alerts/inbox", data=b"{}").status_code == 404


def test_text_of_an_alert_is_text_and_no_code(app: Any, snapshot: Any) -> None:
    with app.app_context():
        alert = snapshot(
            headline="<script>x</script>", description='<img src="x" onerror="y">\n\nTwo', instruction="a&b"
        )
        found = notes.html(alert, "https://one.example/alerts/1")
    assert "<script" not in found
    assert "<img" not in found
    assert "a&amp;b" in found
    assert "<p>Two</p>" in found
