"""Posts without a name on PostgreSQL: the members' database is a server, the unlinkable side keeps its own file."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import sqlalchemy as sa
from flask import Flask

from core import event_log, permissions
from core.database import now, reading, transaction
from core.events import VoiceStopped
from core.testing import make_member
from plugins.anonymity.credentials import blind_rsa
from plugins.ward_boards import publishing
from plugins.ward_boards.models import Post

ROOM = Path(__file__).parents[1] / "anonymity"
BOROUGH, BOW_WEST = "E09000030", "E05009320"
EVENING = datetime(2026, 11, 24, 20, 1, tzinfo=UTC)


def loaded(name: str, path: Path) -> ModuleType:
    spec = spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def house_of(app: Flask) -> Any:
    client = loaded("unlinkable_client_on_postgres", ROOM / "unlinkable_client.py")
    houses = loaded("unlinkable_houses_on_postgres", ROOM / "unlinkable" / "conftest.py")
    return houses.House(app, {BOROUGH: blind_rsa.new_key()}, client.VoiceClient)


def posts_of(app: Flask) -> list[Any]:
    """Return the posts without a name as they lie in the table's file."""
    with app.app_context(), reading() as db:
        chosen = sa.select(Post.__table__).where(Post.kind == "handle")
        return list(db.execute(chosen.order_by(sa.literal_column("ward_boards_post.ctid"))))


def test_a_batch_lies_in_the_table_in_an_order_made_up_for_it(make_app: Callable[..., Flask]) -> None:
    app = make_app(("anonymity", "ward_boards"))
    house = house_of(app)
    member = make_member(app, "Ash", ward=BOW_WEST)
    with app.app_context(), transaction() as db:
        entry = publishing.Entry("Two mopeds", "On the towpath.", (BOW_WEST,), "crime", "verified")
        thread_id = publishing.open_thread(db, permissions.viewer_of(db, member), entry, now=now()).thread_id
    house.work()
    order = [f"{number:02}" for number in range(20)]
    voices = [house.voice() for _mark in order]
    for mark, voice in zip(order, voices, strict=True):
        assert voice.reply(house.client, thread_id, f"Post {mark}.").status_code == 202
    house.work(EVENING)
    posts = posts_of(app)
    came = [post.text[5:7] for post in posts]
    assert sorted(came) == order
    assert came not in (order, order[::-1])
    assert len({post.published_at for post in posts}) == 1


def test_states_come_back_and_stopped_voices_go(make_app: Callable[..., Flask]) -> None:
    app = make_app(("anonymity", "ward_boards"))
    house = house_of(app)
    robin, wren = house.voice(), house.voice()
    sent = [robin.open_thread(house.client, [BOW_WEST]).json["id"] for _number in range(3)]
    theirs = wren.open_thread(house.client, [BOW_WEST]).json["id"]
    house.work(EVENING)
    assert {row["state"] for row in robin.ask(house.client, "GET", "me").json["posts"]} == {"held", "published"}
    assert len(robin.ask(house.client, "GET", "threads").json["items"]) == 1
    assert robin.ask(house.client, "DELETE", f"posts/{sent[0]}").status_code == 204
    house.work()
    ref = next(post.ref for post in posts_of(app) if post.id == theirs)
    with app.app_context():
        with transaction() as db:
            event_log.append(db, VoiceStopped(ref=ref, role="officer", ward_code=BOW_WEST))
        event_log.dispatch(now())
    states = {post.id: post.state for post in posts_of(app)}
    assert states[sent[0]] == "withdrawn"
    assert states[theirs] == "hidden"
