"""The life of a key: made ahead, published in a chain, its private half gone the moment its week begins."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import rfc8785
import sqlalchemy as sa
import time_machine
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from core import chains, members, privacy, retention
from core.database import now, reading, transaction
from core.instance import instance
from core.testing import api_token, make_app, make_member, work
from plugins.anonymity import hooks
from plugins.anonymity.credentials import blind_rsa, blinding, epochs, findings, jobs, keys, manifest, policy, queries
from plugins.anonymity.credentials.models import EpochKey, Issuance, ManifestEntry
from plugins.anonymity.credentials.wire import NotBase64, from_text, to_text

BOROUGH, BOW_WEST = "E09000030", "E05009320"
ISSUE = "/api/v1/anonymity/issue"
MANIFEST = "/.well-known/anon-epochs.json"


def _turn(app: Flask) -> float | None:
    with app.app_context():
        return jobs.turn_weeks(now())


def _key(app: Flask, epoch: str, scope: str = BOROUGH) -> EpochKey:
    with app.app_context(), reading() as db:
        return db.get_one(EpochKey, (epoch, scope))


def test_A1_the_worker_makes_keys_for_four_weeks_and_large_wards(fresh_app: Flask, ask: Callable[..., Any]) -> None:
    states = ask(fresh_app, queries.key_states)
    wanted = {(epoch, scope) for epoch in epochs.coming(now()) for scope in (BOROUGH, BOW_WEST)}
    assert {(key.epoch, key.scope) for key in states} == wanted
    assert all(key.has_private and key.eligible == 2 and key.issued == 0 for key in states)
    assert len({key.spki for key in states}) == len(states), "a key for each"


def test_A1_the_worker_itself_runs_it(tmp_path: Path, ask: Callable[..., Any]) -> None:
    app = make_app(tmp_path, plugins={"anonymity": hooks})
    work(app)
    assert len(ask(app, queries.key_states)) == 4
    work(app)
    assert len(ask(app, queries.key_states)) == 4


def test_A1_scopes_of_a_week_are_settled_once(fresh_app: Flask, ask: Callable[..., Any]) -> None:
    for _ in range(3):
        make_member(fresh_app, ward="E05009332")
    _turn(fresh_app)
    assert "E05009332" not in {key.scope for key in ask(fresh_app, queries.key_states)}
    with time_machine.travel(now() + timedelta(weeks=1), tick=True):
        _turn(fresh_app)
        newest = epochs.coming(now())[-1]
        assert {k.epoch for k in ask(fresh_app, queries.key_states) if k.scope == "E05009332"} == {newest}


def test_A1_two_workers_at_once_make_one_set(fresh_app: Flask, ask: Callable[..., Any]) -> None:
    with time_machine.travel(now() + timedelta(weeks=1), tick=True), fresh_app.app_context():
        with reading() as db:
            lacking = keys.missing(db, now())
        mine, theirs = keys.make(lacking), keys.make(lacking)
        with transaction() as db:
            assert keys.write(db, mine) == 2
        with transaction() as db:
            assert keys.write(db, theirs) == 0
        with reading() as db:
            assert chains.look_at(db)[1].problem is None


def test_A1_a_weeks_private_key_and_its_list_go_when_it_begins(
    fresh_app: Flask, next_week: str, card: Any, bearer_of: Any, ask: Callable[..., Any]
) -> None:
    client, member = fresh_app.test_client(), make_member(fresh_app, ward=BOW_WEST)
    bearer = bearer_of(fresh_app, member)
    for offer in client.get("/api/v1/anonymity/epochs", headers=bearer).get_json()["items"]:
        assert client.post(ISSUE, json=card(offer).body, headers=bearer).status_code == 200
    sealed = _key(fresh_app, next_week).sealed_private
    assert sealed
    assert ask(fresh_app, queries.open_weeks, next_week) == []

    with time_machine.travel(epochs.begins_at(next_week), tick=True):
        _turn(fresh_app)
        gone, kept = _key(fresh_app, next_week), _key(fresh_app, epochs.coming(now(), 1)[0])
        assert gone.sealed_private is None
        assert kept.sealed_private is not None
        with pytest.raises(keys.KeyGone):
            keys.private_of(gone)
        opened = ask(fresh_app, queries.open_weeks, next_week)
        assert [(week.scope, week.issued) for week in opened] == [(BOW_WEST, 1), (BOROUGH, 1)]
        assert opened[1].spki == gone.spki
        rows = ask(fresh_app, lambda db: db.scalars(sa.select(Issuance.epoch)).all())
        assert next_week not in rows
        assert len(rows) == 6
    folder = instance(fresh_app).config.data_dir
    for file in folder.glob("boroughwatch.db*"):
        content = file.read_bytes()
        assert sealed not in content, file.name
        assert sealed[100:200] not in content, file.name


def test_A1_weeks_long_over_are_forgotten(fresh_app: Flask, next_week: str, ask: Callable[..., Any]) -> None:
    with time_machine.travel(epochs.begins_at(next_week) + timedelta(weeks=4), tick=True):
        _turn(fresh_app)
        assert next_week in {key.epoch for key in ask(fresh_app, queries.key_states)}
    with time_machine.travel(epochs.begins_at(next_week) + timedelta(weeks=5), tick=True):
        _turn(fresh_app)
        assert next_week not in {key.epoch for key in ask(fresh_app, queries.key_states)}
        assert ask(fresh_app, manifest.verify, frozenset()).problem is None


def test_A1_the_job_asks_to_run_when_the_week_begins(fresh_app: Flask, next_week: str) -> None:
    start = epochs.begins_at(next_week)
    with time_machine.travel(start - timedelta(minutes=10), tick=False):
        assert _turn(fresh_app) == 600
    with time_machine.travel(start - timedelta(hours=20), tick=False):
        assert _turn(fresh_app) == 3600


def test_A1_a_key_opens_under_its_own_week_and_board_only(fresh_app: Flask, next_week: str) -> None:
    right, other = _key(fresh_app, next_week), _key(fresh_app, next_week, BOW_WEST)
    with fresh_app.app_context():
        assert blind_rsa.spki(keys.private_of(right)) == right.spki
        right.sealed_private = other.sealed_private
        with pytest.raises(keys.KeyGone):
            keys.private_of(right)


# The manifest


def _document(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get(MANIFEST)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    assert "ETag" not in answer.headers
    return dict(answer.get_json())


def _checked(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Look at a manifest as another program would: signature, links."""
    plain = {name: value for name, value in document.items() if name != "signature"}
    key = Ed25519PublicKey.from_public_bytes(from_text(document["key"]))
    key.verify(from_text(document["signature"]), rfc8785.dumps(plain))
    entries = list(document["entries"])
    for before, after in zip(entries, entries[1:], strict=False):
        assert after["previous"] == hashlib.sha256(rfc8785.dumps(before)).hexdigest()
    return entries


