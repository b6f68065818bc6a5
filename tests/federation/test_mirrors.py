"""Copies of what neighbours publish: fetched from the verified, shown to everybody, compared with what we publish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from core import documents, jobs, testing
from core.contributions import Mirror
from core.database import now, reading, transaction
from federation import identity, mirrors, outbound
from federation.models import Mirror as Kept
from federation.models import Peer

NAME = "anon-epochs.json"
WITH_KEYS = ("anonymity", "federation")


def _copy(borough: Any) -> None:
    with borough.app.app_context():
        jobs.make_due("federation.mirror")
    testing.work(borough.app)


def _own_id(app: Flask) -> str:
    with app.app_context():
        return identity.own_keys().instance_id.removeprefix("urn:uuid:")


def _mirrors(borough: Any) -> list[Mirror]:
    with borough.app.app_context(), reading() as db:
        return documents.mirrors_of(db, NAME)


def _published(borough: Any) -> bytes:
    return bytes(borough.app.test_client().get(f"/.well-known/{NAME}").data)


@pytest.fixture
def two(borough: Callable[..., Any], befriend: Callable[..., None], codes: Any) -> tuple[Any, Any]:
    """Two verified neighbours that both have keys of voices, each with a copy of the other's document."""
    one = borough(codes.TOWER_HAMLETS, plugins=WITH_KEYS)
    other = borough(codes.HACKNEY, plugins=WITH_KEYS)
    for each in (one, other):
        testing.work(each.app)
    befriend(one, other)
    for each in (one, other, one):
        _copy(each)
    return one, other


def test_A1_a_neighbour_shows_what_we_publish_to_everybody(two: tuple[Any, Any]) -> None:
    one, other = two
    path = f"/federation/mirrors/{_own_id(one.app)}/{NAME}"
    answer = other.app.test_client().get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.data == _published(one)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers
    assert [(mirror.url, mirror.keeper, mirror.is_same) for mirror in _mirrors(one)] == [
        (f"{other.url}{path}", "Hackney", True)
    ]
    assert _mirrors(one)[0].seen_on == now().date()


def test_A1_a_new_neighbour_is_copied_without_waiting_an_hour(
    borough: Callable[..., Any], befriend: Callable[..., None], codes: Any
) -> None:
    one, other = borough(codes.TOWER_HAMLETS, plugins=WITH_KEYS), borough(codes.HACKNEY, plugins=WITH_KEYS)
    for each in (one, other):
        testing.work(each.app)
    befriend(one, other)
    for each in (one, other):
        testing.work(each.app)
    with time_machine.travel(now() + timedelta(minutes=2), tick=True):
        testing.work(one.app)
        assert [mirror.is_same for mirror in _mirrors(one)] == [True]


def test_A1_a_copy_that_says_something_else_is_noticed(two: tuple[Any, Any]) -> None:
    one, other = two
    with other.app.app_context(), transaction() as db:
        changed = _published(one).replace(b'"issued":null', b'"issued":30', 1)
        db.execute(sa.update(Kept).values(body=changed))
    with one.app.app_context():
        mirrors.copy(now())
    assert [mirror.is_same for mirror in _mirrors(one)] == [False]


def test_A1_what_cannot_be_read_leaves_the_last_copy(two: tuple[Any, Any]) -> None:
    one, other = two
    before = _published(other)
    other.stop()
    _copy(one)
    path = f"/federation/mirrors/{_own_id(other.app)}/{NAME}"
    assert one.app.test_client().get(path).data == before


@pytest.mark.parametrize("state", ["suspended", "revoked", "awaiting_confirmation"])
def test_A1_only_verified_neighbours_are_copied_and_shown(two: tuple[Any, Any], state: str) -> None:
    one, other = two
    with one.app.app_context(), transaction() as db:
        db.execute(sa.update(Peer).values(state=state))
        db.execute(sa.delete(Kept))
    _copy(one)
    assert one.app.test_client().get(f"/federation/mirrors/{_own_id(other.app)}/{NAME}").status_code == 404
    assert _mirrors(one) == []
    with one.app.app_context(), reading() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(Kept)) == 0


def test_A1_what_is_not_there_is_not_there(two: tuple[Any, Any]) -> None:
    client = two[0].app.test_client()
    for path in ("x/anon-epochs.json", f"{_own_id(two[1].app)}/other.json", f"{_own_id(two[0].app)}/{NAME}"):
        assert client.get(f"/federation/mirrors/{path}").status_code == 404


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"a": NaN}', b"<html>", b'"' + b"x" * 300_000 + b'"'])
def test_A1_what_is_too_large_or_no_json_is_not_taken(body: bytes) -> None:
    class Way:
        def request(self, *_asked: Any) -> outbound.Answer:
            if len(body) > outbound.LARGEST_ANSWER_BYTES:
                raise outbound.Unreachable("The answer was larger than any answer we expect.")
            return outbound.Answer(200, {}, body)

    assert mirrors._fetch(Way(), "http://x") is None  # type: ignore[arg-type]  # a way that leads nowhere
