"""N6: answering from the mail on a phone, by a link that signs nobody in and opens nothing else."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine

from core import members, notifications
from core.database import now
from core.models import Member
from core.testing import mails, work
from plugins.ward_boards.following import answering
from plugins.ward_boards.following.models import ReplyLinkUse

TEXT = {"text": "Thank you for telling us."}


@pytest.fixture
def link(app: Any, robin: str, wren: str, write: Any, follow: Any, answer: Any, at_once: Any) -> str:
    """Return the path of the link in the mail that Robin gets of Wren's answer."""
    thread = write(robin, title="Two mopeds").thread_id
    at_once(robin)
    follow(robin, thread)
    work(app)
    answer(wren, thread, "A secret of Wren.")
    work(app)
    (mail,) = [mail for mail in mails(app) if mail["Subject"] == "A new answer"]
    found = re.search(r"http://localhost(/r/\S+)", mail.get_content())
    assert found is not None
    return found.group(1)


def posts(rows: Any) -> list[str]:
    return [post.text for post in sorted(rows("post"), key=lambda post: post.number)]


def test_N6_the_link_shows_title_and_alias_and_nobody_elses_words(browse: Any, link: str, rows: Any) -> None:
    before = rows("reply_link_use")
    for _scan in range(5):
        answer = browse().get(link)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "Two mopeds" in page
    assert "signed Robin" in page
    assert "secret" not in page
    assert "towpath" not in page
    assert "Wren" not in page
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in answer.headers["Cache-Control"]
    assert rows("reply_link_use") == before == []


def test_N6_an_answer_is_posted_under_the_alias_and_nobody_is_signed_in(
    browse: Any, link: str, rows: Any, robin: str
) -> None:
    phone = browse()
    answer = phone.post(link, data=TEXT)
    assert answer.status_code == 303
    assert "Your answer is on the board." in phone.get(answer.headers["Location"]).get_data(as_text=True)
    newest = max(rows("post"), key=lambda post: post.number)
    assert (newest.text, newest.kind, newest.member_id) == (TEXT["text"], "alias", robin)
    assert phone.get("/account").headers["Location"].startswith("/sign-in")


def test_N6_it_works_in_the_browser_of_somebody_else_and_signs_for_the_right_one(
    browse: Any, link: str, rows: Any, robin: str, wren: str
) -> None:
    assert browse(wren).post(link, data=TEXT).status_code == 303
    assert max(rows("post"), key=lambda post: post.number).member_id == robin


def test_N6_three_answers_and_no_more(browse: Any, link: str, rows: Any) -> None:
    phone = browse()
    assert [phone.post(link, data=TEXT).status_code for _each in range(4)] == [303, 303, 303, 403]
    page = phone.post(link, data={"text": "Once more."})
    assert page.status_code == 403
    assert "three times" in page.get_data(as_text=True)
    assert "Once more." in page.get_data(as_text=True), "what was typed is kept"
    assert posts(rows).count(TEXT["text"]) == 3
    assert phone.get(link).status_code == 403


def test_N6_a_refused_text_burns_nothing(browse: Any, link: str, rows: Any) -> None:
    phone = browse()
    page = phone.post(link, data={"text": "please refuse me"})
    assert page.status_code == 422
    assert "Take the house number out." in page.get_data(as_text=True)
    assert "please refuse me" in page.get_data(as_text=True)
    assert phone.post(link, data={"text": "  "}).status_code == 422
    assert rows("reply_link_use") == []


def test_N6_a_held_text_waits_and_says_so(browse: Any, link: str, rows: Any) -> None:
    phone = browse()
    answer = phone.post(link, data={"text": "hold me"}, follow_redirects=True)
    assert "A coordinator will look" in answer.get_data(as_text=True)
    assert max(rows("post"), key=lambda post: post.number).state == "held"


def test_N6_urgent_words_show_999_first(browse: Any, link: str, rows: Any) -> None:
    phone = browse()
    text = {"text": "Someone is being followed right now."}
    page = phone.post(link, data=text)
    assert page.status_code == 200
    assert "Is someone in danger now?" in page.get_data(as_text=True)
    assert len(posts(rows)) == 2
    assert phone.post(link, data=text | {"confirmed": "1"}).status_code == 303


