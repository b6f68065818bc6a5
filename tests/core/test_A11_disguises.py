"""What the site looks like to a member who wants it plain: titles, pictures, mails; and to nobody else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from core import accounts, disguises, mail, notifications, privacy
from core.database import reading, sql, transaction
from core.mail import TELLING
from core.models import Member
from core.testing import api_token, form_token, mails, make_app, make_member, sign_in, work

ROOT = Path(__file__).resolve().parents[2]
WARD = "E05009320"
WORN = [one for one in disguises.ALL.values() if one]


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, None)


def wear(app: Flask, member_id: str, name: str) -> None:
    with app.app_context(), transaction() as db:
        accounts.choose_disguise(db, member_id, name)


def browser(app: Flask, member_id: str) -> FlaskClient:
    client = app.test_client()
    sign_in(client, member_id)
    return client


def head(page: str) -> tuple[str, str, str]:
    """Return the title, the picture, and the name at the top of a page."""
    title = re.findall(r"<title>(.*?)</title>", page)[0]
    icon = re.findall(r'<link rel="icon" href="/static/([\w.]+)', page)[0]
    brand = re.findall(r'class="bw-brand".*?<span>(.*?)</span>', page, re.DOTALL)[0]
    return title, icon, brand


@pytest.mark.parametrize("look", WORN, ids=lambda one: one.name)
def test_A11_every_page_has_the_chosen_name_and_picture(app: Flask, look: Any) -> None:
    me = make_member(app, ward=WARD)
    wear(app, me, look.name)
    client = browser(app, me)
    for path in ("/", "/boards", "/account", "/account/notices", "/help", f"/boards/{WARD}/new", "/not-here"):
        assert head(client.get(path).text) == (str(look.title), look.icon, str(look.title)), path
    with client.get(f"/static/{look.icon}") as picture:
        assert picture.status_code == 200


def test_A11_nobody_else_sees_it(app: Flask) -> None:
    wearing, plain = make_member(app, ward=WARD), make_member(app, ward=WARD)
    wear(app, wearing, "recipes")
    one, other = browser(app, wearing), browser(app, plain)
    for path in ("/", "/boards", f"/boards/{WARD}", "/boards", f"/boards/{WARD}"):
        # In turns, so that what is kept of one page would show in the other's.
        assert head(one.get(path).text)[0] == "Recipes"
        page = other.get(path).text
        assert "Recipes" not in page
        assert head(page)[0].endswith("– Lamplight")
        assert "Recipes" not in app.test_client().get(path).text


def test_A11_signing_in_looks_the_same_whoever_was_here(app: Flask) -> None:
    me = make_member(app)
    wear(app, me, "notes")
    client = browser(app, me)
    client.get("/account")
    client.post("/sign-out")
    page = client.get("/sign-in").text
    assert head(page) == head(app.test_client().get("/sign-in").text)
    assert "Notes" not in page
    assert not [cookie for cookie in client._cookies.values() if "notes" in cookie.value.lower()]


def test_A11_it_is_chosen_on_a_page_of_the_account(tmp_path: Path) -> None:
    app = make_app(tmp_path, {}, csrf=True)
    me = make_member(app)
    client = browser(app, me)
    assert 'href="/account/disguise"' in client.get("/account").text
    page = client.get("/account/disguise").text
    for words in ("Notes", "Recipes", "Homework club", "the address of the site", "the list of pages"):
        assert words in page
    sent = {"csrf_token": form_token(client, "/account/disguise"), "look": "homework"}
    assert client.post("/account/disguise", data=sent).status_code == 303
    after = client.get("/account/disguise").text
    assert head(after)[0] == "Homework club"
    assert re.search(r"<input[^>]*checked[^>]*value=\"homework\"|<input[^>]*value=\"homework\"[^>]*checked", after)
    assert client.post("/account/disguise", data=sent | {"look": "plain"}).status_code == 303
    assert head(client.get("/account").text)[0].endswith("Lamplight")


@pytest.mark.parametrize("wrong", ["", "police", "NOTES", "n" * 200])
def test_A11_an_unknown_name_is_refused_with_a_sentence(tmp_path: Path, wrong: str) -> None:
    app = make_app(tmp_path, {})
    me = make_member(app)
    client = browser(app, me)
    answer = client.post("/account/disguise", data={"look": wrong})
    assert answer.status_code == 422
    assert "Choose one of the names in the list." in answer.text
    with app.app_context(), pytest.raises(disguises.NoSuchDisguise), transaction() as db:
        accounts.choose_disguise(db, me, wrong or "none")


def test_A11_mails_have_the_chosen_sender_and_subject(app: Flask) -> None:
    wearing, plain = make_member(app, ward=WARD), make_member(app, ward=WARD)
    with app.app_context(), transaction() as db:
        for member_id in (wearing, plain):
            notifications.tell_member(db, member_id, "A message for you", "Somebody answered.", "/boards")
    wear(app, wearing, "recipes")  # after it was written, and before it is sent
    work(app)
    with app.app_context(), reading() as db:
        addresses = dict(db.execute(sa.select(Member.id, Member.email)).all())
    found = {message["To"]: message for message in mails(app)}
    mine, other = found[addresses[wearing]], found[addresses[plain]]
    assert (mine["From"].startswith("Recipes <"), mine["Subject"]) == (True, "A new recipe")
    assert mine.get_content().rstrip().endswith("Recipes")
    assert "Lamplight" not in mine.as_string()
    assert (other["From"].startswith("Lamplight <"), other["Subject"]) == (True, "A message for you")
    assert other.get_content().rstrip().endswith("Lamplight")


def test_A11_the_mail_for_a_new_password_has_it_too(app: Flask) -> None:
    me = make_member(app)
    wear(app, me, "notes")
    with app.app_context(), reading() as db:
        address = db.scalar(sa.select(Member.email).where(Member.id == me))
    app.test_client().post("/account/password", data={"email": address})
    work(app)
    message = mails(app)[-1]
    assert (str(message["Subject"]), message["From"].startswith("Notes <")) == ("A new note", True)


def test_A11_names_and_subjects_tell_nothing() -> None:
    for look in WORN:
        for said in (str(look.title), str(look.subject)):
            assert not TELLING.search(said)
            mail.require_neutral(said)


def test_A11_it_costs_no_question_more(app: Flask) -> None:
    me = make_member(app, ward=WARD)
    client = browser(app, me)
    client.get("/boards")

    def asked() -> int:
        seen: list[str] = []
        with app.app_context():
            engine = sql.engine

            def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
                seen.append(statement)

            event.listen(engine, "before_cursor_execute", note)
            client.get("/boards")
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    before = asked()
    wear(app, me, "notes")
    assert before == asked() > 0


def test_A11_a_name_that_is_no_more_is_no_disguise(app: Flask) -> None:
    me = make_member(app)
    with app.app_context(), transaction() as db:
        db.execute(sa.update(Member).where(Member.id == me).values(disguise="gone"))
    assert head(browser(app, me).get("/account").text)[0].endswith("Lamplight")


def test_A11_the_export_tells_the_choice(app: Flask) -> None:
    me = make_member(app)
    wear(app, me, "notes")
    with app.app_context(), reading() as db:
        assert privacy.export(db, me)["core.account"][0]["disguise"] == "notes"


def test_A11_the_api_is_told_nothing_of_it(app: Flask) -> None:
    me = make_member(app)
    wear(app, me, "notes")
    headers = {"Authorization": f"Bearer {api_token(app, me, 'read')}"}
    assert "notes" not in app.test_client().get("/api/v1/me", headers=headers).text


@pytest.mark.parametrize("look", WORN, ids=lambda one: one.name)
def test_A11_pictures_are_small_and_ours(look: Any) -> None:
    made = (ROOT / "core" / "static" / look.icon).read_text(encoding="utf-8")
    assert made == (ROOT / "core" / "web" / "look" / look.icon).read_text(encoding="utf-8")
    assert len(made) < 500
    assert set(re.findall(r"https?://[\w./-]+", made)) == {"http://www.w3.org/2000/svg"}
