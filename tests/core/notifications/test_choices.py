"""N1, N2, N3: what members choose holds: ways, priorities, quiet hours, digests; and each is mailed exactly once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from core import mail, members, notifications, privacy
from core.contributions import TopicLabel, Viewer
from core.database import reading, transaction
from core.hookspecs import hookimpl
from core.models import Mail, Notice, TopicFollow, WaitingNote
from core.notifications import Choice, Note, inbox, push, waiting
from core.testing import api_token, mails, make_app, make_member, sign_in, work

BOW_WEST, WHITECHAPEL, BOROUGH = "E05009320", "E05009334", "E09000030"
NOON = datetime.fromisoformat("2026-11-24T12:00:00+00:00")
NIGHT = datetime.fromisoformat("2026-11-24T23:00:00+00:00")
ORDINARY = Note("A new answer", "There is an answer.", "/threads/1#post-2", about="plug.thing:1")
IMPORTANT = Note("A message for your area", "Something is new.", "/x/1", priority="important")
URGENT = Note("A message for your area", "Something is new.", "/x/2", priority="urgent")


TITLES = {"plug.thing:1": "Two mopeds", "plug.thing:2": "A lost cat"}


class Titles:
    """Names what notes are about, for Robin only."""

    @hookimpl
    def topic_labels(self, viewer: Viewer, topics: Sequence[str]) -> list[TopicLabel]:
        return [
            TopicLabel(topic, TITLES[topic], "/x") for topic in topics if topic in TITLES and viewer.alias == "Robin"
        ]


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, {"plug": Titles()}, quiet_hours="22-7")


@pytest.fixture
def robin(app: Flask) -> str:
    return make_member(app, "Robin", ward=BOW_WEST)


def tell(app: Flask, *notes: Note, topics: Collection[str] = (f"ward:{BOW_WEST}",), at: datetime = NOON) -> int:
    told = 0
    with time_machine.travel(at, tick=False):
        for note in notes:
            with app.app_context(), transaction() as db:
                told += notifications.tell(db, topics, note)
        work(app)
    return told


def choose(app: Flask, member_id: str, **wanted: Any) -> None:
    with app.app_context(), transaction() as db:
        notifications.choose(db, member_id, Choice(**wanted))


def later(app: Flask, at: datetime) -> list[Any]:
    with time_machine.travel(at, tick=False):
        work(app)
    return mails(app)


def count(app: Flask, table: Any) -> int:
    with app.app_context(), reading() as db:
        return db.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_N1_wards_and_topics_in_any_mix_reach_each_once(app: Flask, robin: str) -> None:
    other = make_member(app, "Wren", ward=WHITECHAPEL)
    with app.app_context(), transaction() as db:
        for member_id in (robin, other):
            notifications.follow_topic(db, member_id, "plug.thing:1")
            notifications.follow_topic(db, member_id, "plug.thing:1")
        notifications.follow(db, other, [BOW_WEST])
    everything = (f"ward:{BOW_WEST}", f"ward:{WHITECHAPEL}", f"ward:{BOROUGH}", "plug.thing:1", "plug.thing:2")
    assert tell(app, IMPORTANT, topics=everything) == 2
    assert len(mails(app)) == 2
    with app.app_context(), transaction() as db:
        assert notifications.tell(db, everything, IMPORTANT, leave_out=[robin]) == 1
        assert notifications.tell(db, everything, IMPORTANT, only_if=lambda viewer: viewer.alias == "Wren") == 1
        notifications.unfollow_topic(db, robin, "plug.thing:1")
        assert not notifications.follows(db, robin, "plug.thing:1")
        assert notifications.follows(db, other, "plug.thing:1")


def test_N1_topics_are_told_only_to_those_who_may_still_read(app: Flask, robin: str) -> None:
    fresh = make_member(app, "Fresh")
    officer = make_member(app, "Officer", roles=[("officer", BOW_WEST)])
    with app.app_context(), transaction() as db:
        for member_id in (robin, fresh, officer):
            notifications.follow_topic(db, member_id, "plug.thing:1")
        members.verify(db, robin, BOW_WEST, "test", NOON.date() - timedelta(days=1))
    assert tell(app, IMPORTANT, topics=["plug.thing:1"]) == 1
    assert [str(each["To"])[:7] for each in mails(app) if each["Subject"] == IMPORTANT.subject] == ["officer"]


def test_N1_what_is_followed_is_a_secret_to_who_has_the_database_only(app: Flask, robin: str) -> None:
    with app.app_context(), transaction() as db:
        notifications.follow_topic(db, robin, "plug.thing:secret-id")
    tell(app, Note("News", "News.", "/threads/secret-id"), topics=["plug.thing:secret-id"])
    folder = app.extensions["boroughwatch"].config.data_dir
    assert (count(app, TopicFollow), count(app, Notice), count(app, WaitingNote)) == (1, 1, 1)
    for path in folder.glob("boroughwatch.db*"):
        assert b"secret-id" not in path.read_bytes()
    with app.app_context(), reading() as db:
        assert list(notifications.topics(db, robin).values()) == ["plug.thing:secret-id"]


def test_N1_nobody_follows_without_end(app: Flask, robin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.notifications.following.MOST_TOPICS", 2)
    with app.app_context(), transaction() as db:
        for number in (1, 2, 2):
            notifications.follow_topic(db, robin, f"plug.thing:{number}")
        with pytest.raises(notifications.TooManyTopics):
            notifications.follow_topic(db, robin, "plug.thing:3")


@pytest.mark.parametrize(
    ("wanted", "mailed", "listed"),
    [({}, 1, 1), ({"by_web": False}, 1, 0), ({"by_mail": False}, 0, 1), ({"by_mail": False, "by_web": False}, 0, 0)],
)
def test_N1_each_way_can_be_switched_off(app: Flask, robin: str, wanted: Any, mailed: int, listed: int) -> None:
    choose(app, robin, **wanted)
    tell(app, IMPORTANT)
    assert (len(mails(app)), count(app, Notice)) == (mailed, listed)


def test_N1_the_list_keeps_days_for_thirty_days(app: Flask, robin: str) -> None:
    tell(app, IMPORTANT)
    with app.app_context(), transaction() as db:
        (shown,) = inbox.notices(db, robin)
        assert (shown.note.text, shown.noticed_on, shown.is_read) == ("Something is new.", NOON.date(), False)
        assert inbox.unread(db, robin) == 1
        inbox.mark_read(db, robin)
        assert inbox.unread(db, robin) == 0
        assert inbox.forget(db, NOON.date() + timedelta(days=30)) == 0
    later(app, NOON + timedelta(days=31))
    assert count(app, Notice) == 0


def test_N2_held_notes_become_one_mail_when_quiet_hours_end(app: Flask, robin: str) -> None:
    tell(app, IMPORTANT, Note("A date for you", "A date.", "/x/3", priority="important"), at=NIGHT)
    assert mails(app) == []
    assert later(app, NIGHT + timedelta(hours=7, minutes=59)) == []
    (one,) = later(app, NIGHT + timedelta(hours=8))
    assert one["Subject"] == "What is new for you"
    assert "1 × A date for you" in one.get_content()
    assert "http://localhost/x/1" in one.get_content()
    assert len(later(app, NIGHT + timedelta(hours=20))) == 1


def test_N2_a_single_held_note_is_mailed_as_it_is(app: Flask, robin: str) -> None:
    tell(app, IMPORTANT, at=NIGHT)
    (one,) = later(app, NIGHT + timedelta(hours=8))
    assert one["Subject"] == IMPORTANT.subject


def test_N2_danger_passes_quiet_hours_unless_the_member_says_no(app: Flask, robin: str) -> None:
    tell(app, URGENT, at=NIGHT)
    assert len(mails(app)) == 1
    choose(app, robin, urgent_in_quiet=False)
    tell(app, URGENT, at=NIGHT)
    assert len(mails(app)) == 1
    assert len(later(app, NIGHT + timedelta(hours=8))) == 2


def test_N2_urgent_only_hears_of_danger_only(app: Flask, robin: str) -> None:
    choose(app, robin, least="urgent")
    assert tell(app, ORDINARY, IMPORTANT, URGENT) == 1
    assert len(mails(app)) == 1


def test_N3_everyday_news_come_once_a_day_as_counts_and_links_without_titles(app: Flask, robin: str) -> None:
    tell(app, ORDINARY, ORDINARY, Note("A new thread for your area", "New.", "/threads/2", about="plug.thing:2"))
    assert mails(app) == []
    (digest,) = later(app, NOON + timedelta(hours=20))
    text = digest.get_content()
    assert digest["Subject"] == "What is new for you"
    assert not mail.TELLING.search(digest["Subject"])
    assert "2 × A new answer" in text
    assert "1 × A new thread for your area" in text
    assert text.count("http://localhost/threads/1") == 1, "each thing once"
    assert "mopeds" not in text
    assert "cat" not in text
    assert len(later(app, NOON + timedelta(days=3))) == 1


def test_N3_titles_for_those_who_want_them_and_may_read_them(app: Flask, robin: str) -> None:
    for member_id in (robin, make_member(app, "Wren", ward=BOW_WEST)):
        choose(app, member_id, with_titles=True, quiet_from=0, quiet_until=0)
    tell(app, ORDINARY, Note("A new thread for your area", "New.", "/threads/2", about="plug.thing:2"))
    sent = {str(each["To"])[:4]: each.get_content() for each in later(app, NOON + timedelta(hours=20))}
    assert "Two mopeds" in sent["robi"]
    assert "A lost cat" in sent["robi"]
    assert "mopeds" not in sent["wren"]


def test_N3_a_title_that_is_gone_is_in_no_later_mail_or_list(
    app: Flask, robin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    choose(app, robin, with_titles=True, quiet_from=0, quiet_until=0)
    tell(app, ORDINARY)
    client = app.test_client()
    sign_in(client, robin)
    assert "Two mopeds" in client.get("/account/notices/inbox").get_data(as_text=True)
    monkeypatch.delitem(TITLES, "plug.thing:1")
    assert "Two mopeds" not in client.get("/account/notices/inbox").get_data(as_text=True)
    (one,) = later(app, NOON + timedelta(hours=20))
    assert "mopeds" not in one.get_content()


def test_N3_a_weekly_digest_waits_for_its_day(app: Flask, robin: str) -> None:
    choose(app, robin, rhythm="weekly", digest_weekday=6, digest_hour=18)
    for days in (0, 1, 2):
        tell(app, ORDINARY, at=NOON + timedelta(days=days))
    assert later(app, datetime.fromisoformat("2026-11-29T17:59:00+00:00")) == []
    assert len(later(app, datetime.fromisoformat("2026-11-29T18:00:00+00:00"))) == 1
    assert len(later(app, datetime.fromisoformat("2026-12-06T18:00:00+00:00"))) == 1


def test_N3_what_waits_follows_a_new_choice(app: Flask, robin: str) -> None:
    tell(app, ORDINARY)
    with time_machine.travel(NOON, tick=False):
        choose(app, robin, rhythm="now")
    assert len(later(app, NOON + timedelta(minutes=1))) == 1
    tell(app, ORDINARY)
    choose(app, robin, by_mail=False)
    assert count(app, WaitingNote) == 0


def test_N3_of_two_workers_one_sends_the_digest(app: Flask) -> None:
    people = [make_member(app, f"Member {number}", ward=BOW_WEST) for number in range(8)]
    tell(app, ORDINARY, Note("A new thread for your area", "New.", "/threads/2"))
    start = Barrier(3)

    def send() -> None:
        with app.app_context():
            start.wait()
            waiting.send_due(NOON + timedelta(days=1))

    workers = [Thread(target=send) for _each in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert (count(app, Mail), count(app, WaitingNote)) == (len(people), 0)


def test_N3_a_worker_killed_between_sends_nothing_twice_and_loses_nothing(
    app: Flask, robin: str, tmp_path: Path
) -> None:
    make_member(app, "Wren", ward=BOW_WEST)
    tell(app, ORDINARY, Note("A new thread for your area", "New.", "/threads/2"))
    program = f"""
