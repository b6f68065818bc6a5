"""The weekly letter: drafted by itself, edited, tried, sent once; what is withdrawn leaves it again."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from core import permissions, wards
from core.database import now, transaction
from core.letters import plain
from core.testing import api_token, mails, make_member, work
from plugins.ward_boards import services
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.weekly import daily, drafting, queries, weeks
from plugins.ward_boards.weekly import services as letters
from plugins.ward_boards.weekly.models import Letter
from plugins.ward_boards.weekly.services import LetterGone, StaleLetter, UnfitLetter, Wording

BOROUGH, BOW_WEST, STEPNEY, ISLAND = "E09000030", "E05009320", "E05009334", "E05009324"
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def draft_all(writing: Any) -> Any:
    """Return a function that writes the drafts of a moment and gives Bow West's."""

    def write(at: datetime | None = None, code: str = BOW_WEST) -> queries.LetterRow:
        with writing() as db:
            letters.write_drafts(db, at or now())
            return next(row for row in queries.drafts(db, [code]))

    return write


def _wording(row: queries.LetterRow, **changes: Any) -> Wording:
    return Wording(**({"title": row.title, "text": row.text, "revision": row.revision} | changes))


def test_W8_a_draft_waits_for_every_board_each_week(writing: Any, draft_all: Any) -> None:
    row = draft_all(MONDAY)
    assert (row.week_on, row.state, row.revision) == (date(2026, 11, 23), "draft", 1)
    assert row.title == "Bow West: the week to 23 November 2026"
    assert "A quiet week" in row.text
    with writing() as db:
        assert len(queries.drafts(db, [place.code for place in wards.boards()])) == 21
        letters.write_drafts(db, MONDAY + timedelta(hours=5))
        assert len(queries.drafts(db, [place.code for place in wards.boards()])) == 21, "once a week"
        letters.write_drafts(db, MONDAY + timedelta(days=7))
        (newer,) = queries.drafts(db, [BOW_WEST])
        assert newer.week_on == date(2026, 11, 30)
        old = queries.letter(db, row.id)
        assert old is not None
        assert (old.state, old.text) == ("lapsed", "")


def test_W8_the_draft_tells_of_threads_alerts_and_what_waits_for_an_answer(
    writing: Any, write: Any, robin: str, officer: str, draft_all: Any
) -> None:
    placed = write(robin, "Two [mopeds]* at the bridge")
    with writing() as db:
        write_secret = permissions.viewer_of(db, officer)
        assert write_secret.has_role("officer")
    secret = write(officer, "For staff only", tier="coordinators")
    text = draft_all().text
    assert "### New on the board" in text
    assert f"http://localhost/threads/{placed.thread_id}" in text
    assert r"Two \[mopeds\]\* at the bridge" in text, "a title must not become Markdown"
    assert secret.thread_id not in text
    later = draft_all(now() + timedelta(days=14))
    assert "### Can you help?" in later.text
    assert placed.thread_id in later.text


def test_W8_a_draft_follows_what_happens_until_somebody_edits_it(
    writing: Any, write: Any, robin: str, officer: str, draft_all: Any
) -> None:
    first = draft_all()
    placed = write(robin)
    second = draft_all()
    assert placed.thread_id in second.text
    assert second.revision == first.revision + 1
    with writing() as db:
        who = permissions.viewer_of(db, officer)
        letters.edit(db, who, second.id, _wording(second, text="My own words."))
    write(robin, "Another one")
    assert draft_all().text == "My own words."


