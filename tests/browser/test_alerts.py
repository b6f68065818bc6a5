"""The life of an alert in a real browser: an officer on a phone, scripts on or off, and a neighbour who reads."""

from __future__ import annotations

from typing import Any

import pytest

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
def test_W10_an_officer_issues_updates_and_cancels_an_alert(site: Any, visit: Any, axe: Any, script: bool) -> None:
    headline = f"Callers who ask for bank cards ({'with' if script else 'no'} scripts)"
    page = visit(site, "/alerts", size=PHONE, script=script, member=officer(site))
    page.get_by_role("link", name="New alert").click()
    fill(page, headline)
    page.get_by_role("button", name="Send alert").click()
    assert page.get_by_role("heading", level=1).inner_text() == headline
    place = page.url.removeprefix(site.url)
    page.get_by_role("link", name="Update").click()
    page.get_by_label("Headline").fill(f"{headline}: now at doors too")
    page.get_by_role("button", name="Send update").click()
    reader = visit(site, place, size=PHONE, dark=True)
    assert "now at doors too" in reader.get_by_role("heading", level=1).inner_text()
    axe(reader)
    page.get_by_role("link", name="Cancel this alert").click()
    page.get_by_label("Why do you cancel it?").fill("The calls have stopped.")
    page.get_by_role("button", name="Cancel the alert").click()
    reader.reload()
    assert reader.get_by_text("This alert is cancelled.").is_visible()
    assert reader.get_by_text("Why: The calls have stopped.").is_visible()
    axe(reader)


def test_an_empty_form_says_what_is_missing_and_leads_to_it(
    site: Any, visit: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any
) -> None:
    page = visit(site, "/alerts/new", size=PHONE, member=officer(site))
    page.get_by_label("What happened").fill("Something I do not want to lose.")
    page.get_by_role("button", name="Send alert").click()
    assert page.title().startswith("Error:")
    for check in (axe, no_sideways_scroll, big_enough):
        check(page)
    page.get_by_role("link", name="Write a headline").click()
    assert page.evaluate("document.activeElement.id") == "headline"
    assert page.get_by_label("What happened").input_value() == "Something I do not want to lose."


def test_two_officers_at_once_lose_nothing(site: Any, visit: Any, axe: Any) -> None:
    first = visit(site, "/alerts/new", member=officer(site))
    fill(first, "A tree blocks the road")
    first.get_by_role("button", name="Send alert").click()
    place = first.url.removeprefix(site.url)
    second = visit(site, f"{place}/update", member=officer(site))
    first.get_by_role("link", name="Update").click()
    first.get_by_label("Headline").fill("Two trees block the road")
    first.get_by_role("button", name="Send update").click()
    second.get_by_label("Headline").fill("The tree is being cut up")
    second.get_by_role("button", name="Send update").click()
    assert second.get_by_text("Someone changed this alert while you were writing.").is_visible()
    assert second.get_by_role("alert").get_by_text("Two trees block the road").is_visible()
    assert second.get_by_label("Headline").input_value() == "The tree is being cut up"
    axe(second)
    second.get_by_role("button", name="Send update").click()
    assert second.get_by_role("heading", level=1).inner_text() == "The tree is being cut up"
