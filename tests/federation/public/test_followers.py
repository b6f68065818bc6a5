"""Following our public alerts from another server, and what arrives there."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from core.database import now
from federation import proofs
from federation.http_signatures import Request
from federation.public import cavage, rfc9421
from federation.public.keys import from_multibase, multibase_of

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


@pytest.mark.parametrize("scheme", ["rfc9421", "cavage"])
def test_a_follow_is_accepted_and_alerts_for_everybody_arrive(
    site: Any, stranger: Any, snapshot: Any, scheme: str
) -> None:
    anna = stranger.add("anna")
    follow = site.follow(anna)
    assert site.post(follow, scheme=scheme).status_code == 202
    site.work()
    accept, _headers = stranger.received.pop()
    assert (accept["type"], accept["actor"], accept["object"]["id"]) == ("Accept", site.actor, follow["id"])
    site.issue(snapshot(audience="public"))
    [(create, _headers)] = stranger.received
    assert (create["type"], create["object"]["type"], create["to"]) == ("Create", "Note", [PUBLIC])
    assert create["object"]["cap:severity"] == "Moderate"
    assert "Mopeds and phones" in create["object"]["content"]
    assert create["object"]["attachment"][0]["url"] == f"{site.url}/alerts/{snapshot().alert_id}.cap"


def test_what_arrives_is_signed_and_proved_by_the_keys_the_actor_shows(site: Any, stranger: Any, snapshot: Any) -> None:
    site.post(site.follow(stranger.add("anna")))
    site.issue(snapshot(audience="public"))
    shown = site.get("/actors/alerts").json()
    activity, headers = stranger.received[-1]
    body = json.dumps(activity, ensure_ascii=False).encode()
    request = Request("POST", f"{stranger.url}/inbox", headers, body)
    claim = rfc9421.read(request, {name.lower(): value for name, value in headers.items()}, now())
    assert claim.keyid == shown["publicKey"]["id"]
    claim.check(site.key().rsa.public_key())
    [multikey] = shown["assertionMethod"]
    assert proofs.method_of(activity) == multikey["id"]
    proofs.check_proof(activity, from_multibase(multikey["publicKeyMultibase"]))
    activity["object"]["content"] += "!"
    with pytest.raises(proofs.BadProof):
        proofs.check_proof(activity, from_multibase(multikey["publicKeyMultibase"]))


def test_a_change_is_the_whole_alert_and_a_cancellation_says_so_first_and_is_deleted_a_day_later(
    site: Any, stranger: Any, snapshot: Any, tables: Any
) -> None:
    site.post(site.follow(stranger.add("anna")))
    site.issue(snapshot(audience="public"))
    site.issue(snapshot(2, audience="public", headline="Mopeds only"))
    site.issue(snapshot(3, audience="public", state="cancelled", note="Two people were arrested."))
    activities = [activity for activity, _headers in stranger.received]
    assert [activity["type"] for activity in activities] == ["Accept", "Create", "Update", "Update"]
    assert "Mopeds only" in activities[2]["object"]["content"]
    assert "Two riders" in activities[2]["object"]["content"]
    assert activities[3]["object"]["content"].startswith("<p><strong>CANCELLED: Two people were arrested.</strong></p>")
    assert len({activity["id"] for activity in activities}) == 4
    note = activities[1]["object"]["id"]
    assert site.get(note.removeprefix(site.url)).json()["bw:state"] == "cancelled"
    site.change(tables.PublicNote, ends_at=now() - timedelta(seconds=1))
    site.work()
    delete, _headers = stranger.received[-1]
    assert (delete["type"], delete["object"]["type"], delete["object"]["id"]) == ("Delete", "Tombstone", note)
    gone = site.get(note.removeprefix(site.url))
    assert (gone.status_code, gone.json()["type"]) == (410, "Tombstone")
    assert "Mopeds" not in site.get("/actors/alerts/outbox?page=1").text


def test_an_alert_ends_by_itself(site: Any, stranger: Any, snapshot: Any, tables: Any) -> None:
    site.post(site.follow(stranger.add("anna")))
    site.issue(snapshot(audience="public"))
    site.change(tables.PublicNote, ends_at=now() - timedelta(seconds=1))
    site.work()
    assert stranger.kinds() == ["Accept", "Create", "Delete"]
    site.issue(snapshot(2, audience="public"))  # what is gone stays gone
    assert stranger.kinds() == ["Accept", "Create", "Delete"]


def test_F10_narrowing_the_audience_takes_it_back_also_from_who_no_longer_follows(
    site: Any, stranger: Any, snapshot: Any
) -> None:
    anna = stranger.add("anna")
    follow = site.follow(anna)
    site.post(follow)
    site.issue(snapshot(audience="public"))
    site.post({"id": f"{anna}#undo", "type": "Undo", "actor": anna, "object": follow})
    site.issue(snapshot(2, audience="all_verified", headline="For neighbours only"))
    assert stranger.kinds() == ["Accept", "Create", "Delete"]
    assert "neighbours only" not in json.dumps([activity for activity, _headers in stranger.received])


NOT_EVERYBODY = ("all_verified", "borough", "", "a" * 32, "PUBLIC", "public,all_verified")


def test_F3_an_alert_that_is_not_for_everybody_is_on_no_public_address(site: Any, stranger: Any, snapshot: Any) -> None:
    site.post(site.follow(stranger.add("anna")))
    ids = {f"{place:032x}": audience for place, audience in enumerate(NOT_EVERYBODY)}
    for alert_id, audience in ids.items():
        site.borough.issue(snapshot(alert_id=alert_id, audience=audience))
        site.borough.issue(snapshot(2, alert_id=alert_id, audience=audience, headline="Changed"))
    site.work()
    assert stranger.kinds() == ["Accept"]
    own = [f"/public/alerts/{alert_id}" for alert_id in ids]
    common = ["/actors/alerts", "/actors/alerts/outbox", "/actors/alerts/outbox?page=1", "/actors/alerts/followers"]
    for path in (*own, *common, "/nodeinfo/2.1", f"/.well-known/webfinger?resource={site.url}{own[0]}"):
        for accept in ("application/activity+json", "text/html"):
            answer = site.get(path, accept)
            assert "Mopeds" not in answer.text
            assert "Changed" not in answer.text
    assert {site.get(path).status_code for path in own} == {404}
    assert site.get("/actors/alerts/outbox").json()["totalItems"] == 0


def test_followers_are_a_number_and_nothing_more(site: Any, stranger: Any, tables: Any) -> None:
    for name in ("anna", "bert"):
        site.post(site.follow(stranger.add(name)))
    shown = site.get("/actors/alerts/followers")
    assert shown.json()["totalItems"] == 2
    for path in ("followers", "followers?page=1", "outbox?page=1", "outbox"):
        text = site.get(f"/actors/alerts/{path}").text
        assert "anna" not in text
        assert stranger.url not in text
    assert {column.name for column in tables.Follower.__table__.columns} == {
        "id",
        "actor_id",
        "inbox",
        "host_id",
        "gone_since",
    }


def test_one_inbox_gets_an_alert_once_however_many_follow_behind_it(site: Any, stranger: Any, snapshot: Any) -> None:
    for name in ("anna", "bert", "cleo"):
        site.post(site.follow(stranger.add(name)))
    site.issue(snapshot(audience="public"))
    assert sorted(stranger.kinds()) == ["Accept", "Accept", "Accept", "Create"]


def test_undo_ends_the_follow(site: Any, stranger: Any, snapshot: Any) -> None:
    anna = stranger.add("anna")
    follow = site.follow(anna)
    site.post(follow)
    assert site.post({"id": f"{anna}#u", "type": "Undo", "actor": anna, "object": follow}).status_code == 202
    site.issue(snapshot(audience="public"))
    assert stranger.kinds() == ["Accept"]


def test_the_older_signature_is_tried_once_after_401_and_remembered(
    site: Any, stranger: Any, snapshot: Any, tables: Any
) -> None:
    tried: list[str] = []

    def only_cavage(request: Any) -> int:
        is_new = "Signature-Input" in request.headers
        tried.append("rfc9421" if is_new else "cavage")
        return 401 if is_new else 202

    stranger.answers = only_cavage
    site.post(site.follow(stranger.add("anna")))
    site.issue(snapshot(audience="public"))
    assert tried == ["rfc9421", "cavage", "cavage"]
    [host] = site.rows(tables.Host)
    assert timedelta(days=6) < host.cavage_until - now() < timedelta(days=8)
    activity, headers = stranger.received[-1]
    request = Request("POST", f"{stranger.url}/inbox", headers, json.dumps(activity, ensure_ascii=False).encode())
    claim = cavage.read(request, {name.lower(): value for name, value in headers.items()}, now())
    claim.check(site.key().rsa.public_key())


def test_a_server_in_trouble_is_asked_again_later_with_the_same_signature(
    site: Any, stranger: Any, snapshot: Any, tables: Any
) -> None:
    site.post(site.follow(stranger.add("anna")))
    site.work()
    tried: list[bool] = []

    def broken(request: Any) -> int:
        tried.append("Signature-Input" in request.headers)
        return 500

    stranger.answers = broken
    site.issue(snapshot(audience="public"))
    assert tried == [True]
    [host] = site.rows(tables.Host)
    assert (host.problem, host.failures) == ("status_500", 1)
    assert host.next_at > now()
    stranger.answers = lambda _request: 202
    site.issue(snapshot(2, audience="public"))
    assert stranger.kinds() == ["Accept", "Create", "Update"]
    assert site.rows(tables.Host)[0].problem is None


def test_a_message_refused_for_good_holds_up_nothing(site: Any, stranger: Any, snapshot: Any, tables: Any) -> None:
    site.post(site.follow(stranger.add("anna")))
    site.work()
    stranger.answers = lambda request: 422 if b'"Create"' in request.get_data() else 202
    site.issue(snapshot(audience="public"))
    site.issue(snapshot(2, audience="public"))
    assert stranger.kinds() == ["Accept", "Update"]
    assert {row.state for row in site.rows(tables.PublicDelivery)} == {"acknowledged", "dead"}


def test_who_is_gone_for_a_month_is_forgotten(site: Any, stranger: Any, snapshot: Any, tables: Any) -> None:
    site.post(site.follow(stranger.add("anna")))
    site.work()
    stranger.answers = lambda _request: 500
    site.issue(snapshot(audience="public"))
    assert len(site.rows(tables.Follower)) == 1
    site.change(tables.Host, down_since=now() - timedelta(days=31))
    site.work()
    assert site.rows(tables.Follower) == []
    assert site.rows(tables.PublicDelivery) == []


def test_an_account_that_is_gone_for_a_month_is_forgotten_and_its_server_goes_on(
    site: Any, stranger: Any, snapshot: Any, tables: Any
) -> None:
    for name in ("anna", "bert"):
        site.post(site.follow(stranger.add(name, endpoints=None)))
    site.work()
    stranger.answers = lambda request: 410 if "anna" in request.path else 202
    site.issue(snapshot(audience="public"))
    assert len(site.rows(tables.Follower)) == 2
    site.change(tables.Follower, gone_since=now() - timedelta(days=31))
    site.issue(snapshot(2, audience="public"))
    assert [row.actor_id for row in site.rows(tables.Follower)] == [f"{stranger.url}/users/bert"]
    assert stranger.kinds()[-2:] == ["Create", "Update"]


def test_a_key_in_multibase_is_read_as_it_was_written(ed25519: Any) -> None:
    key = ed25519.public_key()
    assert isinstance(from_multibase(multibase_of(key)), Ed25519PublicKey)
    assert from_multibase(multibase_of(key)) == key
    for wrong in ("", "z", "zz", "z6MkNothing", "z" + "1" * 80):
        with pytest.raises(ValueError, match=r".*"):
            from_multibase(wrong)
