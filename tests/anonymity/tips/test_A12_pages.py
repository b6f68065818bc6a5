from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.testing import form_token, make_app, make_member, sign_in
from plugins.anonymity import hooks

BOW_WEST, SHADWELL = "E05009320", "E05009332"


def given(client: FlaskClient, text: str = "They sell in the stairwell.", ward: str = BOW_WEST) -> str:
    answer = client.post("/tips", data={"text": text, "ward": ward})
    assert answer.status_code == 200
    found = re.search(r"<strong>(\d{4} \d{4} \d{4} \d{4})</strong>", answer.get_data(as_text=True))
    assert found
    return found.group(1)


def desk_of(app: Flask, role: str = "coordinator", ward: str = BOW_WEST) -> FlaskClient:
    client = app.test_client()
    sign_in(client, make_member(app, roles=[(role, ward)]))
    return client


def test_A12_a_visitor_gives_a_tip_and_comes_back_for_the_answer(app: Flask) -> None:
    visitor, coordinator = app.test_client(), desk_of(app)
    page = visitor.get("/tips").get_data(as_text=True)
    assert page.index("call 999") < page.index("What do you want to tell?")
    assert "call 101" in page
    receipt = given(visitor)
    listed = coordinator.get("/tips/desk").get_data(as_text=True)
    assert "They sell in the stairwell." in listed
    at = re.search(r"/tips/desk/[0-9a-f]{32}", listed).group(0)  # type: ignore[union-attr]
    assert coordinator.post(at, data={"verb": "reply", "text": "On which floor?"}).status_code == 303
    later = app.test_client()  # another day, another phone
    shown = later.post("/tips/open", data={"receipt": receipt}).get_data(as_text=True)
    assert "On which floor?" in shown
    more = later.post("/tips/open", data={"receipt": receipt, "verb": "more", "text": "The third."})
    assert "The third." in more.get_data(as_text=True)
    assert "The third." in coordinator.get(at).get_data(as_text=True)


def test_A12_the_receipt_is_in_no_address_and_shown_once(app: Flask) -> None:
    visitor = app.test_client()
    receipt = given(visitor)
    assert receipt not in visitor.get("/tips").get_data(as_text=True)
    answer = visitor.post("/tips/open", data={"receipt": receipt, "verb": "delete"})
    assert answer.status_code == 303
    assert receipt.replace(" ", "") not in answer.headers["Location"].replace("%20", "")


@pytest.mark.parametrize("wrong", ["", "1", "0000 0000 0000 0000", "no number", "9" * 400])
def test_A12_every_wrong_number_gets_the_same_answer(app: Flask, wrong: str) -> None:
    visitor = app.test_client()
    receipt = given(visitor)
    visitor.post("/tips/open", data={"receipt": receipt, "verb": "delete"})
    gone = app.test_client().post("/tips/open", data={"receipt": receipt})
    never = app.test_client().post("/tips/open", data={"receipt": wrong})
    assert gone.status_code == never.status_code == 422
    sentence = "We found nothing under this number."
    assert sentence in gone.get_data(as_text=True)
    assert sentence in never.get_data(as_text=True)
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", gone.get_data(as_text=True)) == strip.sub("", never.get_data(as_text=True))


def test_A12_ten_numbers_may_be_tried_in_a_quarter_of_an_hour(tmp_path: Path) -> None:
    from core.web.security import limiter

    app = make_app(tmp_path / "limited", plugins={"anonymity": hooks})
    visitor = app.test_client()
    limiter.enabled = True
    try:
        tried = [visitor.post("/tips/open", data={"receipt": str(number)}).status_code for number in range(12)]
    finally:
        limiter.enabled = False
        limiter.reset()
    assert tried == [422] * 10 + [429] * 2


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"text": "   "}, "Write something first."),
        ({"text": "x" * 4001}, "up to 4000 letters"),
        ({"text": "Kept words.", "ward": "E09000012"}, "Choose a ward from the list"),
        ({"text": "Kept words.", "ward": "nowhere"}, "Choose a ward from the list"),
    ],
)
def test_A12_what_is_wrong_is_said_and_what_was_typed_is_kept(app: Flask, sent: dict[str, str], sentence: str) -> None:
    answer = app.test_client().post("/tips", data=sent)
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert ("Kept words." in answer.get_data(as_text=True)) == ("Kept" in sent["text"])