def test_A1_the_manifest_is_signed_chained_and_names_every_key(fresh_app: Flask, ask: Callable[..., Any]) -> None:
    document = _document(fresh_app)
    entries = _checked(document)
    assert document["instance"] == "http://localhost"
    assert entries[0]["previous"] == "0" * 64
    named = {(entry["epoch"], entry["scope"]): entry["spki_sha256"] for entry in entries}
    there = {(key.epoch, key.scope): manifest.fingerprint(key.spki) for key in ask(fresh_app, queries.key_states)}
    assert named == there
    assert {entry["issued"] for entry in entries} == {None}
    document["entries"][0]["issued"] = 40
    with pytest.raises(InvalidSignature):
        _checked(document)


def test_A1_counts_are_published_when_the_week_begins_rounded_and_the_chain_goes_on(
    fresh_app: Flask, next_week: str
) -> None:
    before = _checked(_document(fresh_app))
    with fresh_app.app_context(), transaction() as db:
        db.get_one(EpochKey, (next_week, BOROUGH)).issued = 39
    assert _checked(_document(fresh_app)) == before, "nothing is told beforehand"
    with time_machine.travel(epochs.begins_at(next_week), tick=True):
        _turn(fresh_app)
        after = _checked(_document(fresh_app))
        assert after[: len(before)] == before
        counts = {e["scope"]: e["issued"] for e in after if e["epoch"] == next_week and e["issued"] is not None}
        assert counts == {BOROUGH: 35, BOW_WEST: 0}
    with time_machine.travel(epochs.begins_at(next_week) + timedelta(weeks=6), tick=True):
        for _ in range(2):
            _turn(fresh_app)
        later = _checked(_document(fresh_app))
        current = epochs.epoch_of(now())
        assert {e["epoch"] for e in later} >= set(epochs.coming(now()))
        assert later[0]["previous"] != "0" * 64 or later[0]["epoch"] <= current


