"""The admin's page on voices, on a phone and on a desktop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from core.database import now
from plugins.anonymity.credentials import epochs, jobs

pytestmark = pytest.mark.browser
PHONE, DESKTOP = (390, 844), (1280, 800)


def _keys(site: Any) -> None:
    with site.app.app_context():
        jobs.turn_weeks(now())


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (DESKTOP, True)])
def test_A1_an_admin_reads_the_counts_of_each_week(
    site: Any, visit: Callable[..., Any], axe: Callable[[Any], None], size: tuple[int, int], dark: bool
) -> None:
    site.run(_keys, site)
    admin = site.member("Keeper of keys", roles=["admin"])
    page = visit(site, "/anonymity/epochs", size=size, dark=dark, member=admin)
    expect(page.get_by_role("heading", name="Keys of unlinkable voices")).to_be_visible()
    last = epochs.coming(now())[-1]
    page.get_by_role("navigation", name="Weeks").get_by_role("link").last.click()
    expect(page.get_by_text(last, exact=True)).to_be_visible()
    expect(page.get_by_text("Not begun").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    axe(page)
