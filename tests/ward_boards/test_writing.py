"""Opening threads and replying: who may, on which boards, signed how, read by whom."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.testing import capture_events, make_member, sign_in
from plugins.ward_boards.urgency import urgent_words

BOROUGH, BOW_WEST, STEPNEY, ISLAND = "E09000030", "E05009320", "E05009334", "E05009324"


def test_W2_member_of_one_ward_writes_on_any_board_and_is_answered_from_another(
    browse: Any, robin: str, wren: str, thread_form: Any
) -> None:
    writer, neighbour = browse(robin), browse(wren)
    for code in (BOW_WEST, ISLAND, STEPNEY, BOROUGH):
        news = thread_form(title=f"News for {code}", wards=[code], looked_at="1")
        posted = writer.post(f"/boards/{code}/new", data=news)
        assert posted.status_code == 303
        assert f"News for {code}" in neighbour.get(f"/boards/{code}").get_data(as_text=True)
        thread = posted.headers["Location"].split("#")[0]
        answered = neighbour.post(thread, data={"text": "Thank you for telling us.", "as": "alias"})
        assert answered.status_code == 303
        page = writer.get(answered.headers["Location"]).get_data(as_text=True)
        assert "Thank you for telling us." in page
        assert "Robin" in page
        assert "Wren" in page


def test_W3_thread_on_three_wards_has_one_stream_of_replies(
    browse: Any, robin: str, wren: str, thread_form: Any, rows: Any
) -> None:
    with capture_events() as events:
        posted = browse(robin).post(
            f"/boards/{BOW_WEST}/new",
            data=thread_form(wards=[BOW_WEST, STEPNEY, ISLAND], title="They cross the border"),
        )
    thread = posted.headers["Location"].split("#")[0]
    boards = [browse(wren).get(f"/boards/{code}").get_data(as_text=True) for code in (BOW_WEST, STEPNEY, ISLAND)]
    assert all(f'href="{thread}"' in board for board in boards)
    browse(wren).post(thread, data={"text": "Also at the lock.", "as": "alias"})
    assert [row.posts_count for row in rows("thread")] == [2]
    assert len(rows("thread_ward")) == 3
    assert [set(event.ward_codes) for event in events] == [{BOW_WEST, STEPNEY, ISLAND}]  # told once, not three times
    assert "1 reply" in browse(wren).get(f"/boards/{ISLAND}").get_data(as_text=True)


def test_unverified_member_is_told_in_one_sentence_what_is_needed(browse: Any, fresh: str, thread_form: Any) -> None:
    needed = "you still need to show a volunteer who you are and where you live."
    browser = browse(fresh)
    page = browser.get(f"/boards/{BOW_WEST}/new")
    assert page.status_code == 403
    assert needed in page.get_data(as_text=True)
    assert needed in browser.get(f"/boards/{BOW_WEST}").get_data(as_text=True)
    assert browser.post(f"/boards/{BOW_WEST}/new", data=thread_form()).status_code == 403


def test_visitor_is_led_to_sign_in_before_writing(browse: Any, thread_form: Any, robin: str, write: Any) -> None:
    answer = browse().get(f"/boards/{BOW_WEST}/new")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?next=")
    assert browse().post(f"/boards/{BOW_WEST}/new", data=thread_form()).status_code == 303
    thread = write(robin).thread_id
    assert (
        browse()
        .post(f"/threads/{thread}", data={"text": "x", "as": "alias"})
        .headers["Location"]
        .startswith("/sign-in")
    )


def test_P1_999_and_101_stand_before_the_first_field(browse: Any, robin: str, write: Any) -> None:
    compose = browse(robin).get(f"/boards/{BOW_WEST}/new").get_data(as_text=True)
    thread = browse(robin).get(f"/threads/{write(robin).thread_id}").get_data(as_text=True)
    for page in (compose, thread):
        said = page.index("If someone is in danger now, call 999. To report a crime that is over, call 101.")
        assert said < page.index("<textarea")


@pytest.mark.parametrize("where", ["thread", "reply"])
def test_P1_urgent_words_show_999_once_more_before_the_post_goes_out(
    browse: Any, robin: str, thread_form: Any, write: Any, rows: Any, where: str
) -> None:
    browser = browse(robin)
    address = f"/boards/{BOW_WEST}/new" if where == "thread" else f"/threads/{write(robin).thread_id}"
    before = len(rows("post"))
    typed = thread_form(text="A man with a Knife is at the door, help me")
    page = browser.post(address, data=typed)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "Is someone in danger now?" in text
    assert "You wrote: Knife, help me." in text
    assert 'href="tel:999"' in text
    assert "A man with a Knife is at the door, help me" in text
    assert len(rows("post")) == before
    assert browser.post(address, data=typed | {"confirmed": "1"}).status_code == 303
    assert len(rows("post")) == before + 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("He has a gun", ("gun",)),
        ("FIRE in the bin store", ("FIRE",)),
        ("It is happening now, they are breaking in", ("happening now", "breaking in")),
        ("Help! Now!", ("Help", "Now")),
        ("Weapons and weapons", ("Weapons",)),
        ("My begun gunwale is fireproof and helpful", ()),
        ("Bring cake on Sunday. It is free now and then.", ()),
        ("", ()),
    ],
)
def test_P1_urgent_words_are_whole_words(text: str, found: tuple[str, ...]) -> None:
    assert urgent_words(text) == found


def test_W5_button_names_the_readers_and_verified_is_the_default(browse: Any, robin: str, officer: str) -> None:
    page = browse(robin).get(f"/boards/{BOW_WEST}/new").get_data(as_text=True)
    assert "<span>Post to verified members</span>" in page
    assert "Post for everyone" not in page
    page = browse(officer).get(f"/boards/{BOW_WEST}/new").get_data(as_text=True)
    assert "<span>Post to verified members</span>" in page
    assert 'data-to-public="Post for everyone"' in page


def test_W5_without_scripts_a_change_of_readers_is_shown_before_it_counts(
    browse: Any, officer: str, thread_form: Any, rows: Any
) -> None:
    browser = browse(officer)
    page = browser.post(f"/boards/{BOW_WEST}/new", data=thread_form(tier="public")).get_data(as_text=True)
    assert "You changed who can read it." in page
    assert "<span>Post for everyone</span>" in page
    assert rows("thread") == []
    sent = browser.post(f"/boards/{BOW_WEST}/new", data=thread_form(tier="public", shown_tier="public"))
    assert sent.status_code == 303
    assert [row.tier for row in rows("thread")] == ["public"]


def test_W5_everyone_reads_a_public_notice_but_not_its_replies(
    browse: Any, robin: str, fresh: str, officer: str, write: Any
) -> None:
    thread = write(officer, "Bike marking", tier="public").thread_id
    browse(robin).post(f"/threads/{thread}", data={"text": "I will bring two bikes.", "as": "alias"})
    for reader in (None, fresh):
        assert "Bike marking" in browse(reader).get(f"/boards/{BOW_WEST}").get_data(as_text=True)
        page = browse(reader).get(f"/threads/{thread}").get_data(as_text=True)
        assert "On the towpath." in page
        assert "two bikes" not in page
        assert "<textarea" not in page
    assert "two bikes" in browse(robin).get(f"/threads/{thread}").get_data(as_text=True)


def test_W5_coordinators_threads_are_read_in_their_own_wards_only(
    browse: Any, app: Any, robin: str, officer: str, write: Any
) -> None:
    thread = write(officer, "The rota", tier="coordinators").thread_id
    elsewhere = make_member(app, "Elsewhere", roles=[("coordinator", STEPNEY)], ward=STEPNEY)
    assert browse(officer).get(f"/threads/{thread}").status_code == 200
    for reader in (None, robin, elsewhere):
        assert browse(reader).get(f"/threads/{thread}").status_code == 404
        assert "The rota" not in browse(reader).get(f"/boards/{BOW_WEST}").get_data(as_text=True)
        assert browse(reader).post(f"/threads/{thread}", data={"text": "x", "as": "alias"}).status_code in (303, 404)


def test_W5_public_notice_of_another_ward_is_refused(browse: Any, officer: str, thread_form: Any, rows: Any) -> None:
    data = thread_form(tier="public", shown_tier="public", wards=[BOW_WEST, STEPNEY])
    page = browse(officer).post(f"/boards/{BOW_WEST}/new", data=data)
    assert page.status_code == 403 or "You cannot write for these readers" in page.get_data(as_text=True)
    assert page.status_code in (403, 422)
    assert rows("thread") == []


def test_preview_shows_the_post_and_keeps_all_that_was_typed(
    browse: Any, robin: str, thread_form: Any, rows: Any
) -> None:
    data = thread_form(text="**Nobody** was hurt. <script>x</script>", wards=[BOW_WEST, ISLAND], preview="1")
    page = browse(robin).post(f"/boards/{BOW_WEST}/new", data=data | {"as": "resident"}).get_data(as_text=True)
    assert "<strong>Nobody</strong> was hurt. &lt;script&gt;" in page
    assert "Two mopeds at the bridge" in page
    assert page.count(" checked") >= 3  # both boards and the signature
    assert rows("thread") == []


BAD = [
    ({"title": " "}, "Write a title of a few words"),
    ({"title": "x" * 121}, "The title is too long. Take out 1 letter."),
    ({"text": "\n \x00 "}, "Write what you want to tell your neighbours."),
    ({"text": "x" * 10_002}, "The text is too long. Take out 2 letters."),
    ({"wards": []}, "Choose at least one board."),
    ({"wards": ["E05009367"]}, "Choose at least one board."),
    ({"tier": "public"}, "Choose who can read it."),
    ({"tier": ""}, "Choose who can read it."),
    ({"category": "gossip"}, "Not a valid choice."),
    ({"as": "group"}, "Choose how your post is signed."),
    ({"as": ""}, "Choose how your post is signed."),
    ({"text": "please refuse me"}, "Take the house number out."),
]


@pytest.mark.parametrize(("changes", "said"), BAD, ids=lambda value: str(value)[:30])
def test_bad_thread_gets_a_sentence_and_loses_nothing(
    browse: Any, robin: str, thread_form: Any, rows: Any, changes: dict[str, Any], said: str
) -> None:
    data = thread_form(**changes)
    page = browse(robin).post(f"/boards/{BOW_WEST}/new", data=data)
    text = page.get_data(as_text=True)
    assert page.status_code == 422
    assert "There is a problem" in text
    assert said in text
    for name in ("title", "text"):
        assert str(data[name])[:100].strip() in text
    assert rows("thread") == []


@pytest.mark.parametrize("text", ["", "x" * 10_001, "refuse me"])
def test_bad_reply_gets_a_sentence(browse: Any, robin: str, write: Any, rows: Any, text: str) -> None:
    page = browse(robin).post(f"/threads/{write(robin).thread_id}", data={"text": text, "as": "alias"})
    assert page.status_code == 422
    assert "There is a problem" in page.get_data(as_text=True)
    assert len(rows("post")) == 1


def test_held_post_is_seen_by_its_writer_and_moderators_only(
    browse: Any, robin: str, wren: str, officer: str, thread_form: Any
) -> None:
    posted = browse(robin).post(f"/boards/{BOW_WEST}/new", data=thread_form(text="hold me, please"))
    address = posted.headers["Location"]
    own = browse(robin).get(address).get_data(as_text=True)
    assert "Only you and the coordinators see this yet." in own
    assert "A name is in it." in own
    assert browse(wren).get(address).status_code == 404
    assert "Two mopeds" not in browse(wren).get(f"/boards/{BOW_WEST}").get_data(as_text=True)
    assert "hold me" in browse(officer).get(f"/boards/{BOW_WEST}/waiting").get_data(as_text=True)


def test_choice_of_signature_is_offered_beside_the_button(browse: Any, robin: str) -> None:
    page = browse(robin).get(f"/boards/{BOW_WEST}/new").get_data(as_text=True)
    for name in ("alias", "thread_alias", "resident"):
        assert f'name="as" required type="radio" value="{name}"' in page or f'value="{name}"' in page
    assert page.index('value="resident"') > page.index("<textarea")


def test_signature_that_is_gone_when_sent_never_becomes_the_alias(
    app: Any, browse: Any, robin: str, thread_form: Any, write: Any, rows: Any
) -> None:
    mover = make_member(app, "Mover", ward=STEPNEY)  # is offered "a resident", and then it is refused
    thread = write(robin).thread_id
    for path, data in (
        (f"/boards/{BOW_WEST}/new", thread_form(**{"as": "resident", "looked_at": "1"})),
        (f"/threads/{thread}", {"text": "A secret", "as": "resident"}),
    ):
        page = browse(mover).post(path, data=data)
        assert page.status_code == 422
        assert "You cannot sign like this any more." in page.get_data(as_text=True)
    assert len(rows("post")) == 1


def chosen(page: str) -> str:
    """Return the way to sign that is ticked on a page."""
    return next(re.findall(r'value="(\w+)"', tag)[0] for tag in re.findall(r"<input[^>]*>", page) if _is_chosen(tag))


def _is_chosen(tag: str) -> bool:
    return 'name="as"' in tag and "checked" in tag


def test_A2_choice_of_signature_is_remembered_per_board_and_for_nobody_else(
    app: Any, browse: Any, robin: str, wren: str, thread_form: Any
) -> None:
    browser = browse(robin)
    assert chosen(browser.get(f"/boards/{BOW_WEST}/new").text) == "alias"
    sent = thread_form(wards=[BOW_WEST], **{"as": "thread_alias"})
    posted = browser.post(f"/boards/{BOW_WEST}/new", data=sent)
    assert posted.status_code == 303
    assert chosen(browser.get(f"/boards/{BOW_WEST}/new").text) == "thread_alias"
    assert chosen(browser.get(posted.headers["Location"]).text) == "thread_alias"
    assert chosen(browser.get(f"/boards/{ISLAND}/new").text) == "alias"
    sign_in(browser, wren)
    assert chosen(browser.get(f"/boards/{BOW_WEST}/new").text) == "alias"