@pytest.mark.parametrize("how", ["suspended", "lapsed", "logins ended", "locked", "reader"])
def test_N6_rights_are_looked_at_again_when_it_is_sent(
    browse: Any, link: str, rows: Any, writing: Any, robin: str, how: str
) -> None:
    with writing() as db:
        if how == "suspended":
            members.suspend(db, robin, None, "test")
        elif how == "lapsed":
            members.verify(db, robin, "E05009320", "test", now().date() - timedelta(days=1))
        elif how == "logins ended":
            members.end_logins(db, robin)
        elif how == "reader":
            members.set_level(db, robin, "reader", None, "test")
        else:
            from plugins.ward_boards.models import Thread

            db.execute(sa.update(Thread).values(is_locked=True))
    for answer in (browse().get(link), browse().post(link, data=TEXT)):
        assert answer.status_code in (403, 404, 409)
        assert "You cannot answer by this link" in answer.get_data(as_text=True)
    assert len(posts(rows)) == 2


def test_N6_it_works_for_two_days(browse: Any, link: str, rows: Any) -> None:
    for hours, status in ((47, 200), (49, 404)):
        with time_machine.travel(now() + timedelta(hours=hours), tick=False):
            assert browse().get(link).status_code == status
            assert browse().post(link, data=TEXT).status_code == (303 if status == 200 else 404)
    assert posts(rows).count(TEXT["text"]) == 1


def test_N6_forged_and_foreign_tokens_are_refused(app: Any, browse: Any, link: str, robin: str, rows: Any) -> None:
    keys = app.extensions["boroughwatch"].keys
    thread = rows("thread")[0].id
    for token in ("", "x", link[3:-1], keys.token("unsubscribe", [robin, thread, "x"]), keys.token("mail-reply", 3)):
        assert browse().get(f"/r/{token}").status_code == 404
        assert browse().post(f"/r/{token}", data=TEXT).status_code in (404, 405)
    assert len(posts(rows)) == 2


def test_N6_of_two_answers_at_once_none_is_lost_and_none_is_too_many(app: Any, link: str, rows: Any) -> None:
    from threading import Barrier, Thread

    start, got = Barrier(6), []

    def send(number: int) -> None:
        phone = app.test_client()
        start.wait()
        got.append(phone.post(link, data={"text": f"Answer {number}."}).status_code)

    phones = [Thread(target=send, args=(number,)) for number in range(6)]
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.join()
    assert sorted(got) == [303, 303, 303, 403, 403, 403]
    assert len(posts(rows)) == 5


def test_N6_what_is_counted_is_a_keyed_hash_and_goes_after_three_days(
    app: Any, browse: Any, link: str, rows: Any, writing: Any, looking: Any, robin: str
) -> None:
    browse().post(link, data=TEXT)
    (row,) = rows("reply_link_use")
    assert row.uses == 1
    assert robin not in repr(row)
    with writing() as db:
        assert answering.forget(db, now() + timedelta(days=3)) == 0
        assert answering.forget(db, now() + timedelta(days=4)) == 1
    with looking() as db:
        assert db.scalar(sa.select(sa.func.count()).select_from(ReplyLinkUse)) == 0


def test_N6_the_link_is_in_no_log(browse: Any, link: str, caplog: Any) -> None:
    caplog.set_level("DEBUG")
    browse().get(link)
    browse().post(link, data=TEXT)
    assert link[3:] not in caplog.text


def test_N6_a_digest_carries_the_link_too(
    app: Any, robin: str, wren: str, write: Any, follow: Any, answer: Any, writing: Any, browse: Any
) -> None:
    thread = write(robin).thread_id
    follow(robin, thread)
    work(app)
    answer(wren, thread)
    answer(wren, thread, "And again.")
    work(app)
    with time_machine.travel(now() + timedelta(hours=25), tick=False):
        work(app)
        (mail,) = [mail for mail in mails(app) if mail["Subject"] == "What is new for you" and "robin" in mail["To"]]
        text = mail.get_content()
        assert "2 × A new answer" in text
        (path,) = re.findall(r"http://localhost(/r/\S+)", text)
        assert browse().post(path, data=TEXT).status_code == 303
    with writing() as db:
        assert db.get(Member, robin) is not None
        assert notifications.choice(db, robin).rhythm == "daily"
