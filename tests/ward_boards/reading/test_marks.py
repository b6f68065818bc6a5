"""W12: unread per thread. One sealed row for each member; nobody can say who read what, and nothing is lost."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from core import members, permissions, privacy
from core.database import new_id, now, transaction
from core.testing import form_token, make_app, make_member, sign_in
from plugins.ward_boards import conversation, publishing
from plugins.ward_boards.reading import marking, marks
from plugins.ward_boards.reading.marks import BadMarks, Fresh, Mark, ReadMarks

BOROUGH, BOW_WEST, STEPNEY = "E09000030", "E05009320", "E05009334"
TODAY = date(2026, 11, 24)
IDS = st.integers(0, 2**128 - 1).map(lambda number: f"{number:032x}")
DAYS = st.dates(TODAY - timedelta(days=marks.KEPT_DAYS), TODAY)
SEEN = st.lists(st.tuples(IDS, st.builds(Mark, st.integers(1, 10**7), DAYS)), max_size=40)


@pytest.fixture
def answer(writing: Any) -> Any:
    """Return a function that answers in a thread."""

    def reply(member_id: str, thread_id: str, text: str = "An answer") -> int:
        with writing() as db:
            viewer = permissions.viewer_of(db, member_id)
            view = conversation.thread_view(db, viewer, thread_id)
            assert view is not None
            return publishing.reply(db, viewer, view, text, sign_as="alias", now=now()).number

    return reply


@given(seen=SEEN, since=DAYS)
def test_W12_marks_come_back_as_they_went_in_and_are_always_as_long(seen: Any, since: date) -> None:
    kept = ReadMarks(since).with_seen(seen, today=TODAY)
    plain = marks.encode(kept)
    assert len(plain) == marks.PLAIN_BYTES
    assert marks.decode(plain) == kept


@given(plain=st.one_of(st.binary(max_size=60), st.binary(min_size=9, max_size=9).map(lambda b: b.ljust(8192, b"\0"))))
def test_W12_what_is_no_marks_is_refused_and_never_crashes(plain: bytes) -> None:
    try:
        marks.decode(plain)
    except BadMarks:
        return
    assert len(plain) == marks.PLAIN_BYTES


@given(one=SEEN, two=SEEN)
def test_W12_order_of_two_tabs_does_not_matter(one: Any, two: Any) -> None:
    start = ReadMarks(TODAY - timedelta(days=7))
    here = start.with_seen(one, today=TODAY).with_seen(two, today=TODAY)
    there = start.with_seen(two, today=TODAY).with_seen(one, today=TODAY)
    assert here == there
    for thread_id, mark in (*one, *two):
        assert (here.number(thread_id) or 0) >= mark.number


def test_W12_three_hundred_threads_of_sixty_days_and_what_falls_out_counts_as_read() -> None:
    old = TODAY - timedelta(days=marks.KEPT_DAYS + 1)
    day = TODAY - timedelta(days=3)
    seen = [(new_id(), Mark(1, day)) for _each in range(marks.MOST_THREADS + 5)]
    kept = ReadMarks(TODAY - timedelta(days=7)).with_seen([*seen, (new_id(), Mark(9, old))], today=TODAY)
    assert len(kept.threads) == marks.MOST_THREADS
    assert kept.since == day + timedelta(days=1)


def test_W12_board_dashboard_and_list_say_how_many_are_new(
    browse: Any, robin: str, wren: str, write: Any, answer: Any, text_of: Any
) -> None:
    thread = write(wren).thread_id
    reader = browse(robin)
    assert "New thread" in text_of(reader.get(f"/boards/{BOW_WEST}"))
    assert reader.post(f"/threads/{thread}/read", data={"number": "1"}).status_code == 303
    quiet = text_of(reader.get(f"/boards/{BOW_WEST}"))
    assert "New thread" not in quiet
    assert "1 new" not in quiet
    for _each in range(3):
        answer(wren, thread)
    assert "3 new posts" in text_of(reader.get(f"/boards/{BOW_WEST}"))
    assert "3 new posts" in text_of(reader.get("/"))
    index = reader.get("/boards").get_data(as_text=True)
    assert re.search(r'class="bw-row is-new" href="/boards/E05009320"', index)
    assert "1 new thread" in text_of(reader.get("/boards"))


def test_W12_thread_has_a_line_before_the_first_new_post_and_a_way_to_it(
    browse: Any, robin: str, wren: str, write: Any, answer: Any
) -> None:
    thread = write(wren).thread_id
    reader = browse(robin)
    first = reader.get(f"/threads/{thread}").get_data(as_text=True)
    assert "New since your last visit" not in first
    reader.post(f"/threads/{thread}/read", data={"number": "1"})
    answer(wren, thread)
    page = reader.get(f"/threads/{thread}").get_data(as_text=True)
    assert page.index("New since your last visit") < page.index('id="post-2"')
    assert page.index('id="post-1"') < page.index("New since your last visit")
    assert re.search(r'href="[^"]*#post-2">[^<]*<svg.*?</svg>Go to the first new post', page)
    for _each in range(30):
        answer(wren, thread)
    reader.post(f"/threads/{thread}/read", data={"number": "25"})
    early = reader.get(f"/threads/{thread}").get_data(as_text=True)
    assert f'href="/threads/{thread}?after=25#post-26"' in early
    assert "New since your last visit" not in early
    late = reader.get(f"/threads/{thread}?after=25").get_data(as_text=True)
    assert late.index("New since your last visit") < late.index('id="post-26"')
    reader.post(f"/threads/{thread}/read", data={"number": "32"})
    done = reader.get(f"/threads/{thread}?after=20").get_data(as_text=True)
    assert "Go to the first new post" not in done
    assert "data-read-mark" not in done


def test_W12_reading_a_page_writes_nothing(browse: Any, robin: str, write: Any, rows: Any) -> None:
    thread = write(robin).thread_id
    reader = browse(robin)
    for path in ("/", "/boards", f"/boards/{BOW_WEST}", f"/threads/{thread}"):
        assert reader.get(path).status_code == 200
    assert reader.get(f"/threads/{thread}/read").status_code == 405
    assert rows("marks") == []


def test_W12_script_and_button_both_need_the_token_of_the_page(tmp_path: Any) -> None:
    from plugins.ward_boards import hooks

    app = make_app(tmp_path, {"ward_boards": hooks}, csrf=True)
    reader = make_member(app, "Robin", ward=BOW_WEST)
    with app.app_context(), transaction() as db:
        viewer = permissions.viewer_of(db, reader)
        entry = publishing.Entry("Title", "Text", (BOW_WEST,), "crime", "verified")
        thread = publishing.open_thread(db, viewer, entry, now=now()).thread_id
    client = app.test_client()
    sign_in(client, reader)
    assert client.post(f"/threads/{thread}/read", data={"number": "1"}).status_code == 400
    data = {"number": "1", "csrf_token": form_token(client, f"/threads/{thread}")}
    by_script = client.post(f"/threads/{thread}/read", data=data, headers={"X-Requested-With": "fetch"})
    assert by_script.status_code == 204


def test_W12_mark_all_as_read_is_for_one_board(browse: Any, robin: str, wren: str, write: Any, text_of: Any) -> None:
    write(wren, "Here")
    write(wren, "There", ward_codes=(STEPNEY,))
    reader = browse(robin)
    answered = reader.post(f"/boards/{BOW_WEST}/read", follow_redirects=True)
    assert "is marked as read" in text_of(answered)
    assert "New thread" not in text_of(answered)
    assert "New thread" in text_of(reader.get(f"/boards/{STEPNEY}"))


def test_W12_nobody_marks_what_they_may_not_read(
    browse: Any, fresh: str, robin: str, officer: str, write: Any, rows: Any
) -> None:
    rota = write(officer, "Rota", tier="coordinators").thread_id
    thread = write(robin).thread_id
    assert browse(robin).post(f"/threads/{rota}/read", data={"number": "1"}).status_code == 404
    assert browse(fresh).post(f"/threads/{thread}/read", data={"number": "1"}).status_code == 403
    assert browse(fresh).post(f"/boards/{BOW_WEST}/read").status_code == 403
    assert browse().post(f"/threads/{thread}/read", data={"number": "1"}).headers["Location"].startswith("/sign-in")
    assert browse(robin).post(f"/threads/{thread}/read", data={"number": "x"}).status_code == 404
    assert rows("marks") == []


def test_W12_a_number_from_the_future_marks_only_what_is_there(
    browse: Any, robin: str, wren: str, write: Any, answer: Any, text_of: Any
) -> None:
    thread = write(wren).thread_id
    browse(robin).post(f"/threads/{thread}/read", data={"number": "9999999"})
    answer(wren, thread)
    assert "1 new post" in text_of(browse(robin).get(f"/boards/{BOW_WEST}"))


def test_W12_post_that_waits_for_a_moderator_is_not_counted(
    browse: Any, robin: str, wren: str, write: Any, answer: Any, text_of: Any
) -> None:
    thread = write(wren).thread_id
    browse(robin).post(f"/threads/{thread}/read", data={"number": "1"})
    answer(wren, thread, "hold me")
    assert "1 new post" not in text_of(browse(robin).get(f"/boards/{BOW_WEST}"))


def test_W12_two_tabs_at_once_lose_nothing(app: Any, writing: Any, robin: str) -> None:
    threads = [new_id() for _each in range(12)]

    def tab(at: int) -> None:
        with writing() as db:
            marking.see(db, robin, [(threads[at % 12], Mark(at + 1, TODAY))])

    with time_machine.travel("2026-11-24T12:00:00Z", tick=True), ThreadPoolExecutor(6) as pool:
        list(pool.map(tab, range(36)))
        with writing() as db:
            kept = marking.of(db, permissions.viewer_of(db, robin))
    assert kept is not None
    assert {thread: kept.number(thread) for thread in threads} == {threads[at]: at + 25 for at in range(12)}


def test_W12_row_tells_neither_what_nor_when_nor_how_much(
    app: Any, browse: Any, robin: str, wren: str, write: Any, rows: Any
) -> None:
    threads = [write(wren, f"Thread {number}").thread_id for number in range(5)]
    browse(wren).post(f"/threads/{threads[0]}/read", data={"number": "1"})
    for thread in threads:
        browse(robin).post(f"/threads/{thread}/read", data={"number": "1"})
    found = rows("marks")
    assert set(found[0]._fields) == {"member_id", "sealed"}
    assert len({len(row.sealed) for row in found}) == 1
    for row in found:
        assert not any(bytes.fromhex(thread) in row.sealed for thread in threads)


def test_W12_row_put_beside_another_member_opens_nothing(
    browse: Any, robin: str, wren: str, write: Any, writing: Any
) -> None:
    from plugins.ward_boards.reading.models import Marks

    thread = write(wren).thread_id
    browse(robin).post(f"/threads/{thread}/read", data={"number": "1"})
    with writing() as db:
        db.add(Marks(member_id=wren, sealed=db.get_one(Marks, robin).sealed))
    with writing() as db:
        kept = marking.of(db, permissions.viewer_of(db, wren))
    assert kept is not None
    assert kept.number(thread) is None


def test_W12_data_says_only_that_marks_exist_and_they_go_with_the_member(
    writing: Any, browse: Any, robin: str, wren: str, write: Any, rows: Any
) -> None:
    thread = write(wren).thread_id
    browse(robin).post(f"/threads/{thread}/read", data={"number": "1"})
    with writing() as db:
        whole = privacy.export(db, robin)
    assert {"what": "reading marks", "threads": 1} in whole["boards"]
    assert thread not in json.dumps(whole, default=str)
    with writing() as db:
        privacy.erase(db, robin)
    assert rows("marks") == []


def test_W12_marks_cost_one_query_on_a_board_and_in_a_thread(
    browse: Any, robin: str, write: Any, count_queries: Any
) -> None:
    thread = write(robin).thread_id
    browse(robin).post(f"/threads/{thread}/read", data={"number": "1"})
    counts = {}
    for path, most in ((f"/boards/{BOW_WEST}", 6), (f"/threads/{thread}", 8), ("/boards", 10), ("/", 10)):
        reader = browse(robin)
        reader.get(path)
        count_queries()
        reader.get(path)
        counts[path] = count_queries()
        assert counts[path] <= most, counts


def test_W12_suspended_member_marks_nothing(browse: Any, robin: str, wren: str, write: Any, writing: Any) -> None:
    thread = write(wren).thread_id
    reader = browse(robin)
    with writing() as db:
        members.lapse(db, robin, None, "moved away")
    assert reader.post(f"/threads/{thread}/read", data={"number": "1"}).status_code == 303
    with writing() as db:
        assert marking.kept_threads(db, robin) is None


def test_W12_without_a_mark_what_is_older_than_a_week_is_not_new() -> None:
    start = marks.none_yet(TODAY)
    times = [now().replace(year=2026, month=11, day=day, hour=12) for day in (10, 23)]
    assert start.fresh("a" * 32, opened_at=times[0], last_post_at=times[0], last_shown=4) is None
    assert start.fresh("a" * 32, opened_at=times[0], last_post_at=times[1], last_shown=4) == Fresh(0)
    assert start.fresh("a" * 32, opened_at=times[1], last_post_at=times[1], last_shown=4) == Fresh(4, is_whole=True)
