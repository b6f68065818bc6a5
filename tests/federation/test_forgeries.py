"""A hostile neighbour with a good key of its own, and what must never be in a message of ours."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import time_machine

from core import testing
from core.database import now, reading, transaction
from core.models import Member
from federation import activities, audience, calls, ceremony, http_signatures, identity, outbound, proofs
from federation.models import Nonce, Peer, Refusal

SECOND = timedelta(seconds=1)


def prepared(borough: Any, other: Any, payload: Any, path: str = "/inbox") -> http_signatures.Request:
    """A signed request as bytes on the wire, to be sent as often as one likes."""
    body = json.dumps(payload).encode()
    request = http_signatures.Request("POST", other.url + "/fed/v1" + path, {"Content-Type": "application/json"}, body)
    with borough.app.app_context():
        ours = identity.own_keys().active
    http_signatures.sign_request(request, ours.private, ours.thumbprint, now())
    return request


def send(request: http_signatures.Request, **changes: Any) -> tuple[int, str]:
    with outbound.Transport(allow_private=True, require_https=False) as way:
        answer = way.request(
            request.method,
            changes.get("url", request.url),
            {**request.headers, **changes.get("headers", {})},
            changes.get("body", request.body),
        )
    payload = json.loads(answer.body)
    assert "no-store" in answer.headers["cache-control"]
    assert "date" in answer.headers
    return answer.status, payload.get("code", "good")


def test_F13_replayed_bytes_are_refused_also_after_a_restart(pair: Any, snapshot: Any) -> None:
    request = prepared(pair.th, pair.hk, pair.th.activity(snapshot(), pair.hk))
    assert send(request) == (200, "good")
    assert send(request) == (401, "replay")
    pair.hk.restart()
    assert send(request) == (401, "replay")
    assert len(pair.hk.remote()) == 1
    with time_machine.travel(now() + timedelta(minutes=20), tick=True):
        assert send(request) == (401, "clock_skew")


def test_F13_tampered_body_other_target_other_key_and_old_date(
    pair: Any, borough: Any, snapshot: Any, codes: Any
) -> None:
    request = prepared(pair.th, pair.hk, pair.th.activity(snapshot(), pair.hk))
    assert send(request, body=request.body.replace(b"Mopeds", b"mopeds")) == (401, "digest_mismatch")
    assert send(request, url=pair.hk.url + "/fed/v1/ping") == (401, "signature_invalid")
    assert send(request, url=request.url + "?a=1") == (401, "signature_invalid")
    assert send(request, headers={"Host": "elsewhere.example"}) == (200, "good")  # our own address counts, not Host
    stranger = borough(codes.NEWHAM)
    assert send(prepared(stranger, pair.hk, {"a": 1})) == (401, "signature_invalid")
    for away in (timedelta(minutes=-10), timedelta(minutes=10)):
        with time_machine.travel(now() + away, tick=True):
            old = prepared(pair.th, pair.hk, {"a": 1})
        assert send(old) == (401, "clock_skew")
    meant_for_another = prepared(pair.th, stranger, {"a": 1})
    assert send(meant_for_another, url=request.url) == (401, "signature_invalid")
    with pair.hk.app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Nonce)) >= 1


def test_F13_a_nonce_is_kept_as_long_as_its_signature_could_be_accepted(pair: Any) -> None:
    from federation import housekeeping

    request = prepared(pair.th, pair.hk, {}, "/ping")
    assert send(request) == (200, "good")
    with pair.hk.app.app_context():
        with time_machine.travel(now() + timedelta(seconds=290), tick=True):
            housekeeping.tidy(now())
            assert send(request) == (401, "replay")
        with time_machine.travel(now() + timedelta(seconds=400), tick=True):
            housekeeping.tidy(now())
            with reading() as db:
                assert not db.scalar(sa.select(sa.func.count()).where(Nonce.expires_at < now()))


def test_large_deep_and_broken_bodies_are_refused_before_they_cost(pair: Any) -> None:
    plain = pair.hk.app.test_client()
    large = plain.post("/fed/v1/inbox", data=b"x" * (1024 * 1024 + 1), content_type="application/json")
    assert (large.status_code, large.json["code"]) == (413, "too_large")
    proposal = plain.post("/fed/v1/peering/proposals", data=b"x" * 20_000, content_type="application/json")
    assert (proposal.status_code, proposal.json["code"]) == (413, "too_large")
    twice = prepared(pair.th, pair.hk, {})
    twice.body = b'{"items":[],"items":[]}'
    with pair.th.app.app_context():
        ours = identity.own_keys().active
    twice.headers = {"Content-Type": "application/json"}
    http_signatures.sign_request(twice, ours.private, ours.thumbprint, now())
    assert send(twice) == (400, "name_twice")
    for items in ([], [1] * 51, {}, "x", None):
        assert send(prepared(pair.th, pair.hk, {"items": items})) == (422, "bad_field")


def resigned(pair: Any, activity: dict[str, Any]) -> dict[str, Any]:
    """The activity as changed, with a proof that fits again: the forger holds Tower Hamlets' key."""
    bare = {name: value for name, value in activity.items() if name != "proof"}
    with pair.th.app.app_context():
        ours = identity.own_keys().active
        method = f"{activities.actor_of(pair.th.url)}#{ours.thumbprint}"
    return proofs.add_proof(bare, ours.private, method, "2026-11-22T12:00:00Z")


CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"actor": "http://127.0.0.1:1/fed/v1/instance"}, "actor_mismatch"),
    ({"object.attributedTo": "http://127.0.0.1:1/fed/v1/instance"}, "actor_mismatch"),
    ({"object.id": "http://127.0.0.1:1/alerts/0123456789abcdef"}, "actor_mismatch"),
    ({"object.id": 7}, "actor_mismatch"),
    ({"object.type": "Person"}, "actor_mismatch"),
    ({"to": ["https://www.w3.org/ns/activitystreams#Public"]}, "not_addressed"),
    ({"to": []}, "not_addressed"),
    ({"type": "Announce"}, "unknown_type"),
    ({"type": ["Create"]}, "unknown_type"),
    ({"object": "https://elsewhere.example/alert"}, "unknown_type"),
    ({"bw:distribution": {"scope": "public", "max_hops": 3}}, "bad_field"),
    ({"object.bw:revision": 0}, "bad_field"),
    ({"object.bw:revision": True}, "bad_field"),
    ({"object.bw:revision": "2"}, "bad_field"),
    ({"object.bw:state": "draft"}, "bad_field"),
    ({"object.name": ""}, "bad_field"),
    ({"object.name": "x" * 301}, "bad_field"),
    ({"object.name": "bell \x07"}, "bad_field"),
    ({"object.content": None}, "bad_field"),
    ({"object.cap:severity": "Terrible"}, "bad_field"),
    ({"object.cap:severity": ["Severe"]}, "bad_field"),
    ({"object.endTime": "2999-01-01T00:00:00Z"}, "bad_field"),
    ({"object.endTime": "2026-13-01T00:00:00Z"}, "bad_field"),
    ({"object.updated": "yesterday"}, "bad_field"),
    ({"object.updated": "2031-01-01T00:00:00Z"}, "bad_field"),
    ({"object.location": []}, "bad_field"),
    ({"object.location": [{"bw:gss": "<script>"}]}, "bad_field"),
    ({"object.location": "E05009320"}, "bad_field"),
]


def test_every_field_is_checked_whoever_signed_it(pair: Any, snapshot: Any) -> None:
    for changes, code in CHANGES:
        activity = pair.th.activity(snapshot(), pair.hk)
        for path, value in changes.items():
            place = activity
            *folders, name = path.split(".", 1)
            for folder in folders:
                place[folder] = dict(place[folder])
                place = place[folder]
            place[name] = value
        reply = pair.th.say(pair.hk, "/inbox", resigned(pair, activity))
        assert (reply.status, reply.code, reply.trusted) == (422, code, True), changes
        with pair.hk.app.app_context(), transaction() as db:  # five forgeries in an hour would suspend
            db.execute(sa.delete(Refusal))
    assert pair.hk.remote() == []


def test_a_proof_that_is_missing_anothers_or_does_not_fit(pair: Any, snapshot: Any) -> None:
    good = pair.th.activity(snapshot(), pair.hk)
    changed = {**good, "object": {**good["object"], "name": "Changed on the way"}}
    assert pair.th.say(pair.hk, "/inbox", changed).code == "proof_invalid"
    bare = {name: value for name, value in good.items() if name != "proof"}
    assert pair.th.say(pair.hk, "/inbox", bare).code == "proof_missing"
    other = {**good, "proof": {**good["proof"], "verificationMethod": "https://elsewhere.example/key"}}
    assert pair.th.say(pair.hk, "/inbox", other).code == "proof_invalid"
    spoilt = {**good, "proof": {**good["proof"], "proofValue": "z!!"}}
    assert pair.th.say(pair.hk, "/inbox", spoilt).code == "proof_invalid"
    with pair.hk.app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Refusal)) == 4
    assert pair.hk.state_of(pair.th) == "verified"
    assert pair.th.say(pair.hk, "/inbox", spoilt).code == "proof_invalid"
    assert pair.hk.state_of(pair.th) == "verified", "the same once more is no fifth"
    another = {**good, "proof": {**good["proof"], "proofValue": "zz"}}
    assert pair.th.say(pair.hk, "/inbox", another).code == "proof_invalid"
    assert pair.hk.state_of(pair.th) == "suspended"  # five different ones within an hour


