"""The life of an alert in a real browser: an officer on a phone, scripts on or off, and a neighbour who reads."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PHONE = (390, 844)
BOW_WEST = "E05009320"


def officer(site: Any) -> str:
    return str(site.member("Duty Officer", roles=(("officer", BOW_WEST),)))


def fill(page: Any, headline: str) -> None:
    page.get_by_label("Headline").fill(headline)
    page.get_by_label("What kind of thing is it?").select_option("fraud-scam")
    page.get_by_label("What happened").fill("Callers ask for bank cards.\n\nThey say they are from the bank.")
    page.get_by_label("What to do").fill("Hang up. Call your bank on the number on your card.")
    for choice in ("Bow West", "Moderate: some harm", "Act now", "Likely: more than", "Everyone, signed in or not"):
        page.get_by_label(choice).check()
    page.get_by_label("3 days").check()


@pytest.mark.parametrize("script", [True, False])
def test_W10_an_officer_issues_updates_and_cancels_an_alert(
    site: Any, visit: Any, press: Any, axe: Any, script: bool
) -> None:
    headline = f"Callers who ask for bank cards ({'with' if script else 'no'} scripts)"
    page = visit(site, "/alerts", size=PHONE, script=script, member=officer(site))
    press(page, "New alert", role="link")
    fill(page, headline)
    press(page, "Send alert")
    expect(page.get_by_role("heading", level=1)).to_have_text(headline)
    place = page.url.removeprefix(site.url)
    press(page, "Update", role="link")
    page.get_by_label("Headline").fill(f"{headline}: now at doors too")
    press(page, "Send update")
    reader = visit(site, place, size=PHONE, dark=True)
    expect(reader.get_by_role("heading", level=1)).to_contain_text("now at doors too")
    axe(reader)
    press(page, "Cancel this alert", role="link")
    page.get_by_label("Why do you cancel it?").fill("The calls have stopped.")
    press(page, "Cancel the alert")
    reader.reload()
    expect(reader.get_by_text("This alert is cancelled.")).to_be_visible()
    expect(reader.get_by_text("Why: The calls have stopped.")).to_be_visible()
    axe(reader)


def test_an_empty_form_says_what_is_missing_and_leads_to_it(
    site: Any, visit: Any, press: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any
) -> None:
    page = visit(site, "/alerts/new", size=PHONE, member=officer(site))
    page.get_by_label("What happened").fill("Something I do not want to lose.")
    press(page, "Send alert")
    expect(page).to_have_title(re.compile("^Error:"))
    for check in (axe, no_sideways_scroll, big_enough):
        check(page)
    page.get_by_role("link", name="Write a headline").click()
    expect(page.locator("#headline")).to_be_focused()
    expect(page.get_by_label("What happened")).to_have_value("Something I do not want to lose.")


def test_two_officers_at_once_lose_nothing(fresh_site: Any, visit: Any, press: Any, axe: Any) -> None:
    site = fresh_site  # two urgent alerts were sent before: a third would wait for a second person
    first = visit(site, "/alerts/new", member=officer(site))
    fill(first, "A tree blocks the road")
    press(first, "Send alert")
    place = first.url.removeprefix(site.url)
    second = visit(site, f"{place}/update", member=officer(site))
    press(first, "Update", role="link")
    first.get_by_label("Headline").fill("Two trees block the road")
    press(first, "Send update")
    second.get_by_label("Headline").fill("The tree is being cut up")
    press(second, "Send update")
    expect(second.get_by_text("Someone changed this alert while you were writing.")).to_be_visible()
    expect(second.get_by_role("alert").get_by_text("Two trees block the road")).to_be_visible()
    expect(second.get_by_label("Headline")).to_have_value("The tree is being cut up")
    axe(second)
    press(second, "Send update")
    expect(second.get_by_role("heading", level=1)).to_have_text("The tree is being cut up")
