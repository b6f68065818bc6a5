"""From the front page to a signed-in member, as a person does it: on a phone, with a mail in between."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PHONE = (390, 844)
PASSWORD = "three odd words together"


def _link_in_last_mail(site: Any) -> str:
    site.work()
    text = site.mails()[-1].get_content()
    return str(re.search(rf"{site.url}\S+", text).group())  # type: ignore[union-attr]


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_I2_join_choose_a_password_and_sign_in(script: bool, bare_site: Any, visit: Any, press: Any, axe: Any) -> None:
    name = "Copper Lantern" if script else "Silver Lantern"
    email = f"{name.split()[0].lower()}@home.example"
    look = axe if script else lambda _page: None  # axe is a script itself
    page = visit(bare_site, "/", size=PHONE, script=script)
    press(page, "Join with a made-up name", role="link")
    suggested = page.get_by_label("Your alias")
    expect(suggested).not_to_have_value("")
    suggested.fill(name)
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_role("button", name="Send me the link").click()
    page.get_by_role("heading", name="Look in your e-mail").wait_for()
    look(page)

    page.goto(_link_in_last_mail(bare_site))
    look(page)
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_label("The same password again").fill("short")
    press(page, "Keep this password")
    expect(page.locator(".bw-summary")).to_be_visible()
    look(page)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Keep this password").click()
    page.get_by_role("heading", name=name).wait_for()

    page.goto(f"{bare_site.url}/account")
    press(page, "Sign out")
    page.goto(f"{bare_site.url}/account")
    expect(page).to_have_url(re.compile(f"^{bare_site.url}/sign-in"))
    page.get_by_label("Your e-mail address").fill(email)
    page.get_by_label("Your password").fill("not this one at all")
    press(page, "Sign in")
    expect(page.locator(".bw-summary")).to_be_visible()
    look(page)
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="My account").wait_for()
    expect(page.get_by_text(f"Neighbours know you as {name}.")).to_be_visible()


def test_a_member_follows_wards_and_renames_once(bare_site: Any, visit: Any, press: Any, axe: Any) -> None:
    page = visit(bare_site, "/account/notices", size=PHONE, member=bare_site.member("Plain Sparrow", ward="E05009320"))
    page.get_by_label("Poplar").check()
    press(page, "Follow these wards")
    expect(page.get_by_role("status").get_by_text("We will tell you")).to_be_visible()
    expect(page.get_by_label("Poplar")).to_be_checked()
    page.goto(f"{bare_site.url}/account")
    page.get_by_text("Change my alias").click()
    page.get_by_label("New alias").fill("Gentle Sparrow")
    press(page, "Change it")
    expect(page.get_by_text("Neighbours know you as Gentle Sparrow.")).to_be_visible()
    expect(page.get_by_text("Change my alias")).to_have_count(0)
    axe(page)


def test_closing_an_account_wants_a_tick(bare_site: Any, visit: Any, press: Any) -> None:
    page = visit(bare_site, "/account/close", member=bare_site.member("Brief Swallow"))
    press(page, "Close my account")
    expect(page.locator(".bw-summary")).to_be_visible()
    page.get_by_label("Yes, close my account for good").check()
    page.get_by_role("button", name="Close my account").click()
    page.get_by_text("Your account is closed").wait_for()
    page.goto(f"{bare_site.url}/account")
    expect(page).to_have_url(re.compile(f"^{bare_site.url}/sign-in"))
