"""W5: visitors get the public copy of a notice: no author, no minute, no answers, and not before its time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import members, permissions
from core.database import Base, now
from core.testing import api_token, make_member
from plugins.ward_boards import conversation, publishing
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moments import LONDON
from plugins.ward_boards.reading import copies

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
NOON = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
DELAY = timedelta(minutes=copies.DEFAULT_DELAY_MINUTES)


@pytest.fixture
def answer(writing: Any) -> Any:
    """Return a function that answers in a thread."""

    def reply(member_id: str, thread_id: str, text: str = "An answer for members") -> None:
        with writing() as db:
            viewer = permissions.viewer_of(db, member_id)
            view = conversation.thread_view(db, viewer, thread_id)
            assert view is not None
            publishing.reply(db, viewer, view, text, sign_as="alias", now=now())

    return reply


def _everywhere(browser: Any, thread_id: str) -> list[Any]:
    paths = ("/", "/boards", f"/boards/{BOW_WEST}", f"/boards/{BOW_WEST}/feed.atom", "/boards/map")
    return [browser.get(path) for path in (*paths, f"/threads/{thread_id}", f"/threads/{thread_id}/print")]


def test_W5_visitor_and_unverified_member_see_nothing_within_the_delay(
    app: Any, browse: Any, officer: str, fresh: str, robin: str, write: Any, listed: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        thread = write(officer, "Road closed on Sunday", tier="public").thread_id
        for who in (None, fresh):
            for answer in _everywhere(browse(who), thread):
                assert "Road closed" not in answer.get_data(as_text=True), answer.request.path
        assert listed(fresh) == []
        assert "Road closed" in browse(robin).get(f"/boards/{BOW_WEST}").get_data(as_text=True)
        assert browse(robin).get(f"/threads/{thread}").status_code == 200
        clock.shift(DELAY - timedelta(seconds=1))
        assert browse().get(f"/threads/{thread}").status_code == 404
        assert "1 thread" not in browse().get("/boards").get_data(as_text=True)
        clock.shift(timedelta(seconds=1))
        for who in (None, fresh):
            found = [answer.status_code for answer in _everywhere(browse(who), thread)]
            assert found == [200] * len(found)
        assert "Road closed" in browse().get("/").get_data(as_text=True)
        assert "1 thread" in browse().get("/boards").get_data(as_text=True)
        assert listed(fresh) == ["Road closed on Sunday"]


def test_W5_copy_has_a_role_for_a_name_a_day_for_a_time_and_no_answers(
    app: Any, browse: Any, robin: str, officer: str, write: Any, answer: Any, text_of: Any
) -> None:
    warden = make_member(app, "Kestrel", ward=BOW_WEST, roles=[("coordinator", BOW_WEST)])
    with time_machine.travel(NOON, tick=False) as clock:
        thread = write(warden, "Bike marking", tier="public").thread_id
        answer(robin, thread)
        clock.shift(DELAY)
        for path in (f"/threads/{thread}", f"/boards/{BOW_WEST}", "/", "/boards", f"/boards/{BOW_WEST}/feed.atom"):
            words = text_of(browse().get(path))
            assert "Kestrel" not in words, path
            assert "for members" not in words.replace("for members only", ""), path
            assert "1 reply" not in words
            assert "12:05" not in words
            assert "12:35" not in words
        shown = text_of(browse().get(f"/threads/{thread}"))
        assert "A coordinator of Bow West" in shown
        assert "Today" in shown
        whole = text_of(browse(robin).get(f"/threads/{thread}"))
        assert "Kestrel" in whole
        assert "12:05" in whole
        by_officer = write(officer, "Sergeant's notice", tier="public").thread_id
        clock.shift(DELAY)
        assert "The ward officer for Bow West" in text_of(browse().get(f"/threads/{by_officer}"))


def test_W5_hidden_authors_copy_is_by_a_verified_member_and_keeps_no_fine_time(
    browse: Any, officer: str, write: Any, rows: Any, text_of: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        thread = write(officer, "Quiet notice", tier="public", sign_as="resident").thread_id
        (copy,) = rows("public")
        assert (copy.role, copy.role_ward) == ("", "")
        assert copy.from_at.astimezone(LONDON).strftime("%H:%M") == "18:30"  # the part of the day, then the delay
        clock.move_to(copy.from_at)
        assert "A verified member" in text_of(browse().get(f"/threads/{thread}"))


def test_W5_api_gives_unverified_members_the_copy(
    app: Any, browse: Any, fresh: str, robin: str, officer: str, write: Any, answer: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        thread = write(officer, "Bike marking", tier="public").thread_id
        answer(robin, thread)
        clock.shift(DELAY)
        head = {"Authorization": f"Bearer {api_token(app, fresh, 'read')}"}
        client = app.test_client()
        one = client.get(f"/api/v1/threads/{thread}", headers=head).json
        assert one["by"] == "The ward officer for Bow West"
        assert one["posts_count"] == 1
        assert one["opened"] == one["last_activity"] == "2026-11-20T00:00:00+00:00"
        posts = client.get(f"/api/v1/threads/{thread}/replies", headers=head).json["items"]
        assert [post["number"] for post in posts] == [1]
        assert posts[0]["published"] == "2026-11-20T00:00:00+00:00"
        assert posts[0]["coarse"]
        (row,) = client.get("/api/v1/threads", headers=head).json["items"]
        assert (row["by"], row["posts_count"]) == ("The ward officer for Bow West", 1)


def test_W5_taken_back_within_the_delay_it_was_never_seen(
    browse: Any, officer: str, other: str, write: Any, writing: Any, rows: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        quiet = browse().get(f"/boards/{BOW_WEST}").headers["ETag"]
        placed = write(officer, "A slip", tier="public")
        assert browse().get(f"/boards/{BOW_WEST}").headers["ETag"] == quiet
        with writing() as db:
            moderation.hide(db, permissions.viewer_of(db, other), placed.post_id, Ruling(), now=now())
        assert browse().get(f"/boards/{BOW_WEST}").headers["ETag"] == quiet
        clock.shift(DELAY)
        page = browse().get(f"/boards/{BOW_WEST}").get_data(as_text=True)
        assert "A slip" not in page
        assert browse().get(f"/threads/{placed.thread_id}").status_code == 404
        assert rows("public_place") == []


def test_W5_etag_tells_of_the_copy_and_never_of_answers(
    browse: Any, robin: str, officer: str, other: str, write: Any, answer: Any, writing: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        tag = lambda: browse().get(f"/boards/{BOW_WEST}").headers["ETag"]  # noqa: E731
        placed = write(officer, "A notice", tier="public")
        clock.shift(DELAY)
        out = tag()
        write(officer, "Another one", tier="public")
        answer(robin, placed.thread_id)
        assert tag() == out
        with writing() as db:
            moderation.hide(db, permissions.viewer_of(db, other), placed.post_id, Ruling(), now=now())
        assert tag() != out


def test_W5_held_notice_counts_its_delay_from_when_a_moderator_let_it_out(
    browse: Any, officer: str, other: str, write: Any, writing: Any
) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        placed = write(officer, "Held first", text="hold me", tier="public")
        clock.shift(timedelta(hours=5))
        with writing() as db:
            moderation.restore(db, permissions.viewer_of(db, other), placed.post_id, Ruling(), now=now())
        clock.shift(DELAY - timedelta(minutes=1))
        assert browse().get(f"/threads/{placed.thread_id}").status_code == 404
        clock.shift(timedelta(minutes=1))
        assert browse().get(f"/threads/{placed.thread_id}").status_code == 200


def test_W5_whoever_loses_their_verification_gets_the_copy_at_once(
    app: Any, browse: Any, robin: str, officer: str, write: Any, writing: Any, text_of: Any
) -> None:
    thread = write(officer, "A notice", tier="public").thread_id
    assert "Officer" in text_of(browse(robin).get(f"/threads/{thread}"))
    with writing() as db:
        members.lapse(db, robin, None, "moved away")
    assert browse(robin).get(f"/threads/{thread}").status_code == 404


def test_W5_pages_of_copies_lose_none_and_their_address_tells_no_minute(browse: Any, officer: str, write: Any) -> None:
    import re

    with time_machine.travel(NOON, tick=False) as clock:
        for number in range(33):
            clock.shift(timedelta(minutes=7))
            write(officer, f"Notice {number:02}", tier="public")
        clock.shift(DELAY)
        first = browse().get(f"/boards/{BOW_WEST}").get_data(as_text=True)
        older = re.search(r'rel="next" href="([^"]+)"', first)
        assert older is not None
        assert re.search(r"after=20261120000000-[0-9a-f]{32}", older.group(1))
        second = browse().get(older.group(1).replace("&amp;", "&")).get_data(as_text=True)
        seen = re.findall(r"Notice \d\d", first) + re.findall(r"Notice \d\d", second)
        assert seen == [f"Notice {number:02}" for number in reversed(range(33))]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(["public", "verified", "coordinators"])),
        st.tuples(st.just("wait"), st.integers(1, 45)),
        st.tuples(st.just("hide"), st.integers(0, 5)),
        st.tuples(st.just("restore"), st.integers(0, 5)),
    ),
    max_size=10,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_W5_visitor_never_sees_within_the_delay_nor_what_is_not_public(
    app: Any, browse: Any, writing: Any, write: Any, steps: list[tuple[str, Any]]
) -> None:
    with writing() as db:
        for table in ("thread", "tally", "public_board"):
            db.execute(Base.metadata.tables[f"ward_boards_{table}"].delete())
    staff, other = (make_member(app, roles=[("officer", BOW_WEST)]) for _each in range(2))
    placed: list[dict[str, Any]] = []
    with time_machine.travel(NOON, tick=False) as clock:
        for verb, value in steps:
            if verb == "wait":
                clock.shift(timedelta(minutes=value))
            elif verb == "write":
                title = f"Title {len(placed):02}"
                made = write(staff, title, tier=value)
                placed.append({"made": made, "title": title, "tier": value, "at": now(), "up": True})
            elif value < len(placed) and placed[value]["up"] == (verb == "hide"):
                with writing() as db:
                    change = moderation.hide if verb == "hide" else moderation.restore
                    change(db, permissions.viewer_of(db, other), placed[value]["made"].post_id, Ruling(), now=now())
                placed[value]["up"] = verb != "hide"
            due = {
                one["title"] for one in placed if one["tier"] == "public" and one["up"] and one["at"] + DELAY <= now()
            }
            visitor = browse()
            board = visitor.get(f"/boards/{BOW_WEST}").get_data(as_text=True)
            assert {one["title"] for one in placed if one["title"] in board} == due
            index = visitor.get("/boards").get_data(as_text=True)
            counted = f"{len(due)} thread" in index
            assert counted or not due
            for one in placed:
                opened = visitor.get(f"/threads/{one['made'].thread_id}").status_code == 200
                assert opened == (one["title"] in due)