def test_A1_whoever_changes_the_chain_is_found_out(fresh_app: Flask, next_week: str) -> None:
    with fresh_app.app_context():
        with reading() as db:
            chain = chains.look_at(db)[1]
            assert (chain.name, chain.problem, chain.length) == (manifest.CHAIN, None, 8)
            assert manifest.verify(db, frozenset({chain.head, "0" * 64})).known == {chain.head}
        changes: list[tuple[Any, str]] = [
            (sa.update(ManifestEntry).where(ManifestEntry.sequence == 3).values(spki_sha256="f" * 64), "broken"),
            (sa.delete(ManifestEntry).where(ManifestEntry.sequence == 4), "broken"),
            (sa.delete(ManifestEntry).where(ManifestEntry.sequence == 1), "beginning"),
            (sa.update(EpochKey).where(EpochKey.epoch == next_week).values(spki=b"another"), "not the one"),
            (sa.delete(ManifestEntry).where(ManifestEntry.sequence == 8), "not the one"),
        ]
        for change, words in changes:
            with transaction() as db:
                db.execute(change)
                assert words in str(manifest.verify(db, frozenset()).problem)
                db.rollback()


def test_A1_an_older_copy_agrees_and_another_ones_does_not(fresh_app: Flask, ask: Callable[..., Any]) -> None:
    older = json.dumps(_document(fresh_app)).encode()
    assert ask(fresh_app, manifest.agrees, older)
    found = json.loads(older)
    for change in ({"instance": "https://other.example"}, {"entries": []}, {"entries": [{}]}, {"entries": 3}):
        assert not ask(fresh_app, manifest.agrees, json.dumps(found | change).encode())
    found["entries"][2]["spki_sha256"] = "0" * 64
    assert not ask(fresh_app, manifest.agrees, json.dumps(found).encode())
    found["entries"][2]["spki_sha256"] = ["0"]
    assert not ask(fresh_app, manifest.agrees, json.dumps(found).encode())
    for junk in (b"", b"[]", b"null", b"\xff", b"[" * 100_000):
        assert not ask(fresh_app, manifest.agrees, junk)


def test_no_other_document_is_there(app: Flask) -> None:
    assert app.test_client().get("/.well-known/other.json").status_code == 404


# What the operator is told


def test_A1_doctor_says_when_keys_are_missing_or_should_be_gone(fresh_app: Flask, next_week: str) -> None:
    with fresh_app.app_context():
        assert all(finding.ok for finding in findings.findings())
        assert "OpenSSL" in findings.findings()[0].text
    with time_machine.travel(epochs.begins_at(next_week) + timedelta(minutes=5)), fresh_app.app_context():
        texts = [finding.text for finding in findings.findings() if not finding.ok]
        assert any("2 should be deleted by now" in text for text in texts)
        assert any(f"none for {epochs.coming(now())[-1]}" in text for text in texts)


def test_A1_doctor_says_when_nothing_can_sign(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blind_rsa, "backend", lambda: None)
    with app.app_context():
        assert "boroughwatch[gmp]" in findings.findings()[0].text


def test_A1_doctor_notices_wrong_signatures(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blind_rsa, "blind_sign", lambda _private, blinded: blinded)
    with app.app_context():
        assert not findings.findings()[0].ok
    key = blind_rsa.new_key().public_key()
    with pytest.raises(blinding.NotSigned):
        blinding.finalize(key, b"x", bytes(256), 1)


# A member's own rows


