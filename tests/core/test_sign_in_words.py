"""Signing in speaks plainly, and says the same to those with and without an account."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_security.core import _default_messages

from core import accounts
from core.database import transaction
from core.testing import PASSWORD, make_app, make_member
from core.web.sign_in_words import WORDS


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, {})


def _said(client: FlaskClient, path: str, **fields: str) -> str:
    page = client.post(path, data=fields, follow_redirects=True).get_data(as_text=True)
    return " ".join(re.findall(r'class="bw-(?:error|notice)[^>]*>.*?</p>|class="bw-summary".*?</ul>', page, re.DOTALL))


def test_every_word_is_one_that_flask_security_asks_for() -> None:
    assert set(WORDS) <= set(_default_messages)


def test_a_wrong_password_and_an_unknown_address_get_the_same_words(app: Flask) -> None:
    make_member(app, "Amber Heron", roles="password")
    client = app.test_client()
    wrong = _said(client, "/sign-in", email="amberheron1@test.example", password="not this one")
    unknown = _said(client, "/sign-in", email="nobody@test.example", password="not this one")
    assert wrong == unknown
    assert "do not go together" in wrong
    assert "Authentication failed" not in wrong


def test_nothing_typed_is_said_to_be_missing(app: Flask) -> None:
    assert "do not go together" in _said(app.test_client(), "/sign-in", email="", password="")


def test_a_forgotten_password_is_answered_alike_for_everybody(app: Flask) -> None:
    make_member(app, "Amber Heron", roles="password")
    known = _said(app.test_client(), "/account/password", email="amberheron1@test.example")
    unknown = _said(app.test_client(), "/account/password", email="nobody@test.example")
    assert known == unknown
    assert "If you have an account" in known


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [("short", "short", "at least 10 signs"), ("three odd words", "three odd birds", "not the same")],
)
def test_an_unfit_password_is_explained(app: Flask, one: str, other: str, words: str) -> None:
    member_id = make_member(app, "Amber Heron")
    with app.app_context(), transaction() as db:
        link = accounts.password_link(db, member_id)
    path = link.removeprefix("http://localhost")
    assert words in _said(app.test_client(), path, password=one, password_confirm=other)


def test_a_used_up_link_leads_to_a_new_one(app: Flask) -> None:
    page = app.test_client().get("/account/password/not-a-token", follow_redirects=True).get_data(as_text=True)
    assert "This link does not work any more" in page
    assert "Send me the link" in page


def test_a_changed_password_is_confirmed(app: Flask) -> None:
    make_member(app, "Amber Heron", roles="password")
    client = app.test_client()
    client.post("/sign-in", data={"email": "amberheron1@test.example", "password": PASSWORD})
    new = "another three odd words"
    fields = {"password": PASSWORD, "new_password": new, "new_password_confirm": new}
    assert "Your password is changed." in _said(client, "/account/change-password", **fields)
