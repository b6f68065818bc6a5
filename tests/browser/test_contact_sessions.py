"""Police pages in a real browser: an officer publishes, a neighbour books, with and without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from core.database import now

pytestmark = pytest.mark.browser
PHONE = (390, 844)
BOW_WEST = "E05009320"


def _typed(days: int, clock: str) -> str:
    day = (now() + timedelta(days=days)).astimezone(ZoneInfo("Europe/London"))
    return f"{day:%Y-%m-%d}T{clock}"


@pytest.mark.parametrize("script", [True])
def test_P14_a_session_is_published_booked_put_in_a_calendar_and_called_off(
    site: Any, visit: Any, axe: Any, script: bool
) -> None:
    title = f"Talk to your officers ({'with' if script else 'no'} scripts)"
    officer = site.member("Session Officer", roles=(("officer", BOW_WEST),))
    page = visit(site, "/police/sessions/new", size=PHONE, script=script, member=officer)
    page.get_by_label("What is it called?").fill(title)
    page.get_by_label("Starts").fill(_typed(5, "18:30"))
    page.get_by_label("Ends").fill(_typed(5, "17:30"))
    page.get_by_label("How many places?").fill("2")
    page.get_by_role("button", name="Publish").click()
    assert page.get_by_role("link", name="Say where people should go.").is_visible()
    assert page.get_by_label("What is it called?").input_value() == title
    axe(page)
    page.get_by_label("Where?").fill("Idea Store, Roman Road")
    page.get_by_role("button", name="Publish").click()
    assert page.get_by_role("link", name="The end is before the start.").is_visible()
    assert page.get_by_label("Starts").input_value() == _typed(5, "18:30")
    page.get_by_label("Ends").fill(_typed(5, "19:30"))
    page.get_by_role("button", name="Publish").click()
    assert page.get_by_role("heading", level=1).inner_text() == title
    place = page.url.removeprefix(site.url)

    neighbour = visit(site, place, size=PHONE, script=script, dark=True, member=site.member("Booker", ward=BOW_WEST))
    neighbour.get_by_role("button", name="Book a place without my name").click()
    assert neighbour.get_by_text("You have a place.").is_visible()
    axe(neighbour)
    with neighbour.expect_download() as download:
        neighbour.get_by_role("link", name="Add to my calendar").click()
    (event,) = Calendar.from_ical(download.value.path().read_bytes()).walk("VEVENT")
    assert event["dtstart"].dt.strftime("%Y-%m-%dT%H:%M") == _typed(5, "18:30")

    page.reload()
    assert page.get_by_text("1 of 2 places are taken").is_visible()
    page.get_by_role("link", name="Call it off").click()
    page.get_by_role("button", name="Call it off").click()
    neighbour.reload()
    assert neighbour.get_by_text("This session was called off.").is_visible()
    assert neighbour.locator("h1 s").inner_text() == title
    axe(neighbour)