def test_W8_a_letter_goes_once_whoever_sends_it(app: Any, officer: str, robin: str, draft_all: Any) -> None:
    row = draft_all()
    colleague = make_member(app, "Colleague", roles=[("coordinator", BOW_WEST)])
    start, answers = Barrier(2), []

    def press(member_id: str) -> None:
        with app.app_context():
            start.wait()
            try:
                with transaction() as db:
                    letters.send(db, permissions.viewer_of(db, member_id), row.id, _wording(row), now=now())
                answers.append("sent")
            except (LetterGone, StaleLetter):
                answers.append("too late")

    presses = [Thread(target=press, args=(member_id,)) for member_id in (officer, colleague)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert sorted(answers) == ["sent", "too late"]
    before = len(mails(app))
    work(app)
    new = mails(app)[before:]
    ours = [mail for mail in new if mail["Subject"] == "Your weekly letter" and "robin" in mail["To"]]
    assert len(ours) == 1


def test_N5_a_letter_goes_to_chosen_wards_and_stays_on_their_boards(
    app: Any, writing: Any, rows: Any, draft_all: Any, robin: str, wren: str
) -> None:
    officer = make_member(app, "Two Wards", roles=[("officer", BOW_WEST), ("officer", STEPNEY)])
    islander = make_member(app, "Islander", ward=ISLAND)
    row = draft_all()
    with writing() as db:
        who = permissions.viewer_of(db, officer)
        wording = _wording(row, text="### Hello\n\n- [Bikes](http://localhost/police)", ward_codes=(STEPNEY,))
        thread_id = letters.send(db, who, row.id, wording, now=now())
    assert {code for thread, code, *_rest in rows("thread_ward") if thread == thread_id} == {BOW_WEST, STEPNEY}
    assert {one.ward_code for one in rows("letter") if one.state == "covered"} == {STEPNEY}
    (post,) = [one for one in rows("post") if one.thread_id == thread_id]
    assert (post.member_id, post.label) == (None, "The letter of Bow West")
    before = len(mails(app))
    work(app)
    new = [mail for mail in mails(app)[before:] if mail["Subject"] == "Your weekly letter"]
    got = [re.sub(r"\d.*", "", mail["To"]) for mail in new]
    assert not any("Bikes" in mail.get_content() for mail in new), "nobody asked for titles in mails"
    assert all("List-Unsubscribe" in mail for mail in new)
    assert sorted(got) == ["robin", "wren"], f"not {islander}, who lives elsewhere"


def test_N5_a_test_goes_to_the_sender_alone_and_keeps_what_was_typed(
    app: Any, browse: Any, officer: str, robin: str, draft_all: Any
) -> None:
    row = draft_all()
    page = browse(officer)
    sent = page.post(
        f"/letters/{row.id}", data={"title": row.title, "text": "Try me.", "revision": row.revision, "verb": "test"}
    )
    assert sent.status_code == 303
    before = len(mails(app))
    work(app)
    (mail,) = mails(app)[before:]
    assert mail["To"].startswith("officer")
    assert "Try me." in mail.get_content()
    assert "Try me." in page.get(f"/letters/{row.id}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": " "}, "Give the letter a title."),
        ({"title": "x" * 121}, "Make the title shorter"),
        ({"text": "\n"}, "The letter is empty."),
        ({"text": "y" * 10_001}, "Make the letter shorter"),
        ({"text": "- [a](http://localhost/threads/" + "0" * 32 + ")"}, "A thread is no longer on the boards."),
    ],
)
def test_N5_a_letter_that_cannot_go_says_why_and_keeps_what_was_typed(
    browse: Any, officer: str, draft_all: Any, change: dict[str, str], words: str
) -> None:
    row = draft_all()
    data = {"title": row.title, "text": "Kept text", "revision": str(row.revision), "verb": "send"} | change
    answer = browse(officer).post(f"/letters/{row.id}", data=data)
    assert answer.status_code == 422
    said = answer.get_data(as_text=True)
    assert words in said
    assert data["text"].strip()[:40] in said or not data["text"].strip()


def test_N5_two_who_edit_at_once_see_each_others_words(writing: Any, browse: Any, officer: str, draft_all: Any) -> None:
    row = draft_all()
    with writing() as db:
        letters.edit(db, permissions.viewer_of(db, officer), row.id, _wording(row, text="Theirs"))
    data = {"title": row.title, "text": "Mine", "revision": row.revision, "verb": "save"}
    answer = browse(officer).post(f"/letters/{row.id}", data=data)
    assert answer.status_code == 409
    said = answer.get_data(as_text=True)
    assert "Theirs" in said
    assert "Mine" in said


