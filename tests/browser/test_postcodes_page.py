"""The admin's page about postcodes in a real browser: empty, with a postcode looked up, and with what was said."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

DESKTOP, PHONE = (1280, 800), (390, 844)


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)], ids=["desktop-light", "phone-dark"])
def test_W4_an_admin_looks_a_postcode_up_and_says_otherwise(
    size: Any,
    dark: bool,
    bare_site: Any,
    visit: Any,
    press: Any,
    axe: Any,
    no_sideways_scroll: Any,
    big_enough: Any,
    tmp_path: Any,
) -> None:
    def fits(name: str) -> None:
        axe(page)
        no_sideways_scroll(page)
        big_enough(page)
        assert page.locator("main .btn-primary").count() <= 1  # settled by the looks above
        page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

    admin = bare_site.member(f"Postcode Robin {size[0]}", roles=["admin"])
    page = visit(bare_site, "/admin", size=size, dark=dark, member=admin)
    press(page, "Look up a postcode", role="link")
    fits("empty")
    page.get_by_label("Postcode", exact=True).fill("e3 5aa")
    press(page, "Look it up")
    assert "postcode" not in page.url.partition("?")[2], "a postcode stands in no address"
    expect(page.get_by_role("heading", name="E3 5AA")).to_be_visible()
    fits("found")
    page.get_by_label("It counts for").select_option(label="Weavers")
    press(page, "Let this count")
    expect(page.locator("tbody")).to_contain_text("Weavers")
    fits("said")
    with page.expect_navigation():
        page.locator("tbody").get_by_role("button").click()
    expect(page.locator("tbody")).to_have_count(0)
    page.get_by_label("Postcode", exact=True).fill("bow")
    press(page, "Look it up")
    expect(page.locator(".bw-summary")).to_be_focused()
    expect(page.get_by_label("Postcode", exact=True)).to_have_value("bow")
    fits("wrong")
