"""Pieces of pages that are kept: by their key and language, not too many, and not for long."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from markupsafe import Markup, escape

from core.testing import make_app
from core.web import fragments


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return make_app(Path(tmp_path_factory.mktemp("fragments")), [])


@pytest.fixture
def page(app: Flask) -> Iterator[None]:
    fragments.init_fragments(app)
    with app.test_request_context("/"):
        yield


def _drawn(text: str) -> Markup:
    return escape(text)


@pytest.mark.usefixtures("page")
def test_a_piece_is_drawn_once_for_its_key() -> None:
    assert fragments.kept("one", _drawn, "first") == "first"
    assert fragments.kept("one", _drawn, "second") == "first"
    assert fragments.kept("two", _drawn, "second") == "second"


@pytest.mark.usefixtures("page")
def test_nothing_is_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    fragments.kept("one", _drawn, "first")
    later = time.monotonic() + fragments.SECONDS + 1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert fragments.kept("two", _drawn, "second") == "second"
    assert fragments.kept("one", _drawn, "anew") == "anew"


@pytest.mark.usefixtures("page")
def test_the_oldest_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MOST", 3)
    for number in range(4):
        fragments.kept(number, _drawn, "first")
    assert fragments.kept(3, _drawn, "anew") == "first"
    assert fragments.kept(0, _drawn, "anew") == "anew"


def test_many_at_once_do_not_cross_each_other(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MOST", 5)
    fragments.init_fragments(app)
    faults: list[Exception] = []

    def draw(start: int) -> None:
        with app.test_request_context("/"):
            for number in range(300):
                try:
                    fragments.kept(start + number, _drawn, "x")
                except Exception as fault:  # the test wants to know of any
                    faults.append(fault)

    threads = [Thread(target=draw, args=(1000 * each,)) for each in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
