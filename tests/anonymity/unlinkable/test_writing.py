"""What voices may send, how often, and where to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from werkzeug.test import Client

from core.web.mounts import Mounts
from plugins.anonymity.unlinkable.models import Sent, Waiting

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
GOOD = {"id": "a" * 32, "title": "Vans at the bridge", "text": "Every night.", "category": "crime", "wards": [BOW_WEST]}


def waiting(house: Any) -> list[str]:
    with house.store.reading() as db:
        return list(db.scalars(sa.select(Waiting.id)))


def test_five_posts_a_day_and_then_tomorrow(house: Any) -> None:
    robin = house.voice()
    for left in range(4, -1, -1):
        assert robin.open_thread(house.client, [BOW_WEST]).status_code == 202
        assert robin.ask(house.client, "GET", "me").json["posts_left_today"] == left
    refused = robin.open_thread(house.client, [BOW_WEST])
    assert refused.status_code == 429
    assert "5 posts a day" in refused.json["detail"]
    assert house.voice().open_thread(house.client, [BOW_WEST]).status_code == 202
    house.now = datetime(2026, 11, 25, 0, 0, 1, tzinfo=UTC)
    assert robin.open_thread(house.client, [BOW_WEST]).status_code == 202


def test_what_was_taken_back_counts_all_the_same(house: Any) -> None:
    robin = house.voice()
    for number in range(5):
        post_id = f"{number:032x}"
        assert robin.open_thread(house.client, [BOW_WEST], post_id).status_code == 202
        assert robin.ask(house.client, "DELETE", f"posts/{post_id}").status_code == 204
    assert robin.open_thread(house.client, [BOW_WEST]).status_code == 429
    assert waiting(house) == []


def test_the_same_post_again_is_the_same_post(house: Any) -> None:
    robin = house.voice()
    first = robin.open_thread(house.client, [BOW_WEST], "a" * 32)
    again = robin.open_thread(house.client, [BOW_WEST], "a" * 32, text="Something else.")
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json == again.json
    with house.store.reading() as db:
        assert db.scalars(sa.select(Waiting.text)).all() == ["Every night at ten."]


def test_another_voice_cannot_use_the_id_and_learns_nothing(house: Any) -> None:
    robin, wren = house.voice(), house.voice()
    robin.open_thread(house.client, [BOW_WEST], "a" * 32)
    taken = wren.open_thread(house.client, [BOW_WEST], "a" * 32)
    assert taken.status_code == 409
    assert taken.json["detail"] == "Choose another id at random and send it again."
    assert wren.ask(house.client, "DELETE", f"posts/{'a' * 32}").status_code == 404
    assert waiting(house) == ["a" * 32]


def together(house: Any, requests: list[Any]) -> list[int]:
    def send(one: Any) -> int:
        return int(one(Client(Mounts(house.app, {"/a": house.side}), use_cookies=False)).status_code)

    with ThreadPoolExecutor(len(requests)) as pool:
        return sorted(pool.map(send, requests))


def test_twenty_times_the_same_id_at_once_is_one_post(house: Any) -> None:
    robin = house.voice()
    same = [lambda client: robin.open_thread(client, [BOW_WEST], "a" * 32)] * 20
    assert together(house, same) == [202] * 20
    assert waiting(house) == ["a" * 32]
    assert robin.ask(house.client, "GET", "me").json["posts_left_today"] == 4


def test_twenty_voices_with_one_id_at_once_are_one_post(house: Any) -> None:
    voices = [house.voice() for _number in range(20)]
    asked = [lambda client, one=one: one.open_thread(client, [BOW_WEST], "b" * 32) for one in voices]
    assert together(house, asked) == [202] + [409] * 19


def test_a_voice_that_sends_twenty_at_once_gets_five(house: Any) -> None:
    robin = house.voice()
    asked = [lambda client: robin.open_thread(client, [BOW_WEST])] * 20
    assert together(house, asked) == [202] * 5 + [429] * 15
    assert len(waiting(house)) == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "A" * 32},
        {"id": "a" * 31},
        {"id": 7},
        {"title": "abc"},
        {"title": "x" * 121},
        {"title": "\n \t"},
        {"text": ""},
        {"text": "  \n"},
        {"text": "x" * 10_001},
        {"text": "half \ud800"},
        {"text": "nul \0"},
        {"text": None},
        {"category": "Crime!"},
        {"category": None},
        {"wards": []},
        {"wards": BOW_WEST},
        {"wards": [BOW_WEST, 5]},
        {"wards": ["E05000001"]},
        {"wards": ["nonsense"]},
        {"wards": [BOW_WEST] * 11},
        {"more": "than asked"},
    ],
)
def test_what_is_not_complete_is_refused_in_a_sentence(house: Any, changes: dict[str, Any]) -> None:
    refused = house.voice().ask(house.client, "POST", "threads", {**GOOD, **changes})
    assert refused.status_code == 422, changes
    assert refused.json["detail"].endswith(".")
    assert waiting(house) == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"id": NaN}', b'{"id": "a", "id": "b"}', b"[" * 60_000])
def test_a_body_that_is_no_json_is_refused(house: Any, body: bytes) -> None:
    robin, path = house.voice(), "/a/api/threads"
    headers = robin.headers("POST", path, body)
    refused = house.client.post(path, data=body, headers=headers, content_type="application/json")
    assert refused.status_code == 422
    plain = house.client.post(path, data=body, headers=headers, content_type="text/plain")
    assert plain.status_code == 415


def test_a_voice_of_a_ward_writes_on_its_own_board_only(house: Any) -> None:
    bow = house.voice(BOW_WEST)
    assert bow.open_thread(house.client, [BOW_WEST]).status_code == 202
    for elsewhere in ([STEPNEY], [BOROUGH], [BOW_WEST, STEPNEY]):
        assert bow.open_thread(house.client, elsewhere).status_code == 422
    everywhere = house.voice()
    assert everywhere.open_thread(house.client, [BOROUGH, BOW_WEST, STEPNEY]).status_code == 202


def test_one_person_in_two_scopes_is_two_handles(house: Any, voice: Any) -> None:
    robin, bow = house.voice(), house.voice(BOW_WEST)
    bow.seed = robin.seed
    again = voice(house.epoch, BOW_WEST, robin.seed)
    assert bow.pk == again.pk != robin.pk


def test_nothing_is_kept_that_says_when_a_post_was_sent(house: Any) -> None:
    house.voice().open_thread(house.client, [BOW_WEST], "c" * 32)
    house.now += timedelta(hours=3, minutes=17)
    house.voice().open_thread(house.client, [BOW_WEST], "d" * 32)
    with house.store.reading() as db:
        rows = db.execute(sa.select(Sent.sent_on, Sent.due_at, Sent.epoch, Sent.state)).all()
    assert len(set(rows)) == 1
