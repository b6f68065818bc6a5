"""Reading a thread: pages, permalinks, quotes, withdrawal, and what hidden authors leave behind."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from core import permissions
from core.contributions import Authorship
from core.database import Base, now
from plugins.ward_boards import conversation, markup, publishing, services
from plugins.ward_boards.moments import part_of_day, stored_at

BOW_WEST, STEPNEY = "E05009320", "E05009334"


@pytest.fixture
def reply(writing: Any) -> Any:
    """Return a function that answers in a thread for somebody."""

    def answer(member_id: str, thread_id: str, text: str = "Me too.", sign_as: str = "alias") -> Any:
        with writing() as db:
            viewer = permissions.viewer_of(db, member_id)
            view = conversation.thread_view(db, viewer, thread_id)
            assert view is not None
            return publishing.reply(db, viewer, view, text, sign_as=sign_as, now=now())

    return answer


def _numbers(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'id="post-(\d+)"', page)]


def test_thread_shows_twenty_posts_and_leads_on_and_back(browse: Any, robin: str, write: Any, reply: Any) -> None:
    thread = write(robin).thread_id
    for number in range(2, 46):
        reply(robin, thread, f"Answer {number}")
    browser = browse(robin)
    first = browser.get(f"/threads/{thread}").get_data(as_text=True)
    assert _numbers(first) == list(range(1, 21))
    second = browser.get(f"/threads/{thread}?after=20").get_data(as_text=True)
    assert _numbers(second) == list(range(21, 41))
    assert f"/threads/{thread}?before=21" in second
    assert _numbers(browser.get(f"/threads/{thread}?before=21").get_data(as_text=True)) == list(range(1, 21))
    third = browser.get(f"/threads/{thread}?after=40").get_data(as_text=True)
    assert _numbers(third) == [41, 42, 43, 44, 45]
    assert 'rel="next"' not in third
    assert f'href="/threads/{thread}?after=42#post-43"' in third
    assert _numbers(browser.get(f"/threads/{thread}?after=42").get_data(as_text=True)) == [43, 44, 45]


@pytest.mark.parametrize("query", ["after=x", "after=-1", "before=1.5", "after=99999999", "quote=%00", "after=²"])
def test_made_up_number_is_not_found(browse: Any, robin: str, write: Any, query: str) -> None:
    assert browse(robin).get(f"/threads/{write(robin).thread_id}?{query}").status_code == 404


def test_page_beyond_the_end_says_so(browse: Any, robin: str, write: Any) -> None:
    page = browse(robin).get(f"/threads/{write(robin).thread_id}?after=500").get_data(as_text=True)
    assert "You have read it all" in page


def test_unknown_thread_and_forbidden_thread_look_the_same(browse: Any, robin: str, fresh: str, write: Any) -> None:
    hidden = browse(fresh).get(f"/threads/{write(robin).thread_id}")
    unknown = browse(fresh).get(f"/threads/{'0' * 32}")
    assert hidden.status_code == unknown.status_code == 404
    assert re.sub("[0-9a-f]{32}", "", hidden.get_data(as_text=True)) == re.sub(
        "[0-9a-f]{32}", "", unknown.get_data(as_text=True)
    )


def test_quote_puts_the_words_into_the_form(browse: Any, robin: str, wren: str, write: Any) -> None:
    thread = write(robin, text="First line\nsecond line").thread_id
    page = browse(wren).get(f"/threads/{thread}?quote=1").get_data(as_text=True)
    assert "&gt; **Robin**" in page
    assert "&gt; second line" in page


def test_quote_of_a_hidden_post_gives_nothing_away(
    writing: Any, browse: Any, robin: str, wren: str, officer: str, write: Any, reply: Any
) -> None:
    from plugins.ward_boards.moderation import services as moderation
    from plugins.ward_boards.moderation.cases import Ruling

    thread = write(robin).thread_id
    secret = reply(robin, thread, "Number 12, second floor")
    with writing() as db:
        moderation.hide(db, permissions.viewer_of(db, officer), secret.post_id, Ruling("exposes"), now=now())
    page = browse(wren).get(f"/threads/{thread}?quote=2").get_data(as_text=True)
    assert "Number 12" not in page
    assert "Hidden by a coordinator" in page


def test_withdrawn_post_leaves_its_place_and_no_text(
    browse: Any, robin: str, wren: str, write: Any, reply: Any, rows: Any
) -> None:
    thread = write(robin, text="I live at number 12").thread_id
    reply(wren, thread)
    post = rows("post")
    first = next(row for row in post if row.number == 1)
    browser = browse(robin)
    assert "I live at number 12" in browser.get(f"/posts/{first.id}/withdraw").get_data(as_text=True)
    assert browser.post(f"/posts/{first.id}/withdraw").status_code == 303
    page = browse(wren).get(f"/threads/{thread}").get_data(as_text=True)
    assert "Withdrawn by its writer" in page
    assert "Title withdrawn by its writer" in page
    assert "Me too." in page
    kept = next(row for row in rows("post") if row.number == 1)
    assert (kept.text, kept.html, kept.member_id, kept.ref, kept.label) == ("", "", None, None, "")
    assert "number 12" not in browser.get(f"/threads/{thread}").get_data(as_text=True)
    assert browser.post(f"/posts/{first.id}/withdraw").status_code == 404


def test_nobody_withdraws_the_post_of_another(
    writing: Any, browse: Any, robin: str, wren: str, officer: str, write: Any, rows: Any
) -> None:
    write(robin)
    post_id = rows("post")[0].id
    for other in (wren, officer):
        assert browse(other).post(f"/posts/{post_id}/withdraw").status_code == 404
        with writing() as db, pytest.raises(services.NotYours):
            services.withdraw(db, permissions.viewer_of(db, other), post_id)
    assert rows("post")[0].state == "published"


def test_writer_under_a_thread_name_takes_the_post_back(
    browse: Any, robin: str, wren: str, write: Any, rows: Any
) -> None:
    write(robin, sign_as="thread_alias")
    post_id = rows("post")[0].id
    assert browse(wren).post(f"/posts/{post_id}/withdraw").status_code == 404
    assert browse(robin).post(f"/posts/{post_id}/withdraw").status_code == 303


@pytest.mark.parametrize("sign_as", ["thread_alias", "resident"])
def test_A2_hidden_kinds_store_no_member_and_no_fine_time(
    looking: Any, app: Any, robin: str, write: Any, reply: Any, rows: Any, sign_as: str
) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 17, 43, 21, tzinfo=UTC), tick=False):
        thread = write(robin, sign_as=sign_as).thread_id
        reply(robin, thread, sign_as=sign_as)
    coarse = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    for post in rows("post"):
        assert post.member_id is None
        assert post.label
        assert post.published_at == coarse
    kept = rows("thread")[0]
    assert (kept.opened_at, kept.last_post_at) == (coarse, coarse)
    with looking() as db:
        for table in Base.metadata.sorted_tables:
            if table.name.startswith("ward_boards_"):
                assert all(robin not in map(str, row) for row in db.execute(sa.select(table)))


def test_A2_page_shows_part_of_the_day_for_hidden_authors(browse: Any, robin: str, write: Any) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 17, 43, tzinfo=UTC), tick=False):
        hidden = write(robin, sign_as="resident").thread_id
        named = write(robin).thread_id
        page = browse(robin).get(f"/threads/{hidden}").get_data(as_text=True)
        assert "Today, afternoon" in page
        assert "17:43" not in page
        assert "A resident of Bow West" in page
        assert "Today, 17:43" in browse(robin).get(f"/threads/{named}").get_data(as_text=True)


def test_alias_is_looked_up_never_copied(
    writing: Any, app: Any, robin: str, wren: str, browse: Any, write: Any, rows: Any
) -> None:
    from core.models import Member

    thread = write(robin).thread_id
    assert rows("post")[0].label == ""
    with writing() as db:
        db.get_one(Member, robin).alias = "Renamed"
    assert "Renamed" in browse(wren).get(f"/threads/{thread}").get_data(as_text=True)
    with writing() as db:
        db.delete(db.get_one(Member, robin))
    page = browse(wren).get(f"/threads/{thread}").get_data(as_text=True)
    assert "A former member" in page
    assert "Renamed" not in page
    assert rows("post")[0].member_id is None


SUMMER = [(5, 30, "morning"), (11, 15, "afternoon"), (17, 0, "evening"), (23, 30, "night"), (1, 0, "night")]


@pytest.mark.parametrize(("hour", "minute", "part"), SUMMER)
def test_part_of_the_day_is_that_of_london_in_summer_too(hour: int, minute: int, part: str) -> None:
    at = stored_at(Authorship("resident", "A resident"), datetime(2026, 7, 1, hour, minute, tzinfo=UTC))
    assert part_of_day(at) == part
    assert (at.minute, at.second) == (0, 0)


def test_part_of_the_day_holds_when_the_clock_changes() -> None:
    hidden = Authorship("resident", "A resident")
    for day in ((2026, 3, 29), (2026, 10, 25)):
        for hour in range(24):
            moment = datetime(*day, hour, 30, tzinfo=UTC)
            at = stored_at(hidden, moment)
            assert at <= moment
            assert stored_at(hidden, at) == at


MARKUP = [
    ("<b>x</b> <script>alert(1)</script>", "<p>&lt;b&gt;x&lt;/b&gt; &lt;script&gt;alert(1)&lt;/script&gt;</p>"),
    ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
    ("![x](https://spy.example/a.png)", "<p>!<a href="),
    ("one\ntwo", "<p>one<br>two</p>"),
    ("see https://a.example/b_c. Thanks", '<a href="https://a.example/b_c" rel="nofollow ugc noopener noreferrer">'),
    ("# Big", "<h3>Big</h3>"),
    ("> said", "<blockquote>"),
    ("~~no~~", "<s>no</s>"),
    ("[a](https://b.example)", '<a href="https://b.example" rel="nofollow ugc noopener noreferrer">a</a>'),
]


@pytest.mark.parametrize(("text", "html"), MARKUP)
def test_markup_is_safe_and_fetches_nothing(text: str, html: str) -> None:
    rendered = markup.render(text)
    assert html in rendered
    assert "<img" not in rendered
    assert "<script" not in rendered


def test_markup_of_hostile_length_is_quick() -> None:
    for text in (">" * 9_000, "[" * 9_000, "*a" * 4_500, "`" * 9_000, "- " * 4_000, "https://" * 1_000):
        started = time.process_time()  # our own time: the machine may be busy with other things
        markup.render(text)
        assert time.process_time() - started < 2


def test_clean_takes_out_what_cannot_be_seen_or_stored() -> None:
    assert markup.clean("a\x00b\u202ec\ud800d\r\ne\n\n\n\n\nf ") == "abcd\ne\n\n\nf"
    assert markup.one_line(" a\n\tb ") == "a b"
    assert markup.clean("আমি বাংলায় লিখি") == "আমি বাংলায় লিখি"


def test_replies_at_the_same_moment_get_numbers_of_their_own(
    app: Any, browse: Any, robin: str, write: Any, rows: Any
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    thread = write(robin).thread_id
    browsers = [browse(robin) for _ in range(8)]

    def send(browser: Any) -> int:
        return int(browser.post(f"/threads/{thread}", data={"text": "Me too.", "as": "alias"}).status_code)

    with ThreadPoolExecutor(8) as hands:
        assert list(hands.map(send, browsers)) == [303] * 8
    assert sorted(row.number for row in rows("post")) == list(range(1, 10))
    kept = rows("thread")[0]
    assert (kept.posts_count, kept.last_number) == (9, 9)
