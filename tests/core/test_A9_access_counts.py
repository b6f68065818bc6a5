"""In place of an access log: counts by the hour, with no line for any one request."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from core.testing import make_app, make_member, sign_in
from core.web import access_counts, pages
from core.web.access_counts import AccessCounts, Kind

NINE = datetime(2026, 3, 2, 9, 12, 44, tzinfo=UTC)


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, plugins={})


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What is written while the test runs."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    access_counts.log.addHandler(handler)
    yield said
    access_counts.log.removeHandler(handler)


def test_A9_an_hour_is_written_down_when_the_next_begins(app: Flask, lines: list[str]) -> None:
    browser = app.test_client()
    with time_machine.travel(NINE, tick=False) as clock:
        for number in range(7):
            browser.get(f"/help?who={number}")
        browser.get("/no/such/page")
        browser.open("/help", method="CANARY")
        assert lines == []
        clock.move_to(NINE + timedelta(hours=1))
        browser.get("/help")
    assert lines == [
        "2026-03-02 09:00 UTC GET (no such address) 4xx: fewer than 5",
        "2026-03-02 09:00 UTC GET /help 2xx: 7",
        "2026-03-02 09:00 UTC other (no such address) 4xx: fewer than 5",
    ]


def test_A9_no_line_tells_a_blank_of_an_address_or_who_asked(app: Flask, lines: list[str]) -> None:
    member = make_member(app, "Canary Wren 77", roles=["admin"])
    browser = app.test_client()
    sign_in(browser, member)
    with time_machine.travel(NINE, tick=False) as clock:
        for address in ("/account", "/admin", f"/static/{member}.css", "/sign-in?email=canary@place.example"):
            browser.get(address, headers={"User-Agent": "CanaryBrowser", "Referer": "https://canary.example/"})
        clock.move_to(NINE + timedelta(hours=3))
        browser.get("/help")
    assert "2026-03-02 09:00 UTC GET /static/<path:filename> 4xx: fewer than 5" in lines
    said = " ".join(lines).lower()
    assert "canary" not in said
    assert member not in said
    assert "12:44" not in said


def test_A9_hours_without_requests_are_not_written() -> None:
    counts, kind = AccessCounts(), Kind("GET", "/", "2xx")
    counts.add(kind, NINE)
    counts.add(kind, NINE + timedelta(hours=30))
    assert counts._counts == {kind: 1}


def test_A9_proxies_set_up_by_the_guide_keep_no_address_and_hide_the_figures() -> None:
    """Without a forwarded address the server takes the proxy's own machine for the asker, unless told otherwise."""
    guide = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    section = guide.split("## Keep no addresses")[1].split("\n## ")[0]
    blocks = [block for block in re.findall(r"```\n(.*?)```", section, re.DOTALL) if "proxy" in block]
    assert len(blocks) == 2
    assert "Via" in pages.SAID_BY_PROXIES
    for block in blocks:
        assert block.count("8000") == block.count("Via"), "each way to the server"
        assert "/metrics" in block
        for name in ("X-Forwarded-For", "X-Real-IP"):
            assert not re.search(rf"{name}\s+[^\s\"]*\$", block), "an address is handed on"