def test_A12_more_words_are_checked_too(app: Flask) -> None:
    visitor = app.test_client()
    receipt = given(visitor)
    answer = visitor.post("/tips/open", data={"receipt": receipt, "verb": "more", "text": " "})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Write something first." in page
    assert "They sell in the stairwell." in page


def test_A12_a_closed_tip_says_so_to_both_sides(app: Flask) -> None:
    visitor, coordinator = app.test_client(), desk_of(app)
    receipt = given(visitor)
    at = re.search(r"/tips/desk/[0-9a-f]{32}", coordinator.get("/tips/desk").get_data(as_text=True)).group(0)  # type: ignore[union-attr]
    assert coordinator.post(at, data={"verb": "police"}).status_code == 303
    assert coordinator.post(at, data={"verb": "close"}).status_code == 303
    assert coordinator.post(at, data={"verb": "reply", "text": "More."}).status_code == 422
    assert coordinator.post(at, data={"verb": "reply"}).status_code == 422
    assert coordinator.post(at, data={"verb": "burn"}).status_code == 422
    shown = visitor.post("/tips/open", data={"receipt": receipt}).get_data(as_text=True)
    assert "passed what you wrote on to the police" in shown
    assert "This is closed" in shown
    late = visitor.post("/tips/open", data={"receipt": receipt, "verb": "more", "text": "More."})
    assert late.status_code == 422
    assert "You can give a new one" in late.get_data(as_text=True)


def test_A12_the_desk_of_another_ward_finds_nothing(app: Flask) -> None:
    given(app.test_client())
    here, elsewhere = desk_of(app), desk_of(app, "officer", SHADWELL)
    at = re.search(r"/tips/desk/[0-9a-f]{32}", here.get("/tips/desk").get_data(as_text=True)).group(0)  # type: ignore[union-attr]
    assert "stairwell" not in elsewhere.get("/tips/desk").get_data(as_text=True)
    assert elsewhere.get(at).status_code == 404
    assert elsewhere.post(at, data={"verb": "close"}).status_code == 404


@pytest.mark.parametrize("role", ["admin", "reviewer", "custodian", ""])
def test_A12_nobody_else_comes_to_the_desk(app: Flask, role: str) -> None:
    given(app.test_client())
    client = app.test_client()
    sign_in(client, make_member(app, roles=[role] if role else [], ward=BOW_WEST))
    assert client.get("/tips/desk").status_code == 403
    assert client.get("/tips/desk/" + "0" * 32).status_code == 403
    assert client.post("/tips/desk/" + "0" * 32, data={"verb": "close"}).status_code == 403
    assert app.test_client().get("/tips/desk").status_code == 303


def test_A12_the_form_wants_its_token(tmp_path: Path) -> None:
    app = make_app(tmp_path / "csrf", plugins={"anonymity": hooks}, csrf=True)
    visitor = app.test_client()
    assert visitor.post("/tips", data={"text": "Words."}).status_code == 400
    token = form_token(visitor, "/tips")
    assert visitor.post("/tips", data={"text": "Words.", "ward": "", "csrf_token": token}).status_code == 200


def test_A12_visitors_are_led_to_the_box_and_moderators_to_the_desk(tmp_path: Path) -> None:
    app = make_app(tmp_path / "whole")
    visitor = app.test_client()
    assert 'href="/tips"' in visitor.get("/").get_data(as_text=True)
    for path in ("/help", "/police", "/anonymity"):
        assert 'href="/tips"' in visitor.get(path).get_data(as_text=True), path
    assert "/police/report" in visitor.get("/tips").get_data(as_text=True)
    given(visitor)
    assert "1 waits for an answer." in desk_of(app).get("/moderation").get_data(as_text=True)


def test_A12_what_is_written_is_shown_as_text(app: Flask) -> None:
    visitor = app.test_client()
    receipt = given(visitor, "<script>alert(1)</script>")
    shown = visitor.post("/tips/open", data={"receipt": receipt}).get_data(as_text=True)
    assert "<script>alert" not in shown
    assert "&lt;script&gt;" in shown
