"""One voice for each coming week and board; refused to everybody and for everything else."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from core import members
from core.database import now, reading, transaction
from core.instance import instance
from core.testing import api_token, form_token, make_app, make_member, sign_in
from plugins.anonymity.credentials import blind_rsa, epochs, jobs, queries
from plugins.anonymity.credentials.wire import from_text, to_text

BOROUGH, BOW_WEST, SHADWELL = "E09000030", "E05009320", "E05009332"
EPOCHS, ISSUE = "/api/v1/anonymity/epochs", "/api/v1/anonymity/issue"


@pytest.fixture
def member(app: Flask) -> str:
    return make_member(app, ward=BOW_WEST)


@pytest.fixture
def bearer(app: Flask, member: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_token(app, member, 'read', 'post')}"}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def _offers(client: FlaskClient, bearer: dict[str, str]) -> list[dict[str, Any]]:
    answer = client.get(EPOCHS, headers=bearer)
    assert answer.status_code == 200
    return list(answer.get_json()["items"])


def test_A1_a_verified_member_is_offered_four_weeks_of_borough_and_ward_never_this_one(
    client: FlaskClient, bearer: dict[str, str]
) -> None:
    answer = client.get(EPOCHS, headers=bearer).get_json()
    wanted = [(epoch, scope) for epoch in epochs.coming(now()) for scope in (BOROUGH, BOW_WEST)]
    assert [(each["epoch"], each["scope"]) for each in answer["items"]] == wanted
    first = answer["items"][0]
    assert first["scope_name"] == "Tower Hamlets"
    assert not first["is_issued"]
    assert first["begins_at"].endswith("T00:00:00Z")
    assert (answer["unlinkable_url"], answer["manifest"]) == ("/a", "/.well-known/anon-epochs.json")
    assert (answer["next"], answer["mirrors"], answer["keep"]) == (None, [], "device")


def test_A1_a_voice_is_had_blindly_and_verifies(
    client: FlaskClient, bearer: dict[str, str], card: Any, next_week: str
) -> None:
    offer = _offers(client, bearer)[0]
    mine = card(offer)
    answer = client.post(ISSUE, json=mine.body, headers=bearer)
    assert answer.status_code == 200
    sig = mine.finish(answer.get_json())
    right = {"epoch": next_week, "scope": BOROUGH, "pk": mine.pk, "sig": sig}
    assert blind_rsa.verify(from_text(offer["spki"]), mine.prepared[:32], **right)
    assert _offers(client, bearer)[0]["is_issued"]
    again = client.post(ISSUE, json=mine.body, headers=bearer)
    assert again.get_json() == answer.get_json(), "lost on its way, it is given again"


def test_A1_a_second_voice_for_the_same_week_is_refused(client: FlaskClient, bearer: dict[str, str], card: Any) -> None:
    offer = _offers(client, bearer)[0]
    assert client.post(ISSUE, json=card(offer).body, headers=bearer).status_code == 200
    refused = client.post(ISSUE, json=card(offer).body, headers=bearer)
    assert refused.status_code == 409
    assert "never given twice" in refused.get_json()["detail"]
    assert client.post(ISSUE, json=card(_offers(client, bearer)[2]).body, headers=bearer).status_code == 200


def test_A1_nobody_else_gets_one(app: Flask, client: FlaskClient, card: Any, bearer: dict[str, str]) -> None:
    body = card(_offers(client, bearer)[0]).body
    assert client.post(ISSUE, json=body).status_code == 401
    assert client.get(EPOCHS).status_code == 401
    stranger = {"Authorization": f"Bearer {api_token(app, make_member(app), 'read', 'post')}"}
    assert client.get(EPOCHS, headers=stranger).get_json()["items"] == []
    refused = client.post(ISSUE, json=body, headers=stranger)
    assert refused.status_code == 403
    reads_only = {"Authorization": f"Bearer {api_token(app, make_member(app, ward=BOW_WEST), 'read')}"}
    assert client.post(ISSUE, json=body, headers=reads_only).status_code == 403


def test_A1_readers_have_no_voice(app: Flask, client: FlaskClient) -> None:
    reader = make_member(app)
    with app.app_context(), transaction() as db:
        members.verify(db, reader, BOW_WEST, "test", now().date() + timedelta(days=300), level="reader")
    bearer = {"Authorization": f"Bearer {api_token(app, reader, 'read', 'post')}"}
    assert client.get(EPOCHS, headers=bearer).get_json()["items"] == []
    asked = {"epoch": epochs.coming(now(), 1)[0], "scope": BOROUGH, "blinded": to_text(b"\1" * 256)}
    assert client.post(ISSUE, json=asked, headers=bearer).status_code == 403


def test_A1_other_boards_and_weeks_are_refused(
    client: FlaskClient, bearer: dict[str, str], card: Any, next_week: str
) -> None:
    body = card(_offers(client, bearer)[0]).body

    def status(**other: str) -> int:
        return client.post(ISSUE, json=body | other, headers=bearer).status_code

    assert status(scope=SHADWELL) == 404, "a ward without a key"
    assert status(scope="E09000012") == 404
    assert status(scope="") == 404
    assert status(epoch=epochs.coming(now(), 5)[4]) == 404, "beyond the four weeks"
    assert status(epoch="2026-W99") == 404
    assert status(epoch="soon") == 404
    assert status(epoch=epochs.epoch_of(now())) == 410
    assert status(epoch=epochs.epoch_of(now() - timedelta(weeks=3))) == 410
    assert status() == 200


def test_A1_a_ward_with_a_key_signs_for_its_own_people_only(app: Flask, client: FlaskClient, card: Any) -> None:
    theirs = {"Authorization": f"Bearer {api_token(app, make_member(app, ward=BOW_WEST), 'read', 'post')}"}
    other = {"Authorization": f"Bearer {api_token(app, make_member(app, ward=SHADWELL), 'read', 'post')}"}
    ward = next(each for each in _offers(client, theirs) if each["scope"] == BOW_WEST)
    assert {each["scope"] for each in _offers(client, other)} == {BOROUGH}
    assert client.post(ISSUE, json=card(ward).body, headers=other).status_code == 404


def test_A1_who_moves_does_not_get_a_second_ward(fresh_app: Flask, card: Any, bearer_of: Any) -> None:
    member, client = make_member(fresh_app, ward=BOW_WEST), fresh_app.test_client()
    for _ in range(2):
        make_member(fresh_app, ward=SHADWELL)
    with time_machine.travel(now() + timedelta(weeks=1), tick=True):
        with fresh_app.app_context():
            jobs.turn_weeks(now())  # makes one more week, and that one has a key for Shadwell
        bearer = bearer_of(fresh_app, member)
        body = card(next(o for o in reversed(_offers(client, bearer)) if o["scope"] == BOW_WEST)).body
        assert client.post(ISSUE, json=body, headers=bearer).status_code == 200
        with fresh_app.app_context(), transaction() as db:
            members.verify(db, member, SHADWELL, "test", now().date() + timedelta(days=300))
        other = [offer for offer in _offers(client, bearer) if offer["scope"] == SHADWELL]
        assert [offer["epoch"] for offer in other] == [body["epoch"]]
        assert client.post(ISSUE, json=card(other[0]).body, headers=bearer).status_code == 409


def test_A1_no_voice_for_a_week_in_which_one_is_not_verified_any_more(app: Flask, client: FlaskClient) -> None:
    member = make_member(app)
    second = epochs.coming(now())[1]
    with app.app_context(), transaction() as db:
        members.verify(db, member, BOW_WEST, "test", epochs.begins_at(second).date())
    bearer = {"Authorization": f"Bearer {api_token(app, member, 'read', 'post')}"}
    assert {each["epoch"] for each in _offers(client, bearer)} == set(epochs.coming(now(), 2))


@pytest.mark.parametrize("number", [0, 1, 2**2048 - 1], ids=["nothing", "one", "too large"])
def test_A1_numbers_out_of_range_use_nothing_up(
    client: FlaskClient, bearer: dict[str, str], card: Any, number: int
) -> None:
    mine = card(_offers(client, bearer)[0])
    wrong = mine.body | {"blinded": to_text(number.to_bytes(256, "big"))}
    refused = client.post(ISSUE, json=wrong, headers=bearer)
    assert refused.status_code == 422
    assert "256 bytes" in refused.get_json()["detail"]
    assert client.post(ISSUE, json=mine.body, headers=bearer).status_code == 200


@pytest.mark.parametrize("text", ["", "!", "AA==", "AAA", "AB", "x" * 342, "é" * 342, to_text(bytes(255))])
def test_A1_what_is_no_value_is_refused_in_words(client: FlaskClient, bearer: dict[str, str], text: str) -> None:
    offer = _offers(client, bearer)[0]
    body = {"epoch": offer["epoch"], "scope": offer["scope"], "blinded": text}
    refused = client.post(ISSUE, json=body, headers=bearer)
    assert (refused.status_code, refused.mimetype) == (422, "application/problem+json")


def test_A1_when_the_week_begins_its_key_is_gone(fresh_app: Flask, card: Any, next_week: str, bearer_of: Any) -> None:
    client, member = fresh_app.test_client(), make_member(fresh_app, ward=BOW_WEST)
    offer = _offers(client, bearer_of(fresh_app, member))[0]
    mine = card(offer).body
    assert client.post(ISSUE, json=mine, headers=bearer_of(fresh_app, member)).status_code == 200
    with time_machine.travel(epochs.begins_at(next_week), tick=True):
        late, again = bearer_of(fresh_app, make_member(fresh_app, ward=BOW_WEST)), bearer_of(fresh_app, member)
        assert client.post(ISSUE, json=card(offer).body, headers=late).status_code == 410, "even before the job ran"
        with fresh_app.app_context():
            jobs.turn_weeks(now())
        assert client.post(ISSUE, json=card(offer).body, headers=late).status_code == 410
        assert client.post(ISSUE, json=mine, headers=again).status_code == 410
        assert next_week not in {each["epoch"] for each in _offers(client, late)}


def test_A1_fifty_at_once_get_one_voice(app: Flask, member: str, card: Any, bearer: dict[str, str]) -> None:
    offer = _offers(app.test_client(), bearer)[0]
    cards = [card(offer) for _ in range(50)]
    before = _issued(app, offer)
    answers: list[int] = []
    gate = threading.Barrier(50)

    def ask(mine: Any) -> None:
        gate.wait()
        answers.append(app.test_client().post(ISSUE, json=mine.body, headers=bearer).status_code)

    threads = [threading.Thread(target=ask, args=(mine,)) for mine in cards]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 49
    assert _issued(app, offer) == before + 1


def _issued(app: Flask, offer: dict[str, Any]) -> int:
    with app.app_context(), reading() as db:
        states = {(key.epoch, key.scope): key.issued for key in queries.key_states(db)}
    return states[offer["epoch"], offer["scope"]]


def test_A1_the_same_value_fifty_times_at_once_is_one_voice(app: Flask, card: Any, bearer: dict[str, str]) -> None:
    mine = card(_offers(app.test_client(), bearer)[0])
    answers: list[Any] = []

    def ask() -> None:
        answers.append(app.test_client().post(ISSUE, json=mine.body, headers=bearer).get_json())

    threads = [threading.Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each["blind_signature"] for each in answers}) == 1


def test_A1_the_cookie_needs_the_token_of_the_page(tmp_path: Path, card: Any) -> None:
    app = make_app(tmp_path, csrf=True)
    member = make_member(app, ward=BOW_WEST)
    with app.app_context():
        jobs.turn_weeks(now())
    client = app.test_client()
    sign_in(client, member)
    offer = client.get(EPOCHS).get_json()["items"][0]
    body = card(offer).body
    refused = client.post(ISSUE, json=body)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "csrf")
    token = form_token(client, "/account/close")
    assert client.post(ISSUE, json=body, headers={"X-CSRFToken": token[:-1] + "x"}).status_code == 403
    assert client.post(ISSUE, json=body | {"csrf_token": token}).status_code == 403
    assert client.post(ISSUE, json=body, headers={"X-CSRFToken": token}).status_code == 200
    stranger = app.test_client()
    sign_in(stranger, make_member(app, ward=BOW_WEST))
    assert stranger.post(ISSUE, json=body, headers={"X-CSRFToken": token}).status_code == 403, "another one's token"


def test_A1_a_false_token_is_refused_although_the_cookie_is_right(app: Flask, client: FlaskClient, member: str) -> None:
    sign_in(client, member)
    assert client.get(EPOCHS).status_code == 200
    assert client.get(EPOCHS, headers={"Authorization": "Bearer made-up"}).status_code == 401


def test_A1_the_database_has_no_time_and_no_order(
    app: Flask, client: FlaskClient, card: Any, bearer: dict[str, str]
) -> None:
    assert client.post(ISSUE, json=card(_offers(client, bearer)[0]).body, headers=bearer).status_code == 200
    file = instance(app).config.data_dir / "boroughwatch.db"
    with closing(sqlite3.connect(file)) as db:
        for table in ("issuance", "vault", "voice_choice", "epoch_key"):
            columns = {name for _, name, *_rest in db.execute(f"PRAGMA table_info(anonymity_{table})")}
            assert columns
            assert not {name for name in columns if name.endswith(("_at", "_on"))}, table
            with pytest.raises(sqlite3.OperationalError, match="no such column: rowid"):
                db.execute(f"SELECT rowid FROM anonymity_{table}")  # noqa: S608  # names of ours