def test_W8_who_may_see_and_send_letters(app: Any, writing: Any, browse: Any, robin: str, draft_all: Any) -> None:
    row = draft_all()
    elsewhere = make_member(app, "Elsewhere", roles=[("officer", STEPNEY)])
    assert browse().get("/letters").status_code == 303
    assert browse(robin).get("/letters").status_code == 403
    assert browse(elsewhere).get("/letters").status_code == 200
    assert browse(elsewhere).get(f"/letters/{row.id}").status_code == 404
    with writing() as db, pytest.raises(permissions.Denied):
        letters.send(db, permissions.viewer_of(db, elsewhere), row.id, _wording(row), now=now())
    officer = make_member(app, "Bow Officer", roles=[("officer", BOW_WEST)])
    with writing() as db, pytest.raises(permissions.Denied):
        letters.send(db, permissions.viewer_of(db, officer), row.id, _wording(row, ward_codes=(STEPNEY,)), now=now())


def test_W8_a_deputy_sends_letters_and_does_nothing_else(
    app: Any, browse: Any, officer: str, robin: str, wren: str, draft_all: Any
) -> None:
    row = draft_all()
    staff = browse(officer)
    page = f"/boards/{BOW_WEST}/deputies"
    assert staff.post(page, data={"alias": "Nobody"}).status_code == 422
    assert staff.post(page, data={"alias": "wren"}).status_code == 303
    assert browse(robin).get(page).status_code == 403
    deputy = browse(wren)
    assert deputy.get(page).status_code == 403
    assert row.title in deputy.get("/letters").get_data(as_text=True)
    data = {"title": row.title, "text": "From the deputy.", "revision": row.revision, "verb": "send"}
    assert deputy.post(f"/letters/{row.id}", data=data).status_code == 303
    assert deputy.get(f"/boards/{BOW_WEST}/waiting").status_code == 403
    staff.post(f"{page}/dismiss", data={"member": wren})
    assert deputy.get("/letters").status_code == 403


def test_W8_a_deputy_who_is_no_longer_verified_sends_nothing(app: Any, browse: Any, officer: str, wren: str) -> None:
    browse(officer).post(f"/boards/{BOW_WEST}/deputies", data={"alias": "Wren"})
    assert browse(wren).get("/letters").status_code == 200
    with app.app_context(), transaction() as db:
        db.execute(sa.text("DELETE FROM core_membership"))
    assert browse(wren).get("/letters").status_code == 403


def test_W8_a_thread_that_is_taken_back_leaves_the_letters(
    writing: Any, write: Any, rows: Any, robin: str, officer: str, draft_all: Any
) -> None:
    placed, hidden = write(robin, "Canary title"), write(robin, "Other canary")
    row = draft_all()
    with writing() as db:
        letters.send(db, permissions.viewer_of(db, officer), row.id, _wording(row), now=now())
    assert sum("anary" in post.text for post in rows("post")) == 1, "the letter's copy"
    with writing() as db:
        services.withdraw(db, permissions.viewer_of(db, robin), placed.post_id)
        ruling = Ruling(words="It names a house.")
        moderation.hide(db, permissions.viewer_of(db, officer), hidden.post_id, ruling, now=now())
    assert not [one for one in rows("letter") if "anary" in one.text]
    assert not [post for post in rows("post") if "anary" in post.text + post.html]


def test_W8_a_silent_board_is_told_to_its_deputy_then_to_its_staff_then_to_the_admins(
    app: Any, write: Any, robin: str, wren: str, officer: str, browse: Any
) -> None:
    make_member(app, "Boss", roles=["admin"])
    write(robin)
    browse(officer).post(f"/boards/{BOW_WEST}/deputies", data={"alias": "Wren"})
    work(app)
    before = len(mails(app))

    def told(days: int) -> list[tuple[str, str]]:
        nonlocal before
        with app.app_context():
            daily.look(now() + timedelta(days=days))
        work(app)
        new = mails(app)[before:]
        before += len(new)
        return [
            (re.sub(r"\d.*", "", mail["To"]), mail.get_content())
            for mail in new
            if mail["Subject"] == "A board would like to hear from you"
        ]

    assert told(20) == []
    first = dict(told(21))
    assert "Bow West" in first["wren"], "the deputy"
    assert "Stepney Green" in first["boss"], "nobody else looks after it"
    assert set(first) == {"wren", "boss"}, "one mail each, however many boards"
    assert told(22) == [], "once a week"
    assert "Bow West" in dict(told(29))["wren"]
    browse(officer).post(f"/boards/{BOW_WEST}/deputies/dismiss", data={"member": wren})
    assert "Bow West" in dict(told(40))["officer"]


