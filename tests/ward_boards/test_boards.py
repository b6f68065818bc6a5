"""The list of boards and the board of one ward."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import permissions, wards
from core.contributions import Viewer
from core.database import Base, now
from core.testing import make_member
from plugins.ward_boards import paging, publishing, queries
from plugins.ward_boards.paging import BadCursor, Cursor
from plugins.ward_boards.publishing import Entry
from plugins.ward_boards.queries import ThreadFilter

BOROUGH, BOW_WEST, STEPNEY, ISLAND = "E09000030", "E05009320", "E05009334", "E05009324"


def test_W1_there_is_a_board_for_every_ward_and_the_borough(app: Any, browse: Any) -> None:
    page = browse().get("/boards").get_data(as_text=True)
    with app.app_context():
        places = wards.boards()
    assert len(places) == 21
    for place in places:
        assert f'href="/boards/{place.code}"' in page
        assert browse().get(f"/boards/{place.code}").status_code == 200


def test_W1_a_place_that_is_no_ward_here_has_no_board(browse: Any) -> None:
    for code in ("E05009367", "E09000012", "nowhere", "E05009320x"):
        answer = browse().get(f"/boards/{code}")
        assert answer.status_code == 404
        assert "This page is not here" in answer.get_data(as_text=True)


def test_W2_home_ward_comes_first_and_all_others_follow(app: Any, browse: Any, robin: str) -> None:
    page = browse(robin).get("/boards").get_data(as_text=True)
    listed = re.findall(r'class="bw-row" href="/boards/(E\d+)"', page)
    assert listed[0] == BOW_WEST
    with app.app_context():
        assert sorted(listed) == sorted(place.code for place in wards.boards())


def test_list_of_boards_counts_and_names_the_newest_thread(browse: Any, robin: str, write: Any) -> None:
    with time_machine.travel(now() - timedelta(days=1), tick=False):
        write(robin, "Older thread")
    write(robin, "Newer thread")
    page = browse(robin).get("/boards").get_data(as_text=True)
    assert "2 threads" in page
    assert "Newer thread" in page
    assert "Older thread" not in page


def test_visitor_sees_neither_titles_nor_counts_of_members_threads(browse: Any, robin: str, write: Any) -> None:
    write(robin, "For members only")
    assert "1 thread" not in browse().get("/boards").get_data(as_text=True)
    assert "For members only" not in browse().get("/boards").get_data(as_text=True)
    assert "For members only" not in browse().get(f"/boards/{BOW_WEST}").get_data(as_text=True)


def test_board_filters_by_category_and_readers(browse: Any, app: Any, robin: str, officer: str, write: Any) -> None:
    write(robin, "A walk", category="meeting")
    write(robin, "A theft", category="crime")
    write(officer, "A notice", tier="public")
    browser = browse(robin)
    meetings = browser.get(f"/boards/{BOW_WEST}?category=meeting").get_data(as_text=True)
    assert "A walk" in meetings
    assert "A theft" not in meetings
    notices = browser.get(f"/boards/{BOW_WEST}?tier=public").get_data(as_text=True)
    assert "A notice" in notices
    assert "A walk" not in notices
    everything = browser.get(f"/boards/{BOW_WEST}?category=nonsense&tier=coordinators").get_data(as_text=True)
    assert "A walk" in everything
    assert "A theft" in everything


def test_board_pages_from_newest_to_oldest(browse: Any, robin: str, write: Any) -> None:
    start = now()
    for number in range(35):
        with time_machine.travel(start - timedelta(hours=number), tick=False):
            write(robin, f"Thread {number:02}")
    browser = browse(robin)
    first = browser.get(f"/boards/{BOW_WEST}").get_data(as_text=True)
    assert re.findall(r"Thread \d\d", first) == [f"Thread {n:02}" for n in range(30)]
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = browser.get(older.group(1).replace("&amp;", "&")).get_data(as_text=True)
    assert re.findall(r"Thread \d\d", second) == [f"Thread {n:02}" for n in range(30, 35)]
    assert 'rel="next"' not in second


@pytest.mark.parametrize(
    "after", ["x", "20261122", "20269999999999-" + "a" * 32, "20261122101010-" + "A" * 32, "0" * 400]
)
def test_made_up_cursor_is_not_found(browse: Any, after: str) -> None:
    assert browse().get(f"/boards/{BOW_WEST}?after={after}").status_code == 404
    with pytest.raises(BadCursor):
        paging.parse(after)


def test_empty_board_invites_to_write(browse: Any, robin: str) -> None:
    page = browse(robin).get(f"/boards/{ISLAND}").get_data(as_text=True)
    assert "It is quiet in Island Gardens" in page
    assert f'href="/boards/{ISLAND}/new"' in page


def test_public_board_is_not_sent_again_unless_it_changed(browse: Any, officer: str, write: Any) -> None:
    with time_machine.travel(now(), tick=False):
        browser = browse()
        first = browser.get(f"/boards/{BOW_WEST}")
        again = browser.get(f"/boards/{BOW_WEST}", headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
        assert again.data == b""
        write(officer, "A new notice", tier="public")
        changed = browser.get(f"/boards/{BOW_WEST}", headers={"If-None-Match": first.headers["ETag"]})
        assert changed.status_code == 200
        assert "A new notice" in changed.get_data(as_text=True)


def test_members_board_is_never_kept_by_a_browser(browse: Any, robin: str) -> None:
    answer = browse(robin).get(f"/boards/{BOW_WEST}")
    assert "ETag" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-store"


MINUTES = st.lists(
    st.tuples(st.integers(0, 6), st.sets(st.sampled_from([BOROUGH, BOW_WEST, STEPNEY]), min_size=1)),
    min_size=1,
    max_size=9,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(threads=MINUTES, limit=st.integers(1, 4))
def test_pages_lose_nothing_and_show_nothing_twice(
    writing: Any, looking: Any, app: Any, threads: list[Any], limit: int
) -> None:
    with writing() as db:
        for table in ("thread", "tally"):
            db.execute(Base.metadata.tables[f"ward_boards_{table}"].delete())
    writer = make_member(app, ward=BOW_WEST)
    placed: dict[str, set[str]] = {BOROUGH: set(), BOW_WEST: set(), STEPNEY: set()}
    start = now().replace(second=0, microsecond=0)
    for minute, codes in threads:
        with writing() as db:
            viewer = permissions.viewer_of(db, writer)
            entry = Entry("A title", "A text", tuple(codes), "general", "verified")
            found = publishing.open_thread(db, viewer, entry, now=start - timedelta(minutes=minute))
        for code in codes:
            placed[code].add(found.thread_id)
    for code, expected in placed.items():
        assert _walk(looking, viewer, code, limit) == sorted(expected), code
    assert _walk(looking, viewer, None, limit) == sorted(set().union(*placed.values()))


def _walk(looking: Any, viewer: Viewer, code: str | None, limit: int) -> list[str]:
    seen: list[str] = []
    times: list[Any] = []
    after: Cursor | None = None
    with looking() as db:
        while True:
            wish = ThreadFilter(after=after, limit=limit)
            if code is None:
                page = queries.threads_everywhere(db, viewer, wish)
            else:
                page = queries.board_threads(db, viewer, code, wish)
            seen += [row.id for row in page.rows]
            times += [row.last_post_at for row in page.rows]
            if page.after is None:
                break
            after = paging.parse(str(page.after))
    assert len(seen) == len(set(seen))
    assert times == sorted(times, reverse=True)
    return sorted(seen)


def test_sum_of_the_list_is_kept_right_through_hiding_and_withdrawing(
    looking: Any, writing: Any, app: Any, robin: str, officer: str, write: Any
) -> None:
    from plugins.ward_boards import services
    from plugins.ward_boards.moderation import services as moderation
    from plugins.ward_boards.moderation.cases import Ruling

    one, two = write(robin, "One"), write(robin, "Two")

    def count() -> int:
        with looking() as db:
            boards = queries.board_rows(db, permissions.viewer_of(db, robin))
        return next(row.threads_count for row in boards if row.code == BOW_WEST)

    assert count() == 2
    with writing() as db:
        moderation.hide(db, permissions.viewer_of(db, officer), one.post_id, Ruling("suspect"), now=now())
    assert count() == 1
    with writing() as db:
        moderation.restore(db, permissions.viewer_of(db, officer), one.post_id, Ruling("fine"), now=now())
    assert count() == 2
    with writing() as db:
        services.withdraw(db, permissions.viewer_of(db, robin), two.post_id)
    assert count() == 1


def test_W4_home_ward_is_marked_where_a_member_is_verified_and_nowhere_else(
    browse: Any, robin: str, fresh: str
) -> None:
    mark = '<span class="bw-badge">Home</span>'
    assert mark in browse(robin).get(f"/boards/{BOW_WEST}").get_data(as_text=True)
    assert mark not in browse(robin).get(f"/boards/{STEPNEY}").get_data(as_text=True)
    assert browse(robin).get("/boards").get_data(as_text=True).count(mark) == 1
    assert mark not in browse(fresh).get("/boards").get_data(as_text=True)
