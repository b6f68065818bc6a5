"""A voice writes, its post waits, comes out with its batch, and is taken back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from core.database import reading
from core.testing import make_member, sign_in
from plugins.ward_boards.models import Post

BOROUGH, BOW_WEST = "E09000030", "E05009320"
EVENING = datetime(2026, 11, 24, 20, 1, tzinfo=UTC)


def posts_of(house: Any) -> list[Any]:
    with house.app.app_context(), reading() as db:
        return list(db.execute(sa.select(Post.__table__)))


def test_a_voice_writes_and_its_post_comes_out_in_the_evening(house: Any) -> None:
    robin = house.voice()
    sent = robin.open_thread(house.client, [BOW_WEST])
    assert sent.status_code == 202, sent.text
    assert sent.json["state"] == "waiting"
    assert sent.json["appears_at"] == "2026-11-24T20:00:00Z"
    house.work()
    assert posts_of(house) == []
    house.work(EVENING)
    (post,) = posts_of(house)
    assert post.id == sent.json["id"]
    assert (post.kind, post.member_id, post.state) == ("handle", None, "held")
    assert post.published_at == datetime(2026, 11, 24, 20, tzinfo=UTC)
    me = robin.ask(house.client, "GET", "me").json
    assert me["handle"] == post.label
    assert me["one_of"] == 200
    assert me["posts"][0]["state"] == "held"
    assert me["posts"][0]["thread_id"] == post.thread_id


def test_it_is_taken_back_after_it_came_out(house: Any) -> None:
    robin = house.voice()
    sent = robin.open_thread(house.client, [BOW_WEST])
    house.work(EVENING)
    assert robin.ask(house.client, "DELETE", f"posts/{sent.json['id']}").status_code == 204
    house.work()
    (post,) = posts_of(house)
    assert (post.state, post.text, post.ref, post.label) == ("withdrawn", "", None, "")
    assert robin.ask(house.client, "GET", "me").json["posts"][0]["state"] == "withdrawn"


def test_voices_read_what_members_read_and_answer(house: Any) -> None:
    member = make_member(house.app, "Ash", ward=BOW_WEST)
    browser = house.app.test_client()
    sign_in(browser, member)
    form = {
        "title": "Who lost keys?",
        "text": "They are at the bakery.",
        "wards": [BOW_WEST],
        "category": "general",
        "tier": "verified",
        "shown_tier": "verified",
        "as": "alias",
    }
    assert browser.post(f"/boards/{BOW_WEST}/new", data=form).status_code == 303
    house.work()
    wren = house.voice()
    (thread,) = wren.ask(house.client, "GET", f"threads?ward={BOW_WEST}").json["items"]
    whole = wren.ask(house.client, "GET", f"threads/{thread['id']}").json
    assert whole["posts"][0]["html"].strip() == "<p>They are at the bakery.</p>"
    assert whole["posts"][0]["label"] == "Ash"
    assert wren.reply(house.client, thread["id"]).status_code == 202
    house.work(EVENING)
    assert [post.state for post in posts_of(house) if post.kind == "handle"] == ["held"]
