"""W9: nobody finds a post that they may not open, whatever was done to it; and everybody finds what they may."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import permissions
from core.contributions import Viewer
from core.database import Base, now, reading, transaction
from core.testing import make_member
from plugins.ward_boards import conversation, publishing
from plugins.ward_boards import services as boards
from plugins.ward_boards.conversation import Window
from plugins.ward_boards.models import HELD, HIDDEN, PUBLISHED, TIERS, WITHDRAWN, Post, Thread
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.publishing import Entry
from plugins.ward_boards.search import finding, wish
from plugins.ward_boards.search.finding import Search

WARDS = ("E05009320", "E05009334", "E05009324", "E09000030")
WORD = "zebracrossing"

threads = st.lists(
    st.tuples(st.sets(st.sampled_from(WARDS), min_size=1, max_size=3), st.sampled_from(TIERS), st.integers(0, 2)),
    min_size=1,
    max_size=5,
)
deeds = st.lists(st.tuples(st.integers(0, 12), st.sampled_from((HIDDEN, HELD, PUBLISHED, WITHDRAWN))), max_size=8)


@pytest.fixture
def people(app: Flask) -> dict[str, str | None]:
    """Return one of each kind of reader."""
    return {
        "visitor": None,
        "member": make_member(app, "Fresh"),
        "verified": make_member(app, "Robin", ward=WARDS[0]),
        "coordinator only": make_member(app, "Elm", roles=[("coordinator", WARDS[0])]),
        "officer of two": make_member(app, "Fir", roles=[("officer", WARDS[1]), ("officer", WARDS[2])], ward=WARDS[0]),
        "staff everywhere": make_member(app, "Holly", roles=["officer"], ward=WARDS[0]),
        "admin": make_member(app, "Maple", roles=["admin"]),
    }


def _write(app: Flask, viewer: Viewer, wanted: list[Any]) -> None:
    with app.app_context():
        for codes, tier, answers in wanted:
            with transaction() as db:
                entry = Entry(f"Thread {WORD}", f"Text {WORD}", tuple(sorted(codes)), "crime", tier)
                placed = publishing.open_thread(db, viewer, entry, now=now())
                view = conversation.thread_view(db, viewer, placed.thread_id)
                assert view is not None
                for _again in range(answers):
                    publishing.reply(db, viewer, view, f"Answer {WORD}", sign_as="", now=now())


def _do(app: Flask, wanted: list[Any]) -> None:
    with app.app_context(), transaction() as db:
        posts = list(db.scalars(sa.select(Post).order_by(Post.thread_id, Post.number)))
        for place, state in wanted:
            post = posts[place % len(posts)]
            if post.state == WITHDRAWN:
                continue
            if state == WITHDRAWN:
                boards.blank(db, post)
            elif state == PUBLISHED and post.state in (HELD, HIDDEN):
                moderation.put_back(db, post, is_first_time=False)
            elif state in (HELD, HIDDEN) and post.state != state:
                moderation.take_down(db, post, state, "", "")


def _openable(db: Any, viewer: Viewer) -> set[str]:
    """Return the posts with the word in them that the pages show to this viewer as published."""
    found = set()
    for thread_id, state in db.execute(sa.select(Thread.id, Thread.state)).all():
        view = conversation.thread_view(db, viewer, thread_id)
        if view is None or state in (HELD, HIDDEN):
            continue
        for row in conversation.post_page(db, viewer, view, Window(limit=50)).rows:
            if row.state == PUBLISHED and WORD in f"{row.text}{view.title if row.number == 1 else ''}":
                found.add(row.id)
    return found


def _empty(app: Flask) -> None:
    with app.app_context(), transaction() as db:
        for table in reversed(Base.metadata.sorted_tables):
            if table.name.startswith("ward_boards_"):
                db.execute(table.delete())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(written=threads, done=deeds)
def test_W9_everybody_finds_exactly_what_they_may_open(
    app: Flask, people: dict[str, str | None], written: list[Any], done: list[Any]
) -> None:
    _empty(app)
    with app.app_context(), reading() as db:
        staff = permissions.viewer_of(db, people["staff everywhere"])
    _write(app, staff, written)
    _do(app, done)
    for name, member_id in people.items():
        with app.app_context(), reading() as db:
            viewer = permissions.viewer_of(db, member_id)
            looked = Search(wish.parse(WORD), limit=100)
            new = finding.newest(db, viewer, looked, now=now())
            best = finding.best(db, viewer, looked, now=now())
            found = {row.post_id for row in new.rows}
            assert found == {row.post_id for row in best.rows}
            assert found == _openable(db, viewer), name
            assert finding.counted(db, viewer, looked, now=now()) == len(found)
            assert all(conversation.post_row(db, viewer, str(post_id)) for post_id in found)
