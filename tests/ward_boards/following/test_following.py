"""Following threads: who is told of what, once, and what a thief of the database learns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from core import members, notifications, permissions
from core.database import now, reading
from core.models import Notice, RoleGrant, TopicFollow, WaitingNote
from core.notifications import Choice
from core.testing import api_token, mails, make_member, work
from plugins.ward_boards.models import Thread
from plugins.ward_boards.moderation import merging
from plugins.ward_boards.moments import end_of_part

BOROUGH, BOW_WEST, STEPNEY, ISLAND = "E09000030", "E05009320", "E05009334", "E05009324"


def told(app: Any, subject: str) -> list[str]:
    """Return the beginnings of the addresses a subject was mailed to."""
    return sorted(str(mail["To"])[:5] for mail in mails(app) if mail["Subject"] == subject)


def test_W12_a_follower_is_told_of_an_answer_and_its_writer_is_not(
    app: Any, robin: str, wren: str, write: Any, follow: Any, answer: Any, at_once: Any
) -> None:
    thread = write(robin).thread_id
    at_once(robin, wren)
    assert (follow(robin, thread), follow(wren, thread)) == (303, 303)
    work(app)
    answer(wren, thread)
    work(app)
    assert told(app, "A new answer") == ["robin"]
    (mail,) = [mail for mail in mails(app) if mail["Subject"] == "A new answer"]
    text = mail.get_content()
    assert f"http://localhost/threads/{thread}#post-2" in text
    assert "http://localhost/r/" in text
    assert "mopeds" not in text.lower(), "the title is for those who want it"


def test_W12_the_title_is_in_the_mail_for_who_wants_titles(
    app: Any, writing: Any, robin: str, wren: str, write: Any, follow: Any, answer: Any
) -> None:
    thread = write(robin, title="Two mopeds").thread_id
    follow(robin, thread)
    with writing() as db:
        notifications.choose(db, robin, Choice(rhythm="now", quiet_from=0, quiet_until=0, with_titles=True))
    answer(wren, thread)
    work(app)
    assert any("Two mopeds" in mail.get_content() for mail in mails(app) if mail["Subject"] == "A new answer")


def test_W12_who_stopped_following_is_told_no_more_and_no_row_is_left(
    app: Any, looking: Any, robin: str, wren: str, write: Any, follow: Any, answer: Any, at_once: Any
) -> None:
    thread = write(robin).thread_id
    at_once(robin)
    follow(robin, thread)
    assert follow(robin, thread, "unfollow") == 303
    answer(wren, thread)
    work(app)
    assert told(app, "A new answer") == []
    with looking() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(TopicFollow)) == 0


def test_W12_a_thief_of_the_database_does_not_read_which_thread_is_followed(
    app: Any, looking: Any, robin: str, wren: str, write: Any, follow: Any, answer: Any
) -> None:
    thread = write(robin).thread_id
    follow(robin, thread)
    work(app)
    answer(wren, thread)
    work(app)
    with looking() as db:
        tables = [db.execute(sa.select(model.__table__)).all() for model in (TopicFollow, WaitingNote, Notice)]
    rows = [tuple(row) for table in tables for row in table]
    assert len(rows) >= 3
    assert thread not in repr(rows)
    assert "Two mopeds" not in repr(rows)


def test_W12_nobody_follows_by_writing(looking: Any, robin: str, wren: str, write: Any, answer: Any) -> None:
    answer(wren, write(robin).thread_id, sign_as="thread_alias")
    with looking() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(TopicFollow)) == 0


def test_W12_a_hidden_writers_answer_is_mailed_when_the_part_of_the_day_is_over(
    app: Any, looking: Any, robin: str, wren: str, write: Any, follow: Any, answer: Any, at_once: Any
) -> None:
    thread = write(robin).thread_id
    at_once(robin)
    follow(robin, thread)
    work(app)
    answer(wren, thread, sign_as="thread_alias")
    work(app)
    assert told(app, "A new answer") == []
    over = end_of_part(now())
    with looking() as db:
        (due,) = db.scalars(sa.select(WaitingNote.due_at).where(WaitingNote.member_id == robin)).all()
    assert due == over
    work(app, over + timedelta(seconds=1))
    assert told(app, "A new answer") == ["robin"]


def test_W3_a_new_thread_on_several_boards_is_told_once_to_each(
    app: Any, writing: Any, robin: str, wren: str, write: Any, at_once: Any
) -> None:
    both = make_member(app, "Bothy", ward=ISLAND)
    apart = make_member(app, "Apart", ward=ISLAND)
    with writing() as db:
        notifications.follow(db, both, [BOW_WEST, STEPNEY])
    writer = make_member(app, "Pen", ward=BOW_WEST)
    at_once(robin, wren, both, apart, writer)
    write(writer, ward_codes=(BOW_WEST, STEPNEY))
    work(app)
    assert told(app, "A new thread for your area") == ["bothy", "robin", "wren2"]


def test_W3_a_thread_for_coordinators_is_told_to_no_ward(
    app: Any, robin: str, officer: str, write: Any, at_once: Any
) -> None:
    at_once(robin)
    write(officer, tier="coordinators")
    work(app)
    assert told(app, "A new thread for your area") == []


def test_W12_who_may_no_longer_read_is_not_told(
    app: Any, writing: Any, robin: str, wren: str, write: Any, follow: Any, answer: Any, at_once: Any
) -> None:
    thread = write(robin).thread_id
    at_once(wren)
    follow(wren, thread)
    with writing() as db:
        members.verify(db, wren, STEPNEY, "test", now().date() - timedelta(days=1))
    answer(robin, thread)
    work(app)
    assert told(app, "A new answer") == []


def test_W12_a_coordinator_who_lost_the_role_hears_no_more_of_their_threads(
    app: Any, writing: Any, officer: str, write: Any, follow: Any, answer: Any, at_once: Any
) -> None:
    other = make_member(app, "Other", roles=[("coordinator", BOW_WEST)], ward=STEPNEY)
    at_once(other)
    thread = write(officer, tier="coordinators").thread_id
    assert follow(other, thread) == 303
    with writing() as db:
        db.execute(sa.delete(RoleGrant).where(RoleGrant.member_id == other))
    answer(officer, thread)
    work(app)
    assert told(app, "A new answer") == []


def test_W12_what_was_hidden_meanwhile_is_not_told(
    app: Any, robin: str, wren: str, write: Any, follow: Any, answer: Any, at_once: Any, writing: Any
) -> None:
    thread = write(robin).thread_id
    at_once(robin)
    follow(robin, thread)
    placed = answer(wren, thread, "hold me")
    work(app)
    assert placed.state == "held"
    assert told(app, "A new answer") == []


def test_W12_following_is_refused_where_nothing_can_be_read(
    browse: Any, robin: str, fresh: str, officer: str, write: Any, follow: Any, looking: Any
) -> None:
    hidden = write(robin).thread_id
    public = write(officer, tier="public").thread_id
    assert follow(fresh, hidden) == 404
    answer = browse(fresh).post(f"/threads/{public}/follow", follow_redirects=True)
    assert "once you can read its answers" in answer.get_data(as_text=True)
    assert browse().post(f"/threads/{public}/follow").headers["Location"].startswith("/sign-in")
    with looking() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(TopicFollow)) == 0


def test_W12_the_button_says_what_is_kept(browse: Any, robin: str, write: Any, follow: Any) -> None:
    thread = write(robin).thread_id
    assert "we keep a note that you follow this thread" in browse(robin).get(f"/threads/{thread}").get_data(True)
    follow(robin, thread)
    page = browse(robin).get(f"/threads/{thread}").get_data(as_text=True)
    assert "Stop following" in page
    assert "Two mopeds" in browse(robin).get("/account/notices").get_data(as_text=True)
    assert "Stop following" not in browse().get(f"/threads/{thread}").get_data(as_text=True)


def test_W12_following_by_api(app: Any, robin: str, fresh: str, write: Any) -> None:
    thread = write(robin).thread_id
    client = app.test_client()
    path = f"/api/v1/threads/{thread}/follow"
    mine, theirs = ({"Authorization": f"Bearer {api_token(app, who, 'read', 'post')}"} for who in (robin, fresh))
    reader = {"Authorization": f"Bearer {api_token(app, robin, 'read')}"}
    assert client.post(path).status_code == 401
    assert client.post(path, headers=theirs).status_code == 404
    assert client.post(path, headers=reader).status_code == 403
    assert client.get(path, headers=reader).get_json() == {"followed": False}
    assert client.post(path, headers=mine).status_code == 204
    assert client.get(path, headers=reader).get_json() == {"followed": True}
    assert client.delete(path, headers=mine).status_code == 204
    assert client.get(path, headers=reader).get_json() == {"followed": False}


def test_W12_followers_move_along_when_two_threads_become_one(
    app: Any, writing: Any, robin: str, wren: str, officer: str, write: Any, follow: Any, answer: Any, at_once: Any
) -> None:
    from plugins.ward_boards.moderation.cases import Ruling

    one, two = write(robin).thread_id, write(robin, title="The same mopeds").thread_id
    at_once(wren)
    follow(wren, one)
    follow(wren, two)
    work(app)
    with writing() as db:
        merging.merge(db, permissions.viewer_of(db, officer), one, two, Ruling("duplicate"), now=now())
    work(app)
    answer(robin, two)
    work(app)
    assert told(app, "A new answer") == ["wren2"]
    with app.app_context(), reading() as db:
        assert list(notifications.topics(db, wren).values()) == [f"ward_boards.thread:{two}"]


def test_W12_the_thread_page_asks_one_query_more_for_members(
    browse: Any, robin: str, write: Any, count_queries: Any
) -> None:
    thread = write(robin).thread_id
    browse(robin).get(f"/threads/{thread}")
    count_queries()
    browse(robin).get(f"/threads/{thread}")
    assert count_queries() <= 8 + 1  # the viewer of a browser made anew is asked for by the test's own sign-in


def test_N1_pages_of_notices_take_a_fixed_number_of_queries(
    app: Any, browse: Any, robin: str, wren: str, write: Any, follow: Any, count_queries: Any
) -> None:
    counts = []
    client = browse(robin)
    for _round in range(2):
        for _each in range(3):
            follow(robin, write(wren, ward_codes=(BOW_WEST,)).thread_id)
        work(app)
        client.get("/account/notices")  # what is remembered for all is asked for now
        count_queries()
        client.get("/account/notices")
        listed = count_queries()
        client.get("/account/notices/inbox")
        counts.append((listed, count_queries()))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 10


def test_W12_the_list_names_only_what_may_be_read(
    browse: Any, writing: Any, robin: str, wren: str, write: Any, follow: Any
) -> None:
    thread = write(wren, title="A title to keep").thread_id
    follow(robin, thread)
    assert "A title to keep" in browse(robin).get("/account/notices").get_data(as_text=True)
    with writing() as db:
        db.execute(sa.update(Thread).values(state="hidden"))
    page = browse(robin).get("/account/notices").get_data(as_text=True)
    assert "A title to keep" not in page
    assert "A thread that is gone" in page
