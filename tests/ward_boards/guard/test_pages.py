"""What a writer meets: words marked once, what was typed kept, holding, and the way to the police."""

from __future__ import annotations

import re
from typing import Any

import pytest

from core.testing import api_token

BOW_WEST = "E05009320"
NEW = f"/boards/{BOW_WEST}/new"
PHONE = "Ring me on 07700 900123 about the pram, please."
SUSPECT = "His name is Dave Carter and he took both bikes."


def warned(page: str) -> str:
    return re.findall(r'name="warned" value="(\w+)"', page)[0]


def test_A10_marked_words_are_shown_once_and_then_posted(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    sent = thread_form(text=PHONE, category="general", title="A pram to give away")
    page = browser.post(NEW, data=sent)
    assert page.status_code == 200
    assert "Ring me on <mark>07700 900123</mark> about" in page.text
    assert PHONE in page.text  # in the field, as it was typed
    assert not rows("post")
    assert browser.post(NEW, data=sent | {"warned": warned(page.text)}).status_code == 303
    assert rows("post")[0].state == "published"


def test_A10_changed_text_is_looked_at_again(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    sent = thread_form(text=PHONE, category="general")
    token = warned(browser.post(NEW, data=sent).text)
    other = sent | {"text": "Come to 14 Example Road instead.", "warned": token}
    page = browser.post(NEW, data=other)
    assert "<mark>14 Example Road</mark>" in page.text
    assert not rows("post")
    assert "<mark>" in browser.post(NEW, data=sent | {"warned": "0" * 32}).text


def test_markup_in_a_marked_text_is_only_text(browse: Any, robin: str, thread_form: Any) -> None:
    page = browse(robin).post(NEW, data=thread_form(text="<img src=x> his name is <b>Dave</b> Carter, a@mail.example"))
    assert "<mark>a@mail.example</mark>" in page.text
    assert "<img src=x>" not in page.text
    assert "&lt;img src=x&gt;" in page.text


def test_M7_named_suspect_is_held_when_the_writer_insists(
    browse: Any, robin: str, wren: str, thread_form: Any, rows: Any
) -> None:
    browser = browse(robin)
    page = browser.post(NEW, data=thread_form(text=SUSPECT)).text
    assert "A coordinator must look first." in page
    assert "can be against the law" in page
    posted = browser.post(NEW, data=thread_form(text=SUSPECT, warned=warned(page)))
    assert posted.status_code == 303
    post = rows("post")[0]
    assert (post.state, post.state_note) == ("held", "It seems to name a person.")
    assert browse(wren).get(posted.headers["Location"]).status_code == 404


def test_M7_text_for_the_police_only_is_kept_and_not_posted(
    browse: Any, robin: str, thread_form: Any, rows: Any
) -> None:
    page = browse(robin).post(NEW, data=thread_form(text=SUSPECT, police_only="1"))
    assert page.status_code == 200
    assert SUSPECT in page.text
    assert "Nothing was posted" in page.text
    assert "/police/report" not in page.text  # this instance has no such page
    assert not rows("post")


def test_M7_reply_is_held_like_a_thread(browse: Any, robin: str, write: Any, rows: Any) -> None:
    browser, thread = browse(robin), write(robin).thread_id
    sent = {"text": "The car was LV19 KXO.", "as": "alias"}
    page = browser.post(f"/threads/{thread}", data=sent)
    assert "<mark>LV19 KXO</mark>" in page.text
    assert browser.post(f"/threads/{thread}", data=sent | {"warned": warned(page.text)}).status_code == 303
    assert sorted(post.state for post in rows("post")) == ["held", "published"]


def test_P10_reference_sent_by_api_is_held(app: Any, robin: str, rows: Any) -> None:
    client = app.test_client()
    headers = {"Authorization": f"Bearer {api_token(app, robin, 'read', 'post')}"}
    body = {"title": "Two bikes gone", "text": "Reported, CAD 4127/19NOV26.", "wards": [BOW_WEST], "category": "crime"}
    answer = client.post("/api/v1/threads", json=body, headers=headers)
    assert answer.status_code == 201
    assert answer.json["state"] == "held"
    assert [post.state for post in rows("post")] == ["held"]


def test_A10_program_can_ask_before_it_posts(app: Any, robin: str, fresh: str, rows: Any) -> None:
    client = app.test_client()
    headers = {"Authorization": f"Bearer {api_token(app, robin, 'read', 'post')}"}
    answer = client.post("/api/v1/posts/look-through", json={"text": PHONE}, headers=headers)
    found = answer.json["items"]
    assert [(one["code"], one["severity"], PHONE[one["start"] : one["end"]]) for one in found] == [
        ("phone", "mark", "07700 900123")
    ]
    assert not rows("post")
    refused = {"Authorization": f"Bearer {api_token(app, fresh, 'read', 'post')}"}
    assert client.post("/api/v1/posts/look-through", json={"text": PHONE}, headers=refused).status_code == 403


def test_M6_description_needs_what_the_person_did(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    page = browser.post(NEW, data=thread_form(person_clothes="a green jacket", looked_at="1"))
    assert page.status_code == 422
    assert "Say what the person did." in page.text
    assert "a green jacket" in page.text
    sent = thread_form(person_clothes="a green jacket", person_did="tried the handles of three cars", looked_at="1")
    assert browser.post(NEW, data=sent).status_code == 303
    text = rows("post")[0].text
    assert text.endswith("What the person did: tried the handles of three cars.\nClothes: a green jacket.")


def test_M6_looks_alone_are_held_with_a_hint(browse: Any, robin: str, thread_form: Any, rows: Any) -> None:
    browser = browse(robin)
    sent = thread_form(title="Somebody at the gate", text="Tall male, grey hoodie, black trousers.", looked_at="1")
    page = browser.post(NEW, data=sent)
    assert "Say what the person did." in page.text
    assert browser.post(NEW, data=sent | {"warned": warned(page.text)}).status_code == 303
    assert rows("post")[0].state == "held"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("They paid with my card 4111 1111 1111 1111.", "It seems to have the number of a bank card in it."),
        ("The letter has QQ 12 34 56 C as my NI number QQ 12 34 56 C.", "It seems to have a National Insurance number"),
    ],
)
def test_A10_card_and_insurance_numbers_are_marked_and_held(
    browse: Any, robin: str, thread_form: Any, rows: Any, text: str, why: str
) -> None:
    browser = browse(robin)
    page = browser.post(NEW, data=thread_form(text=text, category="general")).text
    assert "A coordinator must look first." in page
    assert not rows("post")
    assert browser.post(NEW, data=thread_form(text=text, category="general", warned=warned(page))).status_code == 303
    assert rows("post")[0].state == "held"
    assert rows("post")[0].state_note.startswith(why)


def test_A10_writing_pages_bring_the_guard_for_the_browser(browse: Any, robin: str, write: Any) -> None:
    browser, thread = browse(robin), write(robin).thread_id
    for path in (NEW, f"/threads/{thread}"):
        page = browser.get(path).text
        assert re.search(r"<form[^>]* data-guard>", page), path
        assert page.count("<template data-guard-parts") == 1, path
        assert re.search(r'src="/static/guard\.js\?v=\w+"', page), path
        assert not re.search(r"<input[^>]*data-guard-own[^>]*\bname=", page), path