def test_W8_letters_themselves_do_not_keep_a_board_alive(
    app: Any, writing: Any, write: Any, robin: str, officer: str, draft_all: Any
) -> None:
    write(robin)
    row = draft_all()
    with writing() as db:
        who = permissions.viewer_of(db, officer)
        letters.send(db, who, row.id, _wording(row, text="Still here."), now=now() + timedelta(days=20))
        last = queries.last_talk(db)
    assert last[BOW_WEST] < now() + timedelta(days=1)


def test_W8_the_same_by_api(app: Any, officer: str, robin: str, draft_all: Any) -> None:
    row = draft_all()
    client = app.test_client()
    staff = {"Authorization": f"Bearer {api_token(app, officer, 'read', 'post')}"}
    member = {"Authorization": f"Bearer {api_token(app, robin, 'read', 'post')}"}
    assert client.get("/api/v1/letters", headers=member).status_code == 403
    (item,) = client.get("/api/v1/letters", headers=staff).json["items"]
    assert (item["id"], item["ward"], item["state"]) == (row.id, BOW_WEST, "draft")
    url = f"/api/v1/letters/{row.id}"
    body = {"title": row.title, "text": "By machine.", "revision": row.revision}
    assert client.put(url, json=body, headers=member).status_code == 403
    elsewhere = make_member(app, "Elsewhere", roles=[("officer", STEPNEY)])
    foreign = {"Authorization": f"Bearer {api_token(app, elsewhere, 'read', 'post')}"}
    assert client.put(url, json=body, headers=foreign).status_code == 403
    assert client.post(f"{url}/send", json=body, headers=foreign).status_code == 403
    changed = client.put(url, json=body, headers=staff)
    assert changed.status_code == 200
    assert client.put(url, json=body, headers=staff).status_code == 409
    sent = client.post(f"{url}/send", json=body | {"revision": changed.json["revision"], "wards": []}, headers=staff)
    assert sent.status_code == 201
    assert client.get(f"/api/v1/threads/{sent.json['thread']}", headers=member).json["title"] == row.title
    again = client.post(f"{url}/send", json=body | {"revision": changed.json["revision"], "wards": []}, headers=staff)
    assert again.status_code == 409


@given(
    st.integers(0, 6 * 365 * 24 * 60).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(0, minutes * 60))
)
def test_W8_a_week_begins_on_a_monday_and_is_never_in_the_future(at: datetime) -> None:
    week_on = weeks.week_of(at)
    assert week_on.weekday() == 0
    assert week_on <= day_of(at)
    assert weeks.start_of(week_on) < at
    assert day_of(weeks.start_of(week_on)) == week_on - timedelta(days=7)


@given(st.lists(st.text(max_size=4000), max_size=20))
def test_W8_a_draft_is_never_too_long_for_a_post(sections: list[str]) -> None:
    assert len(drafting.fitting(sections)) <= drafting.LONGEST_TEXT


@given(st.text(max_size=200))
def test_W8_no_title_becomes_markdown(title: str) -> None:
    from plugins.ward_boards import markup

    html = markup.render(f"- {plain(title)} end")
    assert not re.search(r"<(strong|em|code|h[1-6]|blockquote|img)\b", html)


def test_N5_the_mail_has_the_address_behind_each_link() -> None:
    text = "### New\n\n- [Two \\[mopeds\\]](http://localhost/threads/abc) – 2 replies\n\n**Bold**"
    assert drafting.as_mail(text) == "New\n\n- Two [mopeds]: http://localhost/threads/abc – 2 replies\n\nBold"


def test_W8_letters_are_forgotten_after_a_year(writing: Any, draft_all: Any) -> None:
    row = draft_all(MONDAY)
    with writing() as db:
        letters.write_drafts(db, MONDAY + timedelta(days=372))
        assert db.get(Letter, row.id) is None


def test_W8_an_unfit_letter_is_not_half_sent(writing: Any, rows: Any, officer: str, draft_all: Any) -> None:
    row = draft_all()
    with pytest.raises(UnfitLetter), writing() as db:
        letters.send(db, permissions.viewer_of(db, officer), row.id, _wording(row, text=""), now=now())
    assert rows("thread") == []
    assert [one.state for one in rows("letter") if one.id == row.id] == ["draft"]
