from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

from core.testing import make_app, make_member, sign_in

BOW_WEST = "E05009320"


def test_A2_page_explains_each_way_to_sign_to_anyone(app: Flask) -> None:
    page = app.test_client().get("/anonymity")
    assert page.status_code == 200
    text = page.get_data(as_text=True)
    for part in ("A different name in this thread only", "A resident of your ward", "28 days", "not even us"):
        assert part in text


def test_account_page_says_what_others_can_see(app: Flask) -> None:
    member = make_member(app, "Quiet Heron 42", ward=BOW_WEST)
    client = app.test_client()
    sign_in(client, member)
    text = client.get("/account").get_data(as_text=True)
    assert "What others can see of you" in text
    assert "Quiet Heron 42. Readers can follow it" in text
    assert "Bow West" in text
    assert 'href="/anonymity"' in text


def test_A2_form_for_posts_leads_to_the_longer_answer(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    client = app.test_client()
    sign_in(client, make_member(app, ward=BOW_WEST))
    text = client.get(f"/boards/{BOW_WEST}/new").get_data(as_text=True)
    assert 'href="/anonymity"' in text
    assert "A resident of Bow West" in text


def test_help_says_to_everybody_who_could_find_out_what(app: Flask) -> None:
    page = app.test_client().get("/help").get_data(as_text=True)
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert "Who could find out what you wrote" in text
    for who in ("Another member", "The people who run this site", "Two custodians", "The police or a court"):
        assert who in text
    assert "Yes, for 28 days. Then no more." in text
    assert "A voice cannot be opened by anybody." in text
    assert page.index('id="who-can-learn"') < page.index('id="leave"')
