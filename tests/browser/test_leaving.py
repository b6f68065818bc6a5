"""The quick way out: by button, by Escape, by Shift three times, without scripts, and what Back shows then."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from core.web.leaving import MARK

pytestmark = pytest.mark.browser


def _member(site: Any) -> str:
    found: str = site.member("Amber Heron", ward="E05009320")
    return found


def _leave_by(site: Any, page: Any, way: str) -> None:
    if way == "button":
        page.get_by_role("link", name="Leave now").click()
    elif way == "escape":
        page.keyboard.press("Escape")
    else:
        for _time in range(3):
            page.keyboard.press("Shift")
    page.wait_for_url(site.weather)
    # The server hears of it a moment later: leaving does not wait for it.
    for _try in range(100):
        if MARK in {cookie["name"] for cookie in page.context.cookies()}:
            return
        page.wait_for_timeout(50)
    raise AssertionError("the server was not told")


@pytest.mark.parametrize("way", ["button", "escape", "shift"])
def test_leaving_shows_the_weather_and_back_shows_nothing_of_ours(way: str, bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/", member=_member(bare_site))
    page.get_by_role("link", name="My account").first.click()
    page.wait_for_url("**/account")
    _leave_by(bare_site, page, way)
    page.go_back()
    expect(page.locator("body")).not_to_contain_text("Amber Heron")
    expect(page).not_to_have_url(re.compile("/account"))
    page.wait_for_load_state()
    assert "Amber Heron" not in page.content()


@pytest.mark.parametrize("way", ["button", "escape"])
def test_back_after_several_pages_leads_to_the_weather(way: str, bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/", member=_member(bare_site))
    for name in ("Help", "Privacy", "Accessibility"):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_url(f"**/{name.lower()}")
    _leave_by(bare_site, page, way)
    page.go_back()
    page.wait_for_url(bare_site.weather)
    page.go_back()
    page.wait_for_url(bare_site.weather)


def test_leaving_signs_out_and_a_typed_address_comes_back(bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/account", member=_member(bare_site))
    _leave_by(bare_site, page, "escape")
    page.goto(f"{bare_site.url}/account")
    expect(page).to_have_url(re.compile(f"^{bare_site.url}/sign-in"))
    page.get_by_role("link", name="Help", exact=True).click()
    page.wait_for_url("**/help")


def test_leaving_works_without_scripts(bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/account", member=_member(bare_site), script=False)
    _leave_by(bare_site, page, "button")
    page.goto(f"{bare_site.url}/account")
    expect(page).to_have_url(re.compile(f"^{bare_site.url}/sign-in"))


def test_typing_with_shift_does_not_leave(bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/join")
    field = page.get_by_label("Your alias")
    field.fill("")
    field.press_sequentially("Amber HERON")
    for letter in ("Shift+A", "Shift+B", "Shift+C", "Shift+D"):
        page.keyboard.press(letter)
    page.wait_for_timeout(300)  # a leaving would have begun by now
    assert page.url == f"{bare_site.url}/join"