import os
from pathlib import Path
from core import mail
from core.app import create_app
from core.notifications import waiting
from core.plugin_manager import load
from datetime import datetime
app = create_app(Path({str(tmp_path)!r}), plugins=load([]))
queued = mail.queue
def dies(*given, **more):
    queued(*given, **more)
    os._exit(9)
mail.queue = dies
with app.app_context():
    waiting.send_due(datetime.fromisoformat({(NOON + timedelta(days=1)).isoformat()!r}))
"""
    for _time in range(2):
        assert subprocess.run([sys.executable, "-c", program], check=False, cwd="/").returncode == 9
    assert (count(app, Mail), count(app, WaitingNote)) == (0, 4)
    sent = later(app, NOON + timedelta(days=1))
    assert sorted(str(each["To"])[:5] for each in sent) == ["robin", "wren2"]
    assert len(later(app, NOON + timedelta(days=2))) == 2


def test_N3_a_failure_with_one_member_stops_nobody_elses_digest(
    app: Flask, robin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_member(app, "Wren", ward=BOW_WEST)
    tell(app, ORDINARY)
    with app.app_context(), transaction() as db:
        broken = sa.update(WaitingNote).where(WaitingNote.member_id == robin)
        db.execute(broken.values(sealed="00" * 40))
    assert [str(each["To"])[:4] for each in later(app, NOON + timedelta(days=1))] == ["wren"]
    assert count(app, WaitingNote) == 0


def test_N3_who_is_closed_or_verified_no_more_gets_no_digest(app: Flask, robin: str) -> None:
    wren = make_member(app, "Wren", ward=BOW_WEST)
    tell(app, ORDINARY)
    with app.app_context(), transaction() as db:
        members.suspend(db, robin, None, "test")
        members.verify(db, wren, BOW_WEST, "test", NOON.date() - timedelta(days=1))
    sent = later(app, NOON + timedelta(days=1))
    assert [each for each in sent if each["Subject"] in (ORDINARY.subject, "What is new for you")] == []


def test_N1_all_that_is_held_is_exported_and_erased(app: Flask, robin: str) -> None:
    with app.app_context(), transaction() as db:
        notifications.follow_topic(db, robin, "plug.thing:1")
        push.subscribe(db, robin, "https://fcm.googleapis.com/1")
    tell(app, ORDINARY)
    choose(app, robin, rhythm="weekly")
    with app.app_context(), transaction() as db:
        held = privacy.export(db, robin)
        assert held["core.followed_topics"] == [{"topic": "plug.thing:1"}]
        assert held["core.notice_choice"][0]["rhythm"] == "weekly"
        assert held["core.waiting_notes"][0]["path"] == ORDINARY.path
        assert held["core.notices"][0]["subject"] == ORDINARY.subject
        assert held["core.push_browsers"] == [{"service": "fcm.googleapis.com"}]
        assert privacy.erase(db, robin).parts["core"].deleted >= 6
    assert [count(app, table) for table in (TopicFollow, WaitingNote, Notice)] == [0, 0, 0]


def test_N1_no_time_finer_than_a_day_is_kept_of_what_was_told(app: Flask) -> None:
    columns = {column.name: column.type for column in Notice.__table__.c}
    assert [name for name, kind in columns.items() if isinstance(kind, sa.DateTime)] == []
    assert isinstance(columns["noticed_on"], sa.Date)


def test_N1_the_pages_hold_what_was_chosen(app: Flask, robin: str) -> None:
    client = app.test_client()
    sign_in(client, robin)
    wanted = {"by_mail": "y", "least": "important", "rhythm": "weekly", "digest_hour": "9", "digest_weekday": "2"}
    assert client.post("/account/notices", data=wanted | {"quiet_from": "23", "quiet_until": "6"}).status_code == 303
    with app.app_context(), reading() as db:
        kept = notifications.choice(db, robin)
    assert (kept.least, kept.rhythm, kept.digest_hour, kept.digest_weekday) == ("important", "weekly", 9, 2)
    assert (kept.quiet_from, kept.quiet_until, kept.by_web, kept.letters) == (23, 6, False, False)
    wrong = client.post("/account/notices", data=wanted | {"least": "nothing", "quiet_from": "25"})
    assert wrong.status_code == 422
    assert client.post("/account/notices", data=wanted | {"quiet_from": "none", "quiet_until": "7"}).status_code == 303
    assert "no quiet hours" in client.get("/account/notices").get_data(as_text=True)
    assert client.post("/account/notices/urgent-only").status_code == 303
    with app.app_context(), reading() as db:
        assert notifications.choice(db, robin).least == "urgent"


def test_N1_the_list_page_counts_and_marks(app: Flask, robin: str) -> None:
    client = app.test_client()
    sign_in(client, robin)
    tell(app, IMPORTANT)
    assert "1 new" in client.get("/account").get_data(as_text=True)
    page = client.get("/account/notices/inbox").get_data(as_text=True)
    assert 'href="/x/1"' in page
    assert "Mark all as read" in page
    assert client.post("/account/notices/inbox/read").status_code == 303
    assert "Mark all as read" not in client.get("/account/notices/inbox").get_data(as_text=True)


def test_N1_one_cannot_unfollow_for_somebody_else(app: Flask, robin: str) -> None:
    wren = make_member(app, "Wren", ward=BOW_WEST)
    with app.app_context(), transaction() as db:
        for member_id in (robin, wren):
            notifications.follow_topic(db, member_id, "plug.thing:1")
        (hashed,) = notifications.topics(db, robin)
    client = app.test_client()
    sign_in(client, robin)
    assert client.post("/account/notices/unfollow", data={"topic": hashed}).status_code == 303
    with app.app_context(), reading() as db:
        assert not notifications.follows(db, robin, "plug.thing:1")
        assert notifications.follows(db, wren, "plug.thing:1")


def test_N1_the_api_says_what_the_pages_say(app: Flask, robin: str) -> None:
    with app.app_context(), transaction() as db:
        notifications.follow(db, robin, [WHITECHAPEL])
        notifications.follow_topic(db, robin, "plug.thing:1")
    tell(app, IMPORTANT)
    wren = {"Authorization": f"Bearer {api_token(app, make_member(app, 'Wren', ward=WHITECHAPEL), 'read')}"}
    mine = {"Authorization": f"Bearer {api_token(app, robin, 'read')}"}
    client = app.test_client()
    (item,) = client.get("/api/v1/me/notices", headers=mine).get_json()["items"]
    assert (item["path"], item["noticed_on"], item["read"]) == ("/x/1", "2026-11-24", False)
    followed = client.get("/api/v1/me/followed", headers=mine).get_json()
    assert followed == {"wards": [WHITECHAPEL], "topics": ["plug.thing:1"]}
    assert client.get("/api/v1/me/notices", headers=wren).get_json()["items"] == []
    assert client.get("/api/v1/me/notices").status_code == 401
    assert client.get("/api/v1/me/followed", headers=wren).get_json() == {"wards": [], "topics": []}
