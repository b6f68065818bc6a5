"""Other members, officers and admins read pages and API: no field joins two names of one member."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.testing import api_token, make_app, make_member, sign_in

BOW_WEST = "E05009320"
READERS: dict[str, dict[str, Any]] = {
    "neighbour": {"ward": BOW_WEST},
    "officer": {"roles": [("officer", BOW_WEST)]},
    "coordinator": {"roles": [("coordinator", None)], "ward": BOW_WEST},
    "admin": {"roles": ["admin", "custodian", "reviewer"], "ward": BOW_WEST},
}


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path)


def signed_in(app: Flask, member_id: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, member_id)
    return client


def write(client: FlaskClient, title: str, text: str, as_: str = "thread_alias") -> str:
    form = {"title": title, "text": text, "category": "general", "tier": "verified", "shown_tier": "verified"}
    answer = client.post(f"/boards/{BOW_WEST}/new", data={**form, "wards": BOW_WEST, "as": as_, "looked_at": "1"})
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return re.search(r"/threads/(\w{32})", answer.location).group(1)  # type: ignore[union-attr]  # else the test fails


def fields_in_common(one: dict[str, Any], other: dict[str, Any]) -> set[str]:
    return {key for key in one if one[key] == other[key]}


@pytest.mark.parametrize("reader", READERS)
def test_A3_no_API_field_joins_two_thread_names_of_one_member(app: Flask, reader: str) -> None:
    writers = [make_member(app, ward=BOW_WEST) for _ in range(2)]
    written = [
        (writer, write(signed_in(app, writer), f"Title {w} {n}", f"Text number {w} {n} here"))
        for n in range(3)
        for w, writer in enumerate(writers)
    ]
    bearer = {"Authorization": f"Bearer {api_token(app, make_member(app, **READERS[reader]), 'read')}"}
    client = app.test_client()
    posts: dict[str, tuple[str, dict[str, Any]]] = {}
    for writer, thread in written:
        (post,) = client.get(f"/api/v1/threads/{thread}/replies", headers=bearer).get_json()["items"]
        listed = client.get(f"/api/v1/threads/{thread}", headers=bearer).get_json()
        posts[thread] = (writer, {**post, **{f"thread.{key}": value for key, value in listed.items()}})
    same, different = set(), set()
    for (one, one_fields), (other, other_fields) in combinations(posts.values(), 2):
        (same if one == other else different).update(fields_in_common(one_fields, other_fields))
    assert same <= different
    assert "by" not in same


@pytest.mark.parametrize("reader", READERS)
def test_A3_no_page_shows_a_sign_that_only_one_members_names_share(app: Flask, reader: str) -> None:
    writers = [make_member(app, ward=BOW_WEST) for _ in range(2)]
    clients = [(writer, signed_in(app, writer)) for writer in writers]
    threads = [(writer, write(client, f"Notice {n}", "A plain text.")) for n in "ab" for writer, client in clients]
    client = signed_in(app, make_member(app, **READERS[reader]))
    words = {}
    for _writer, thread in threads:
        page = client.get(f"/threads/{thread}")
        assert page.status_code == 200
        text = re.sub(r'name="csrf_token"[^>]*>', "", page.get_data(as_text=True).replace(thread, ""))
        # A made-up name counts as a whole: two names may have one word in common by chance.
        words[thread] = set(re.findall(r"[A-Z][a-z]+ [A-Z][a-z]+ \d{4}|[\w-]{4,}", text))
    everywhere = set.intersection(*words.values())
    for (one, first), (other, second) in combinations(threads, 2):
        shared = words[first] & words[second] - everywhere
        titles = {"Notice"}
        if one == other:
            assert shared <= titles, shared


def test_A3_one_member_has_one_name_inside_a_thread_and_answers_can_follow_it(app: Flask) -> None:
    writer, other = make_member(app, ward=BOW_WEST), make_member(app, ward=BOW_WEST)
    thread = write(signed_in(app, writer), "Broken lamp", "The lamp is out.")
    for member, text in ((other, "I saw it too."), (writer, "Thank you."), (other, "Call the council.")):
        answer = signed_in(app, member).post(f"/threads/{thread}", data={"text": text, "as": "thread_alias"})
        assert answer.status_code == 303
    bearer = {"Authorization": f"Bearer {api_token(app, other, 'read')}"}
    names = [p["by"] for p in app.test_client().get(f"/api/v1/threads/{thread}/replies", headers=bearer).json["items"]]
    assert names[0] == names[2]
    assert names[1] == names[3]
    assert names[0] != names[1]


def test_A2_writer_takes_back_a_post_under_a_thread_name_and_nobody_else_can(app: Flask) -> None:
    writer, other = make_member(app, ward=BOW_WEST), make_member(app, roles=["admin"], ward=BOW_WEST)
    thread = write(signed_in(app, writer), "Broken lamp", "The lamp is out.")
    bearers = {m: {"Authorization": f"Bearer {api_token(app, m, 'read', 'post')}"} for m in (writer, other)}
    client = app.test_client()
    post = client.get(f"/api/v1/threads/{thread}/replies", headers=bearers[writer]).json["items"][0]["id"]
    assert client.delete(f"/api/v1/posts/{post}", headers=bearers[other]).status_code == 403
    assert client.delete(f"/api/v1/posts/{post}", headers=bearers[writer]).status_code == 204
    left = client.get(f"/api/v1/threads/{thread}/replies", headers=bearers[other]).get_data(as_text=True)
    assert "lamp is out" not in left


def test_A2_a_post_by_the_group_waits_for_a_coordinator_who_does_not_learn_whose_it_is(app: Flask) -> None:
    writer = make_member(app, "Canary Wren 77", ward=BOW_WEST)
    coordinator = make_member(app, roles=[("coordinator", BOW_WEST)], ward=BOW_WEST)
    neighbour = signed_in(app, make_member(app, ward=BOW_WEST))
    mine = signed_in(app, writer)
    thread = write(mine, "Broken lamp", "The lamp is out.", as_="group")
    assert mine.get(f"/threads/{thread}").status_code == 200
    assert neighbour.get(f"/threads/{thread}").status_code == 404
    page = signed_in(app, coordinator).get(f"/threads/{thread}").get_data(as_text=True)
    assert "The neighbourhood group" in page
    assert "Canary" not in page


def test_A2_a_post_as_resident_shows_the_ward_and_has_no_owner(app: Flask) -> None:
    writer = make_member(app, "Canary Wren 77", ward="E05009332")
    thread = write(signed_in(app, writer), "Broken lamp", "The lamp is out.", as_="resident")
    bearer = {"Authorization": f"Bearer {api_token(app, writer, 'read', 'post')}"}
    client = app.test_client()
    (post,) = client.get(f"/api/v1/threads/{thread}/replies", headers=bearer).json["items"]
    assert post["by"] == "A resident of Shadwell"
    assert post["coarse"]
    assert "Canary" not in str(post)
    assert client.delete(f"/api/v1/posts/{post['id']}", headers=bearer).status_code == 403


def test_A1_a_member_who_never_chose_is_shown_by_alias_and_never_by_more(app: Flask) -> None:
    writer = make_member(app, "Canary Wren 77", ward=BOW_WEST)
    thread = write(signed_in(app, writer), "Broken lamp", "The lamp is out.", as_="alias")
    text = signed_in(app, make_member(app, ward=BOW_WEST)).get(f"/threads/{thread}").get_data(as_text=True)
    assert "Canary Wren 77" in text
    assert "test.example" not in text
    assert writer not in text
