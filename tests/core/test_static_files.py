"""Static files: a browser asks once for each version, and never keeps an old one."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from flask import Flask, url_for

from core.testing import make_app


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, {})


def test_a_page_names_the_version_of_each_static_file(app: Flask) -> None:
    page = app.test_client().get("/help").get_data(as_text=True)
    addresses = re.findall(r"/static/[\w.]+[^\"#]*", page)
    assert addresses
    assert all(re.search(r"\?v=[0-9a-f]{10}$", address) for address in addresses), addresses


def test_a_named_version_is_kept_for_a_year_and_the_bare_address_is_not(app: Flask) -> None:
    client = app.test_client()
    with app.test_request_context():
        address = url_for("static", filename="app.css")
    with client.get(address) as versioned, client.get("/static/app.css") as bare:
        assert versioned.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert bare.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["not-here.css", "../app.py", "/etc/hostname"])
def test_an_address_of_no_static_file_has_no_version(app: Flask, name: str) -> None:
    with app.test_request_context():
        assert "v=" not in url_for("static", filename=name)
    assert "immutable" not in app.test_client().get(f"/static/{name}?v=1").headers.get("Cache-Control", "")


@pytest.mark.parametrize("name", ["app.css", "app.js", "icons.svg"])
def test_text_is_compressed_for_those_who_can_read_it(app: Flask, name: str) -> None:
    client = app.test_client()
    with client.get(f"/static/{name}") as plain:
        whole = plain.get_data()
    with client.get(f"/static/{name}", headers={"Accept-Encoding": "gzip, br"}) as packed:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Vary"] == "Accept-Encoding"
        assert gzip.decompress(packed.get_data()) == whole
        assert len(packed.get_data()) == packed.content_length


def test_pages_with_tokens_are_never_compressed(app: Flask) -> None:
    answer = app.test_client().get("/join", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers


def test_a_browser_that_has_it_gets_no_body_again(app: Flask) -> None:
    client = app.test_client()
    with client.get("/static/app.css") as first:
        tag = first.headers["ETag"]
    with client.get("/static/app.css", headers={"If-None-Match": tag, "Accept-Encoding": "gzip"}) as again:
        assert again.status_code == 304
