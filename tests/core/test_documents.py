"""Documents that plugins publish for everybody, copies of them, and scripts that may ask where those are."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Blueprint, Flask

from core import documents
from core.contributions import Document, Mirror
from core.database import reading
from core.hookspecs import hookimpl
from core.plugin_manager import PluginError
from core.testing import make_app, make_member, sign_in
from core.web.access import public
from core.web.security import connect_to


def _plugin(**hooks: Any) -> SimpleNamespace:
    return SimpleNamespace(**{name: hookimpl(hook) for name, hook in hooks.items()})


def _app(folder: Path, **plugins: SimpleNamespace) -> Flask:
    return make_app(folder, plugins=plugins)


def _named(name: str) -> Document:
    return Document(name, lambda _db: b'{"lit":true}', lambda _db, copy: copy.startswith(b"{"))


def test_hook_register_documents(tmp_path: Path) -> None:
    app = _app(tmp_path / "a", lamp=_plugin(register_documents=lambda: [_named("lamp.json")]))
    client = app.test_client()
    sign_in(client, make_member(app))
    for asking in (app.test_client(), client):
        answer = asking.get("/.well-known/lamp.json")
        assert (answer.status_code, answer.data, answer.mimetype) == (200, b'{"lit":true}', "application/json")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Set-Cookie" not in answer.headers
    assert client.get("/.well-known/other.json").status_code == 404
    with app.app_context(), reading() as db:
        assert documents.names() == ["lamp.json"]
        assert documents.agrees(db, "lamp.json", b"{")
        assert not documents.agrees(db, "lamp.json", b"")
        assert not documents.agrees(db, "other.json", b"{")
    for name in ("lamp", "Lamp.json", "../lamp.json", ".json"):
        with pytest.raises(PluginError, match="cannot be called"):
            _app(tmp_path / "b", lamp=_plugin(register_documents=lambda name=name: [_named(name)]))
    lamp, moon = (_plugin(register_documents=lambda: [_named("lamp.json")]) for _ in range(2))
    with pytest.raises(PluginError, match="cannot be called"):
        _app(tmp_path / "c", lamp=lamp, moon=moon)


def test_hook_mirrors_of(tmp_path: Path) -> None:
    mirror = Mirror("https://near.example/lamp.json", "Hackney", date(2026, 11, 24), is_same=True)
    app = _app(tmp_path / "a", lamp=_plugin(mirrors_of=lambda db, name: [mirror] if name == "lamp.json" else []))
    with app.app_context(), reading() as db:
        assert documents.mirrors_of(db, "lamp.json") == [mirror]
        assert documents.mirrors_of(db, "other.json") == []


def test_only_the_page_that_says_so_may_ask_other_hosts(tmp_path: Path) -> None:
    pages = Blueprint("lamp", __name__)

    @public
    def compare() -> str:
        connect_to(["https://near.example/a.json", "https://near.example/b.json", "http://127.0.0.1:8001/x"])
        return "page"

    pages.add_url_rule("/compare", "compare", compare)
    client = _app(tmp_path, lamp=_plugin(register_blueprints=lambda: [pages])).test_client()
    policy = client.get("/compare").headers["Content-Security-Policy"]
    assert "connect-src 'self' http://127.0.0.1:8001 https://near.example;" in policy
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in client.get("/").headers["Content-Security-Policy"]
