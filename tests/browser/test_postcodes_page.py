"""The admin's page about postcodes in a real browser: empty, with a postcode looked up, and with what was said."""

from __future__ import annotations

from typing import Any

import pytest

DESKTOP, PHONE = (1280, 800), (390, 844)


@pytest.mark.parametrize(("size", "dark"), [(DESKTOP, False), (PHONE, True)], ids=["desktop-light", "phone-dark"])
def test_W4_an_admin_looks_a_postcode_up_and_says_otherwise(
    size: Any, dark: bool, bare_site: Any, visit: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any, tmp_path: Any
) -> None:
    def fits(name: str) -> None:
        axe(page)
        no_sideways_scroll(page)
        big_enough(page)
        assert page.locator("main .btn-primary").count() <= 1
        page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

    admin = bare_site.member(f"Postcode Robin {size[0]}", roles=["admin"])
    page = visit(bare_site, "/admin", size=size, dark=dark, member=admin)
    page.get_by_role("link", name="Look up a postcode").click()
    fits("empty")
    page.get_by_label("Postcode", exact=True).fill("e3 5aa")
    page.get_by_role("button", name="Look it up").click()
    assert "postcode" not in page.url.partition("?")[2], "a postcode stands in no address"
    assert page.get_by_role("heading", name="E3 5AA").is_visible()
    fits("found")
    page.get_by_label("It counts for").select_option(label="Weavers")
    page.get_by_role("button", name="Let this count").click()
    assert "Weavers" in page.locator("tbody").inner_text()
    fits("said")
    page.locator("tbody").get_by_role("button").click()
    assert page.locator("tbody").count() == 0
    page.get_by_label("Postcode", exact=True).fill("bow")
    page.get_by_role("button", name="Look it up").click()
    assert page.locator(".bw-summary").evaluate("part => part === document.activeElement")
    assert page.get_by_label("Postcode", exact=True).input_value() == "bow"
    fits("wrong")
