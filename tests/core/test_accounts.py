"""Joining and signing in as a person does it, with the words they get when something is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core.testing import form_token, mails, make_app, make_member, sign_in, work

PASSWORD = "a long enough one 7"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, {}, csrf=True)


def post(client: FlaskClient, path: str, page: str | None = None, **fields: str) -> object:
    return client.post(path, data={"csrf_token": form_token(client, page or path), **fields})


def joined(app: Flask, client: FlaskClient) -> str:
    answer = post(client, "/join", alias="Quiet Robin", email="Someone@place.example")
    assert answer.status_code == 200  # type: ignore[attr-defined]
    work(app)
    found = re.search(r"http://localhost(\S+)", mails(app)[-1].get_content())
    assert found is not None
    return found.group(1)


def test_A1_joining_asks_for_alias_and_address_only(app: Flask) -> None:
    client = app.test_client()
    page = client.get("/join").text
    names = set(re.findall(r'<input[^>]+name="([^"]+)"', page.split("<main")[1].split("</main")[0]))
    assert names == {"csrf_token", "alias", "email"}
    suggested = re.search(r'name="alias"[^>]*value="([^"]+)"', page)
    assert suggested is not None


def test_a_newcomer_chooses_a_password_and_is_in(app: Flask) -> None:
    client = app.test_client()
    link = joined(app, client)
    assert client.get(link).status_code == 200
    assert client.get(link).status_code == 200  # a mail scanner that looks burns nothing
    short = post(client, link, password="short", password_confirm="short")
    assert "at least 10" in short.text  # type: ignore[attr-defined]
    done = post(client, link, password=PASSWORD, password_confirm=PASSWORD)
    assert done.status_code == 302  # type: ignore[attr-defined]
    assert "Quiet Robin" in client.get("/account").text
    other = app.test_client()
    assert other.get(link).status_code == 302  # used once


def test_signing_in_and_out(app: Flask) -> None:
    client = app.test_client()
    post(client, joined(app, client), password=PASSWORD, password_confirm=PASSWORD)
    post(client, "/sign-out", "/account")
    assert client.get("/account").status_code == 303
    unknown = post(client, "/sign-in", email="nobody@place.example", password=PASSWORD)
    wrong = post(client, "/sign-in", email="someone@place.example", password="not the one 1")
    tokens = r'value="[^"]*"'
    assert re.sub(tokens, "", unknown.text.replace("nobody", "someone")) == re.sub(tokens, "", wrong.text)  # type: ignore[attr-defined]
    answer = post(client, "/sign-in", email="someone@place.example", password=PASSWORD)
    assert answer.status_code == 302  # type: ignore[attr-defined]
    assert client.get("/account").status_code == 200


def test_a_known_address_gets_the_same_page_and_another_mail(app: Flask) -> None:
    client = app.test_client()
    joined(app, client)
    again = post(client, "/join", alias="Other Name", email="someone@place.example")
    assert again.status_code == 200  # type: ignore[attr-defined]
    work(app)
    assert "have an account already" in mails(app)[-1].get_content()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"alias": "Quiet Robin", "email": "not-an-address"}, "does not look like an e-mail address"),
        ({"alias": "x", "email": "a@place.example"}, "Use 3 to 40"),
        ({"alias": "me@place.example", "email": "a@place.example"}, "Use 3 to 40"),
        ({"alias": "", "email": "a@place.example"}, "Choose an alias"),
        ({"alias": "Taken Name", "email": "a@place.example"}, "Another member has this alias"),
        ({"alias": "taken  NAME", "email": "a@place.example"}, "Another member has this alias"),
    ],
)
def test_wrong_entries_are_explained_and_kept(app: Flask, fields: dict[str, str], sentence: str) -> None:
    make_member(app, "Taken Name")
    client = app.test_client()
    answer = post(client, "/join", **fields)
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert sentence in answer.text  # type: ignore[attr-defined]
    assert f'value="{fields["email"]}"' in answer.text  # type: ignore[attr-defined]


def test_the_alias_changes_once(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "First Name"))
    post(client, "/account/alias", "/account", alias="Second Name")
    assert "Second Name" in client.get("/account").text
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/account/alias", data={"alias": "Third Name"})
    assert "Third Name" not in client.get("/account").text


def test_closing_the_account_wants_a_tick_and_erases(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Leaving Soon"))
    assert post(client, "/account/close").status_code == 422  # type: ignore[attr-defined]
    assert post(client, "/account/close", sure="y").status_code == 303  # type: ignore[attr-defined]
    assert client.get("/account").status_code == 303


def test_the_last_admin_cannot_leave_the_site_alone(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Only Admin", roles=["admin"]))
    refused = post(client, "/account/close", sure="y")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "only admin" in refused.text  # type: ignore[attr-defined]
    make_member(app, "Second Admin", roles=["admin"])
    assert post(client, "/account/close", sure="y").status_code == 303  # type: ignore[attr-defined]


def test_a_member_takes_their_data_away(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, make_member(app, "Curious One", ward="E05009320"))
    answer = post(client, "/account/data.json", "/account")
    assert answer.mimetype == "application/json"  # type: ignore[attr-defined]
    assert "Curious One" in answer.text  # type: ignore[attr-defined]


def test_next_never_leads_to_another_site(app: Flask) -> None:
    client = app.test_client()
    post(client, joined(app, client), password=PASSWORD, password_confirm=PASSWORD)
    post(client, "/sign-out", "/account")
    token = form_token(client, "/sign-in")
    fields = {"csrf_token": token, "email": "someone@place.example", "password": PASSWORD}
    answer = client.post("/sign-in?next=//evil.example/", data=fields)
    assert "evil" not in answer.headers.get("Location", "")
