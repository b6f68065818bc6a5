"""Whoever has an account is not told to strangers; links lead here only, work once, and end with the account."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import accounts, members
from core.database import transaction
from core.testing import PASSWORD, api_token, form_token, mails, make_app, make_member, sign_in, work

KNOWN, UNKNOWN = "amberheron1@test.example", "nobody@test.example"
WARD = "E05009320"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    made = make_app(tmp_path)
    make_member(made, "Amber Heron", roles="password")
    return made


def count_of_hashes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count passwords hashed or checked: they take nearly all the time of these pages."""
    done = [0]
    context = type(app.extensions["security"].pwd_context)

    def counted(name: str) -> None:
        real = getattr(context, name)

        def call(*args: object, **more: object) -> object:
            done[0] += args[0] is app.extensions["security"].pwd_context
            return real(*args, **more)

        monkeypatch.setattr(context, name, call)

    counted("hash")
    counted("verify")
    return done


@pytest.mark.parametrize(
    ("path", "more"),
    [("/sign-in", {"password": "not this one"}), ("/account/password", {}), ("/join", {"alias": "Grey Wren"})],
)
def test_a_clock_does_not_tell_who_has_an_account(
    app: Flask, monkeypatch: pytest.MonkeyPatch, path: str, more: dict[str, str]
) -> None:
    done = count_of_hashes(app, monkeypatch)
    costs = []
    for address in (KNOWN, UNKNOWN):
        done[0] = 0
        app.test_client().post(path, data={"email": address, **more})
        costs.append(done[0])
    assert costs[0] == costs[1] > 0


@pytest.mark.parametrize("alias", ["Amber Heron", "x", "me@place.example"])
def test_a_taken_alias_does_not_tell_who_has_an_account(app: Flask, alias: str) -> None:
    answers = [app.test_client().post("/join", data={"alias": alias, "email": e}) for e in (KNOWN, UNKNOWN)]
    assert [answer.status_code for answer in answers] == [422, 422]
    without_token = [re.sub(r'value="[^"]{60,}"', "", answer.text.replace(KNOWN, UNKNOWN)) for answer in answers]
    assert without_token[0] == without_token[1]


@pytest.mark.parametrize("header", ["Host", "X-Forwarded-Host", "Forwarded"])
def test_a_mailed_link_leads_here_whatever_host_was_asked_for(app: Flask, header: str) -> None:
    value = "host=evil.example" if header == "Forwarded" else "evil.example"
    app.test_client().post("/account/password", data={"email": KNOWN}, headers={header: value})
    app.test_client().post("/join", data={"email": UNKNOWN, "alias": "Grey Wren"}, headers={header: value})
    work(app)
    texts = [mail.get_content() for mail in mails(app)]
    assert len(texts) == 2
    for text in texts:
        assert re.findall(r"https?://[^/\s]+", text) == ["http://localhost"]


@pytest.mark.parametrize("host", ["localhost", "evil.example"])
def test_next_to_another_site_is_refused_whatever_host_was_asked_for(app: Flask, host: str) -> None:
    for wanted in ("http://evil.example/x", "//evil.example", "/\t/evil.example", "https:evil.example"):
        answer = app.test_client().post(
            "/sign-in",
            query_string={"next": wanted},
            headers={"Host": host},
            data={"email": KNOWN, "password": PASSWORD},
        )
        assert "evil.example" not in answer.headers.get("Location", "")


@pytest.mark.parametrize(
    "back", ["//e.x", "/\\e.x", "/\t/e.x", "/\n/e.x", "http://e.x", "/a\r\nSet-Cookie: b=c", "", "e.x"]
)
def test_after_choosing_the_look_one_stays_here(app: Flask, back: str) -> None:
    answer = app.test_client().post("/look", data={"theme": "dark", "back": back})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "<a@b.example>", "a\0@b.example"]
)
def test_no_header_comes_in_through_an_address(app: Flask, address: str) -> None:
    answer = app.test_client().post("/join", data={"alias": "Grey Wren", "email": address})
    assert answer.status_code in (400, 422)
    app.test_client().post("/account/password", data={"email": address})
    work(app)
    assert not mails(app)


def _link(app: Flask, member_id: str) -> str:
    with app.app_context(), transaction() as db:
        return accounts.password_link(db, member_id).removeprefix("http://localhost")


def test_a_password_link_works_once_even_when_pressed_twice_at_the_same_moment(app: Flask) -> None:
    link = _link(app, make_member(app, "Grey Wren"))
    barrier = threading.Barrier(4)
    went_in = []

    def press(number: int) -> None:
        client = app.test_client()
        barrier.wait()
        password = f"three odd words {number}"
        client.post(link, data={"password": password, "password_confirm": password})
        if client.get("/account").status_code == 200:
            went_in.append(number)

    threads = [threading.Thread(target=press, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(went_in) == 1


def _suspend(app: Flask, member_id: str) -> None:
    with app.app_context(), transaction() as db:
        members.suspend(db, member_id, None, "test")


def test_a_suspension_bites_at_once_on_pages_and_the_api(app: Flask) -> None:
    member_id = make_member(app, "Grey Wren", ward=WARD)
    client: FlaskClient = app.test_client()
    sign_in(client, member_id)
    token = api_token(app, member_id, "read", "post")
    bearer = {"Authorization": f"Bearer {token}"}
    link = _link(app, member_id)
    assert client.get("/account").status_code == 200
    assert client.get("/api/v1/me", headers=bearer).status_code == 200
    _suspend(app, member_id)
    assert client.get("/account").status_code == 303
    assert client.post(f"/boards/{WARD}/new", data={}).status_code == 303
    assert client.get("/api/v1/me", headers=bearer).status_code == 401
    again = app.test_client()
    again.post(link, data={"password": "three odd words", "password_confirm": "three odd words"})
    assert again.get("/account").status_code == 303
    fresh = app.test_client()
    fresh.post("/sign-in", data={"email": "greywren2@test.example", "password": PASSWORD})
    assert fresh.get("/account").status_code == 303


def test_guessing_is_limited_and_no_address_is_kept(tmp_path: Path) -> None:
    from core.web.security import limiter

    app = make_app(tmp_path)
    limiter.enabled = True
    try:
        for path, most in (("/sign-in", 30), ("/join", 20), ("/account/password", 10)):
            codes = [app.test_client().post(path, data={"email": "x"}).status_code for _ in range(most + 1)]
            assert codes[-1] == 429, path
            assert 429 not in codes[:-1], path
        kept = limiter.storage.storage  # type: ignore[attr-defined]  # the memory store's counters
        assert kept
        assert not [key for key in kept if "127.0.0.1" in key]
    finally:
        limiter.reset()
        limiter.enabled = False


def test_every_form_of_an_account_wants_its_token(tmp_path: Path) -> None:
    app = make_app(tmp_path, csrf=True)
    client = app.test_client()
    sign_in(client, make_member(app, "Grey Wren"))
    assert client.post("/account/alias", data={"alias": "Other Name"}).status_code == 400
    forged = form_token(app.test_client(), "/join")
    assert client.post("/account/alias", data={"alias": "Other Name", "csrf_token": forged}).status_code == 400
