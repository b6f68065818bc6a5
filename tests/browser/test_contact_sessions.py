"""Police pages in a real browser: an officer publishes, a neighbour books, with and without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar
from playwright.sync_api import expect

from core.database import now

pytestmark = pytest.mark.browser
PHONE = (390, 844)
BOW_WEST = "E05009320"


def _typed(days: int, clock: str) -> str:
    day = (now() + timedelta(days=days)).astimezone(ZoneInfo("Europe/London"))
    return f"{day:%Y-%m-%d}T{clock}"


@pytest.mark.parametrize("script", [True])
def test_P14_a_session_is_published_booked_put_in_a_calendar_and_called_off(
    site: Any, visit: Any, press: Any, axe: Any, script: bool
) -> None:
    title = f"Talk to your officers ({'with' if script else 'no'} scripts)"
    officer = site.member("Session Officer", roles=(("officer", BOW_WEST),))
    page = visit(site, "/police/sessions/new", size=PHONE, script=script, member=officer)
    page.get_by_label("What is it called?").fill(title)
    page.get_by_label("Starts").fill(_typed(5, "18:30"))
    page.get_by_label("Ends").fill(_typed(5, "17:30"))
    page.get_by_label("How many places?").fill("2")
    press(page, "Publish")
    expect(page.get_by_role("link", name="Say where people should go.")).to_be_visible()
    expect(page.get_by_label("What is it called?")).to_have_value(title)
    axe(page)
    page.get_by_label("Where?").fill("Idea Store, Roman Road")
    press(page, "Publish")
    expect(page.get_by_role("link", name="The end is before the start.")).to_be_visible()
    expect(page.get_by_label("Starts")).to_have_value(_typed(5, "18:30"))
    page.get_by_label("Ends").fill(_typed(5, "19:30"))
    press(page, "Publish")
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    place = page.url.removeprefix(site.url)

    neighbour = visit(site, place, size=PHONE, script=script, dark=True, member=site.member("Booker", ward=BOW_WEST))
    press(neighbour, "Book a place without my name")
    expect(neighbour.get_by_text("You have a place.")).to_be_visible()
    axe(neighbour)
    with neighbour.expect_download() as download:
        neighbour.get_by_role("link", name="Add to my calendar").click()
    (event,) = Calendar.from_ical(download.value.path().read_bytes()).walk("VEVENT")
    assert event["dtstart"].dt.strftime("%Y-%m-%dT%H:%M") == _typed(5, "18:30")

    page.reload()
    expect(page.get_by_text("1 of 2 places are taken")).to_be_visible()
    press(page, "Call it off", role="link")
    press(page, "Call it off")
    neighbour.reload()
    expect(neighbour.get_by_text("This session was called off.")).to_be_visible()
    expect(neighbour.locator("h1 s")).to_have_text(title)
    axe(neighbour)