def test_A1_a_member_sees_and_takes_away_what_is_kept(
    fresh_app: Flask, card: Any, bearer_of: Any, ask: Callable[..., Any]
) -> None:
    client, member = fresh_app.test_client(), make_member(fresh_app, ward=BOW_WEST)
    bearer = bearer_of(fresh_app, member)
    offer = client.get("/api/v1/anonymity/epochs", headers=bearer).get_json()["items"][0]
    client.post(ISSUE, json=card(offer).body, headers=bearer)
    blob = to_text(bytes(8192))
    client.put("/api/v1/anonymity/vault", json={"blob": blob}, headers=bearer)
    client.put("/api/v1/anonymity/choice", json={"keep": "card"}, headers=bearer)
    records = hooks_export(fresh_app, member)
    assert {"kind": "voice for a coming week", "epoch": offer["epoch"], "scope": BOROUGH} in records
    assert {"kind": "where voices are kept", "keep": "card"} in records
    assert {"kind": "vault, sealed under your card", "blob": blob} in records
    assert "hash" not in json.dumps(records)
    with fresh_app.app_context(), transaction() as db:
        privacy.erase(db, member, None)
    file = instance(fresh_app).config.data_dir / "boroughwatch.db"
    with closing(sqlite3.connect(file)) as db:
        for table in ("anonymity_issuance", "anonymity_vault", "anonymity_voice_choice"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608  # names of ours
    assert _key(fresh_app, offer["epoch"]).issued == 1, "the voice is out there"


def hooks_export(app: Flask, member: str) -> list[dict[str, Any]]:
    """Return what the front door hands over."""
    with app.app_context(), reading() as db:
        return [dict(record) for record in hooks.export_member(db, member).records]


def test_A1_who_lapses_is_offered_nothing(app: Flask, bearer_of: Any) -> None:
    member = make_member(app, ward=BOW_WEST)
    with app.app_context(), transaction() as db:
        members.lapse(db, member, None, "test")
    answer = app.test_client().get("/api/v1/anonymity/epochs", headers=bearer_of(app, member))
    assert answer.get_json()["items"] == []


# Small parts


@settings(max_examples=200)
@given(content=st.binary(max_size=60))
def test_base64url_goes_there_and_back(content: bytes) -> None:
    assert from_text(to_text(content)) == content


@settings(max_examples=300)
@given(text=st.text(max_size=30))
def test_base64url_has_one_way_to_write_each_value(text: str) -> None:
    with suppress(NotBase64):
        assert to_text(from_text(text)) == text


@given(count=st.integers(0, 10_000))
def test_counts_are_shown_rounded_down_to_five(count: int) -> None:
    shown = policy.rounded(count)
    assert shown % 5 == 0
    assert shown <= count < shown + 5


def test_A1_an_operator_can_end_keys_by_hand(fresh_app: Flask, next_week: str) -> None:
    with fresh_app.app_context():
        at = epochs.begins_at(next_week)
        counted = [
            dict((part.name, part.deleted) for _, part in retention.run(at, dry_run=dry)) for dry in (True, False)
        ]
        assert [each["private keys of weeks that began"] for each in counted] == [2, 2]
        assert _key(fresh_app, next_week).sealed_private is None


def test_A1_doctor_says_when_keys_do_not_open(fresh_app: Flask, next_week: str) -> None:
    with fresh_app.app_context(), transaction() as db:
        db.get_one(EpochKey, (next_week, BOROUGH)).sealed_private = bytes(1246)
    with fresh_app.app_context():
        texts = [finding.text for finding in findings.findings() if not finding.ok]
        assert texts == ["Keys of weeks: 1 do not open with this instance's secret; put the right secret.key back."]
    client, member = fresh_app.test_client(), make_member(fresh_app, ward=BOW_WEST)
    bearer = {"Authorization": f"Bearer {api_token(fresh_app, member, 'read', 'post')}"}
    asked = {"epoch": next_week, "scope": BOROUGH, "blinded": to_text(b"\1" * 256)}
    refused = client.post(ISSUE, json=asked, headers=bearer)
    assert refused.status_code == 503
    assert "Nothing was used up" in refused.get_json()["detail"]
    assert not client.get("/api/v1/anonymity/epochs", headers=bearer).get_json()["items"][0]["is_issued"]