def test_one_neighbour_cannot_touch_the_alert_of_another(
    pair: Any, borough: Any, befriend: Any, snapshot: Any, codes: Any
) -> None:
    newham = borough(codes.NEWHAM)
    befriend(newham, pair.hk)
    pair.th.issue(snapshot())
    pair.th.work()
    same_id = newham.activity(snapshot(9, state="cancelled"), pair.hk, "Update")
    assert newham.say(pair.hk, "/inbox", same_id).payload["items"][0]["outcome"] == "removed"
    assert ("Mopeds and phones", 1, "active", snapshot().alert_id) in pair.hk.remote()
    stolen = newham.say(pair.hk, "/inbox", pair.th.activity(snapshot(2), pair.hk, "Update"))
    assert stolen.code == "proof_invalid"


def test_a_neighbour_that_asks_too_often_is_told_to_wait(pair: Any, borough: Any) -> None:
    with pair.hk.app.app_context(), transaction() as db:
        peer_id = pair.hk.peer_id(pair.th)
        db.add_all(
            Nonce(peer_id=peer_id, nonce=f"{n:032}", seen_at=now(), expires_at=now() + timedelta(minutes=5))
            for n in range(10_000)
        )
    reply = pair.th.say(pair.hk, "/ping", {})
    assert (reply.status, reply.code, reply.retry_after_seconds) == (429, "too_many_requests", 60)


def test_F14_no_byte_that_leaves_names_a_member(pair: Any, snapshot: Any, monkeypatch: Any) -> None:
    chance = random.Random(14)  # noqa: S311  # made data that is the same each time, no secret
    people = []
    for place in range(12):
        alias = "".join(chance.choice("bcdfghjklmnp") for _ in range(9)).title() + str(place)
        member = testing.make_member(
            pair.th.app, alias, roles=[("officer", "E05009320"), "admin"] if place % 2 else [], ward="E05009320"
        )
        people.append((member, alias))
    sent: list[bytes] = []
    request = outbound.Transport.request

    def listening(self: Any, method: str, url: str, headers: Any, body: bytes | None) -> Any:
        answer = request(self, method, url, headers, body)
        sent.append(b"\n".join([method.encode(), url.encode(), json.dumps(dict(headers)).encode(), body or b""]))
        sent.append(json.dumps(dict(answer.headers)).encode() + answer.body)
        return answer

    monkeypatch.setattr(outbound.Transport, "request", listening)
    texts = ["", "x", "Zeile\n\n„quoted“ <b>&amp;", "১২৩", "a" * 900]
    for _place in range(25):
        pair.th.issue(
            snapshot(
                1,
                alert_id=f"{chance.getrandbits(128):032x}",
                headline=chance.choice(texts[1:])[:200],
                description=chance.choice(texts),
                instruction=chance.choice(texts),
                audience=chance.choice(["public", "all_verified", pair.th.peer_id(pair.hk)]),
            )
        )
    pair.th.issue(snapshot())
    pair.th.issue(snapshot(2, state="cancelled", note="Over"))
    pair.th.work()
    with pair.th.app.app_context():
        from federation import housekeeping

        housekeeping.greet(now())
        (admin, _alias) = people[1]
        with transaction() as db:
            from federation import peers

            peers.suspend(db, db.scalars(sa.select(Peer)).one(), admin, "odd")
        ceremony.tell(pair.th.peer_id(pair.hk))
    calls_made = [pair.hk.say(pair.th, "/outbox", None, "GET"), pair.hk.say(pair.th, "/ping", {})]
    assert all(isinstance(reply, calls.Reply) for reply in calls_made)
    with pair.th.app.app_context(), reading() as db:
        emails = list(db.scalars(sa.select(Member.email)))
        logins = list(db.scalars(sa.select(Member.fs_uniquifier)))
    everything = b"\n".join(sent)
    assert len(sent) > 6
    assert b"Over" in everything
    for secret in [*emails, *logins, *(part for pair_ in people for part in pair_)]:
        assert secret.encode() not in everything
        assert secret.lower().encode() not in everything.lower()
    for leak in (b"X-Forwarded", b"Cookie", b"127.0.0.2"):
        assert leak.lower() not in b"\n".join(sent[0::2]).lower()


def test_F14_the_snapshot_has_no_field_for_an_author() -> None:
    from dataclasses import fields

    from core.events import AlertSnapshot

    names = {field.name for field in fields(AlertSnapshot)}
    assert not {name for name in names if "author" in name or "member" in name or "alias" in name or "issuer" in name}


def test_the_activity_is_read_back_as_it_was_written(pair: Any, snapshot: Any) -> None:
    from dataclasses import replace

    alert = snapshot(7, note="Why not", audience="public")
    activity = pair.th.activity(alert, pair.hk, "Update")
    read = activities.from_activity(json.loads(json.dumps(activity)), pair.th.url, pair.hk.url, now())
    assert read.alert == replace(alert, audience="borough")
    assert read.scope == "public"
    assert audience.unpacked(audience.packed(alert)) == alert
