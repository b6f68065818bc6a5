"""A plain name for the site, chosen and worn in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PHONE = (390, 844)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_A11_a_plain_name_is_chosen_and_seen_in_the_tab(
    site: Any, visit: Any, press: Any, axe: Any, big_enough: Any, no_sideways_scroll: Any, dark: bool
) -> None:
    me = site.member(f"plain wren {dark}", ward="E05009320")
    page = visit(site, "/account", size=PHONE, dark=dark, member=me)
    press(page, "Give it a plain name", role="link")
    expect(page.get_by_text("the address of the site, in the address bar")).to_be_visible()
    axe(page)
    big_enough(page)
    no_sideways_scroll(page)
    page.get_by_label("Recipes").check()
    press(page, "Use this name")
    expect(page).to_have_title("Recipes")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile(r"/static/recipes\.svg"))
    axe(page)
    page.goto(f"{site.url}/boards")
    expect(page).to_have_title("Recipes")
    expect(page.locator(".bw-brand")).to_have_text("Recipes")
    page.get_by_role("link", name="Leave now").click()
    page.wait_for_url(site.weather)


def test_A11_it_works_without_scripts(site: Any, visit: Any, press: Any) -> None:
    me = site.member("plain robin", ward="E05009320")
    page = visit(site, "/account/disguise", script=False, member=me)
    page.get_by_label("Homework club").check()
    press(page, "Use this name")
    expect(page).to_have_title("Homework club")
