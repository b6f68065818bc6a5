"""What pages carry for voices: the loader for verified members alone, the page for writing, and who may ask whom."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from core.contributions import Grant, Mirror, Slot, Viewer
from core.database import now, sql
from core.hookspecs import hookimpl
from core.testing import api_token, make_app, make_member, sign_in
from plugins.anonymity import hooks
from plugins.anonymity.writing import boxes, files
from plugins.ward_boards.categories import CATEGORIES, category_labels

BOW_WEST = "E05009320"
STATIC = Path(files.__file__).parents[1] / "static" / "anonymity"


class Keeper:
    """A neighbour with a copy of our keys."""

    @hookimpl
    def mirrors_of(self, name: str) -> list[Mirror]:
        return [Mirror("https://hackney.example/federation/mirrors/1/anon-epochs.json", "Hackney", now().date(), True)]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(tmp_path_factory.mktemp("voices"), plugins={"anonymity": hooks, "keeper": Keeper()})


def client_of(app: Flask, member: str | None) -> FlaskClient:
    client = app.test_client()
    if member:
        sign_in(client, member)
    return client


def policy_of(answer: Any) -> str:
    found = re.search(r"connect-src ([^;]*)", answer.headers["Content-Security-Policy"])
    assert found
    return found[1]


def test_the_loader_is_on_pages_of_verified_members_and_of_nobody_else(app: Flask) -> None:
    mira, newcomer = make_member(app, ward=BOW_WEST), make_member(app)
    for member, has in [(mira, True), (newcomer, False), (None, False)]:
        text = client_of(app, member).get("/help").get_data(as_text=True)
        assert ("anonymity/ahead.js" in text) is has, member
    assert 'data-mark="' in client_of(app, mira).get("/").get_data(as_text=True)


def test_the_loader_is_small_and_asks_no_database(app: Flask) -> None:
    assert (STATIC / "ahead.js").stat().st_size < 2000
    viewer = Viewer("m" * 32, "Quiet Heron", frozenset({Grant("verified", BOW_WEST)}), BOW_WEST)
    asked: list[str] = []
    with app.test_request_context("/"):
        sa.event.listen(sql.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
        (panel,) = hooks.panels(slot=Slot.PAGE_END, viewer=viewer)
        app.jinja_env.get_template(panel.template).render(**panel.context)
    assert asked == []


def test_a_device_is_marked_for_each_member_apart_and_not_by_their_id(app: Flask) -> None:
    first, second = make_member(app, ward=BOW_WEST), make_member(app, ward=BOW_WEST)
    with app.app_context():
        marks = {boxes.mark_of(first), boxes.mark_of(second)}
        assert boxes.mark_of(first) in marks
    assert len(marks) == 2
    assert not marks & {first, second}


@pytest.mark.parametrize("path", ["/help", "/anonymity/write"])
def test_every_script_with_a_hash_is_the_file_that_is_sent(app: Flask, path: str) -> None:
    client = client_of(app, make_member(app, ward=BOW_WEST))
    text = client.get(path).get_data(as_text=True)
    tags = re.findall(r'(?:src|href)="([^"]+)"(?: defer)? integrity="(sha384-[^"]+)"', text)
    assert len(tags) >= (1 if path == "/help" else 7)
    tags += re.findall(r'data-voice="([^"]+)" data-integrity="([^"]+)"', text)
    for url, integrity in tags:
        with client.get(url.replace("&amp;", "&")) as answer:
            sent = answer.get_data()
        assert integrity == "sha384-" + base64.b64encode(hashlib.sha384(sent).digest()).decode(), url


def test_every_module_that_the_page_imports_is_named_with_its_hash() -> None:
    imported = set()
    for name in (files.ENTRY, *files.MODULES):
        imported |= set(re.findall(r"from '\./([^']+)'", (STATIC / name).read_text(encoding="utf-8")))
    assert imported == set(files.MODULES)


def test_pages_ask_this_host_only_and_the_worker_also_the_neighbours_that_keep_copies(app: Flask) -> None:
    client = client_of(app, make_member(app, ward=BOW_WEST))
    assert policy_of(client.get("/anonymity/write")) == "'self'"
    assert policy_of(client.get("/help")) == "'self'"
    worker = client.get("/anonymity/neighbours.js")
    assert worker.mimetype == "text/javascript"
    assert policy_of(worker) == "'self' https://hackney.example"


def test_the_page_may_ask_an_unlinkable_side_at_another_host(tmp_path: Path) -> None:
    anon = "https://anon.hackney.example/a"
    app = make_app(tmp_path, plugins={"anonymity": hooks}, anonymity={"unlinkable_url": anon})
    answer = app.test_client().get("/anonymity/write")
    assert policy_of(answer) == "'self' https://anon.hackney.example"
    assert f'data-base="{anon}"' in answer.get_data(as_text=True)


def test_the_page_speaks_of_the_members_voices_to_verified_members_only(app: Flask) -> None:
    member, newcomer = make_member(app, ward=BOW_WEST), make_member(app)
    for who, is_asked in [(member, True), (newcomer, False), (None, False)]:
        text = client_of(app, who).get("/anonymity/write").get_data(as_text=True)
        assert ("Where your voices are kept" in text) is is_asked
        assert ('data-mark=""' in text) is not is_asked
        for words in ("tel:999", "tel:101", "Never use this for something that is happening now", "0800 555 111"):
            assert words in text


def test_the_page_offers_the_categories_of_the_boards(app: Flask) -> None:
    text = app.test_client().get("/anonymity/write").get_data(as_text=True)
    found = re.findall(r'<option value="([a-z]+)">([^<]+)</option>', text)
    with app.test_request_context("/"):
        assert dict(found) == category_labels()
    assert tuple(value for value, _label in found) == CATEGORIES


@pytest.mark.parametrize(
    ("keep", "words"),
    [
        (None, "They are kept on this device."),
        ("card", "You keep them under your card only."),
        ("none", "You take no part, so nothing is fetched."),
    ],
)
def test_the_account_page_says_where_voices_are_kept(app: Flask, keep: str | None, words: str) -> None:
    member = make_member(app, ward=BOW_WEST)
    if keep:
        bearer = {"Authorization": f"Bearer {api_token(app, member, 'post')}"}
        assert app.test_client().put("/api/v1/anonymity/choice", json={"keep": keep}, headers=bearer).status_code == 200
    text = client_of(app, member).get("/account").get_data(as_text=True)
    assert words in text
    assert 'href="/anonymity/write#keep"' in text
    assert "Your voices" not in client_of(app, make_member(app)).get("/account").get_data(as_text=True)


def test_the_form_for_posts_leads_to_the_page_and_a_thread_is_named_where_no_server_sees_it(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    client = client_of(app, make_member(app, ward=BOW_WEST))
    assert 'href="/anonymity/write"' in client.get(f"/boards/{BOW_WEST}/new").get_data(as_text=True)
    form = {"title": "Lost keys", "text": "At the bakery.", "wards": [BOW_WEST], "category": "general"}
    form |= {"tier": "verified", "shown_tier": "verified", "as": "alias"}
    thread = client.post(f"/boards/{BOW_WEST}/new", data=form).location
    text = client.get(thread).get_data(as_text=True)
    thread_id = re.sub("#.*", "", thread.rsplit("/", 1)[1])
    assert f'href="/anonymity/write#thread={thread_id}"' in text
