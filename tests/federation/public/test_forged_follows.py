"""Follows that are forged, replayed, late or somebody else's; and requests that would turn us against others."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from http_message_signatures import HTTPMessageSigner, algorithms
from hypothesis import given, settings
from hypothesis import strategies as st

from core import testing
from core.database import now
from federation.http_signatures import OneKey, Refused, Request
from federation.public import cavage, remote_actors, rfc9421
from federation.public.keys import multibase_of

SCHEMES = ("rfc9421", "cavage")


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_an_actor_that_comes_along_is_never_believed(site: Any, stranger: Any, tables: Any, other_key: Any) -> None:
    anna, mallory = stranger.add("anna"), stranger.add("mallory")
    embedded = {**stranger.actors["/users/mallory"], "id": anna}
    assert refused(site.post(site.follow(anna, actor=embedded), f"{mallory}#main-key")) == (422, "bad_actor")
    # The victim's id with the attacker's own, valid key: the key is not the victim's.
    assert refused(site.post(site.follow(anna), f"{mallory}#main-key")) == (401, "key_unavailable")
    assert refused(site.post(site.follow(anna), key=other_key)) == (401, "signature_invalid")
    assert site.rows(tables.Follower) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_changed_body_a_replay_and_an_old_or_future_date_are_refused(
    site: Any, stranger: Any, tables: Any, scheme: str
) -> None:
    anna = stranger.add("anna")
    follow = site.follow(anna)
    changed = json.dumps({**follow, "id": f"{anna}#other"}).encode()
    assert refused(site.post(follow, scheme=scheme, sent=changed)) == (401, "digest_mismatch")
    for minutes in (-6, 2, -60 * 13):
        moment = now() + timedelta(minutes=minutes)
        assert refused(site.post(follow, scheme=scheme, moment=moment)) == (401, "clock_skew")
    assert stranger.fetched == []  # nothing was asked of anybody for these
    moment = now()
    assert site.post(follow, scheme=scheme, moment=moment).status_code == 202
    assert refused(site.post(follow, scheme=scheme, moment=moment)) == (401, "replay")
    assert len(site.rows(tables.Follower)) == 1


TOO_LITTLE = (
    "(request-target) host date",
    "host date digest",
    "(request-target) date digest",
    "(request-target) host digest",
)


def test_an_older_signature_must_cover_all_it_should(site: Any, stranger: Any) -> None:
    anna = stranger.add("anna")
    for names in TOO_LITTLE:
        answer = site.post(site.follow(anna), scheme="cavage", names=names.split())
        assert refused(answer) == (401, "signature_incomplete")


FIELDS = (
    "",
    "keyId",
    'keyId="a",keyId="b"',
    'keyId="a"' * 400,
    'headers="(request-target) host date digest",keyId="x"',
    "sig1=:AAAA:",
    'sig1=("@method" "@target-uri" "content-digest");created=1;keyid="x"',
)


def test_a_signature_that_is_none_is_refused(site: Any, stranger: Any) -> None:
    body = json.dumps(site.follow(stranger.add("anna"))).encode()
    for field in FIELDS:
        for headers in (
            {"Signature": field},
            {"Signature": field, "Signature-Input": field},
            {"Signature": "a=:AAAA:, b=:AAAA:", "Signature-Input": 'a=("@method");created=1, b=("@method")'},
            {"Signature": "a=:AAAA:", "Signature-Input": 'a=("@method" "@target-uri");created=1;keyid="x"'},
        ):
            answer = site.send(body, headers)
            assert answer.status_code == 401, (headers, answer.text)
    assert stranger.fetched == []


@given(st.text(max_size=300), st.text(max_size=100))
@settings(max_examples=150)
def test_whatever_stands_in_the_fields_is_read_or_refused_and_nothing_else(field: str, other: str) -> None:
    headers = {"signature": field, "signature-input": other, "digest": other, "date": other}
    request = Request("POST", "https://one.example/actors/alerts/inbox", headers, b"{}")
    for read in (cavage.read, rfc9421.read):
        with suppress(Refused):
            read(request, headers, now())


def test_only_who_follows_can_end_the_follow(site: Any, stranger: Any, tables: Any) -> None:
    anna, mallory = stranger.add("anna"), stranger.add("mallory")
    follow = site.follow(anna)
    site.post(follow)
    undo = {"id": f"{mallory}#undo", "type": "Undo", "actor": mallory, "object": follow}
    assert refused(site.post(undo)) == (403, "not_yours")
    assert refused(site.post({**undo, "actor": anna}, f"{mallory}#main-key")) == (401, "key_unavailable")
    assert site.post({**undo, "object": follow["id"]}).status_code == 202  # ends mallory's own, which is none
    assert [row.actor_id for row in site.rows(tables.Follower)] == [anna]
    assert site.post({**undo, "actor": anna, "object": follow["id"]}).status_code == 202
    assert site.rows(tables.Follower) == []


def test_nothing_but_follows_is_taken_in(site: Any, stranger: Any) -> None:
    anna = stranger.add("anna")
    for kind in ("Create", "Announce", "Like", "Accept", "Update", "Block", "", 7, None, ["Follow"]):
        activity = {"id": f"{anna}#x", "type": kind, "actor": anna, "object": {"type": "Note", "content": "Hello"}}
        assert refused(site.post(activity)) == (403, "not_wanted")
    assert stranger.fetched == []


def test_an_end_of_an_account_is_let_pass_and_changes_nothing(site: Any, stranger: Any, tables: Any) -> None:
    anna = stranger.add("anna")
    site.post(site.follow(anna))
    body = json.dumps({"id": f"{anna}#d", "type": "Delete", "actor": anna, "object": anna}).encode()
    assert site.send(body, {}).status_code == 202
    assert len(site.rows(tables.Follower)) == 1


def test_an_account_must_be_who_it_says_at_its_own_server(site: Any, stranger: Any, tables: Any) -> None:
    elsewhere = {"inbox": "http://127.0.0.1:9/inbox", "endpoints": None}
    for changes in (
        {"id": f"{stranger.url}/users/bert"},
        elsewhere,
        {"endpoints": {"sharedInbox": "http://127.0.0.1:9/inbox"}},
        {"inbox": None},
        {"publicKey": f"{stranger.url}/keys/1"},
        {"publicKey": {"id": f"{stranger.url}/users/anna#main-key", "owner": "x", "publicKeyPem": "x"}},
    ):
        anna = stranger.add("anna", **changes)
        assert site.post(site.follow(anna)).status_code == 401, changes
    far = f"{stranger.url.replace('127.0.0.1', 'localhost')}/users/anna#main-key"
    assert refused(site.post(site.follow(stranger.add("anna")), far)) == (401, "bad_actor")
    assert refused(site.post(site.follow(f"{stranger.url}/users/nobody"))) == (401, "key_unavailable")
    assert site.rows(tables.Follower) == []


def test_an_ed25519_key_of_the_account_is_good_too(site: Any, stranger: Any, ed25519: Any, tables: Any) -> None:
    me = f"{stranger.url}/users/anna"
    multikey = {"id": f"{me}#ed", "type": "Multikey", "controller": me}
    anna = stranger.add(
        "anna", assertionMethod=[{**multikey, "publicKeyMultibase": multibase_of(ed25519.public_key())}]
    )
    body = json.dumps(site.follow(anna)).encode()
    request = Request("POST", f"{site.actor}/inbox", {"Content-Type": "application/activity+json"}, body)
    HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=OneKey(ed25519)).sign(
        request,
        key_id=f"{anna}#ed",
        created=now(),
        covered_component_ids=("@method", "@target-uri", "content-digest"),
        body=body,
    )
    assert site.send(body, dict(request.headers)).status_code == 202
    assert len(site.rows(tables.Follower)) == 1


@pytest.mark.parametrize(
    "actor",
    [
        "https://10.0.0.1/users/a",
        "https://127.0.0.1/users/a",
        "https://[::1]/users/a",
        "https://169.254.169.254/latest",
        "http://one.example/users/a",
        "https://user:word@one.example/users/a",
        "file:///etc/passwd",
    ],
)
def test_in_production_no_private_address_is_asked(tmp_path: Any, actor: str) -> None:
    app = testing.make_app(
        tmp_path, ("federation",), require_https=True, allow_private_addresses=False, public_url="https://one.example"
    )
    with app.app_context(), pytest.raises(Refused):
        remote_actors.look_up(actor, f"{actor}#main-key")


def test_a_blocked_server_can_neither_follow_nor_get_anything(
    site: Any, stranger: Any, snapshot: Any, tables: Any
) -> None:
    anna = stranger.add("anna")
    site.post(site.follow(anna))
    site.work()
    with site.borough.app.app_context():
        from core.instance import instance

        blocked = instance().config.plugin["federation"]["blocked_hosts"]
        blocked.append("127.0.0.1")
    try:
        fetched = len(stranger.fetched)
        assert refused(site.post(site.follow(stranger.add("bert")))) == (403, "blocked_host")
        assert len(stranger.fetched) == fetched
        site.issue(snapshot(audience="public"))
        assert stranger.kinds() == ["Accept"]
        assert site.rows(tables.Follower) == []
    finally:
        blocked.clear()


def test_as_many_follow_as_can_be_served_and_no_more(
    site: Any, stranger: Any, tables: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from federation.public import followers

    monkeypatch.setattr(followers, "MOST", 1)
    site.post(site.follow(stranger.add("anna")))
    assert refused(site.post(site.follow(stranger.add("bert")))) == (403, "full")
    assert site.post(site.follow(f"{stranger.url}/users/anna")).status_code == 202  # who follows already may again
    assert len(site.rows(tables.Follower)) == 1


def test_large_and_broken_messages_are_refused_before_they_are_read(site: Any) -> None:
    assert site.send(b"{" + b" " * (256 * 1024), {}).status_code == 413
    assert refused(site.send(b"[]", {})) == (400, "not_an_object")
    assert refused(site.send(b'{"type":"Follow","type":"Undo"}', {})) == (400, "name_twice")
    assert refused(site.send(b"\xff", {})) == (400, "not_json")
