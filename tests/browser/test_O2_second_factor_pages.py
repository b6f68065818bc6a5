"""Setting up the second step, signing in with it, and two people deciding, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from core import totp
from core.database import now, reading, transaction
from core.models import Member, Proposal
from core.testing import PASSWORD, code

DESKTOP, PHONE, NARROW = (1280, 800), (390, 844), (320, 640)
SCREENS = [(DESKTOP, False), (PHONE, True)]
IDS = ["desktop-light", "phone-dark"]


def member(site: Any, alias: str, **more: Any) -> str:
    return str(site.member(alias, **more))


def email(site: Any, member_id: str) -> str:
    def look() -> str:
        with site.app.app_context(), reading() as db:
            return str(db.get_one(Member, member_id).email)

    return str(site.run(look))


def picture(page: Any, tmp_path: Any, name: str) -> None:
    """Keep a picture of the page for whoever wants to look: pytest --basetemp DIR."""
    page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)


def fitting(page: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any) -> None:
    axe(page)
    no_sideways_scroll(page)
    big_enough(page)
    assert page.locator("main .btn-primary").count() <= 1


def forget_factor(site: Any, member_id: str) -> None:
    def forget() -> None:
        with site.app.app_context(), transaction() as db:
            row = db.get_one(Member, member_id)
            row.tf_primary_method = row.tf_totp_secret = row.mf_recovery_codes = None

    site.run(forget)


@pytest.mark.parametrize(("size", "dark"), SCREENS, ids=IDS)
def test_O2_an_admin_sets_it_up_and_signs_in_with_it(
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
    admin = member(bare_site, f"Setting Up {size[0]}", roles=["admin"])
    forget_factor(bare_site, admin)
    checks = (axe, no_sideways_scroll, big_enough)
    page = visit(bare_site, "/", size=size, dark=dark, member=admin)
    picture(page, tmp_path, "home")
    fitting(page, *checks)
    page.goto(f"{bare_site.url}/account")
    picture(page, tmp_path, "account")
    page.goto(f"{bare_site.url}/admin")
    expect(page).to_have_url(f"{bare_site.url}{totp.PATH}?next=/admin")
    picture(page, tmp_path, "begin")
    fitting(page, *checks)
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, "Begin")
    drawn = page.get_by_role("img", name="QR code")
    expect(drawn).to_be_visible()
    assert drawn.evaluate("part => part.decode().then(() => part.naturalWidth > 50)")
    picture(page, tmp_path, "scan")
    fitting(page, *checks)
    secret = re.sub(r"\s", "", page.locator("code").inner_text())
    page.get_by_label("The six digits").fill("000000")
    press(page, "Check the code")
    expect(page.locator(".bw-summary")).to_be_focused()
    picture(page, tmp_path, "wrong")
    fitting(page, *checks)
    page.get_by_label("The six digits").fill(totp.code_at(secret, now().timestamp()))
    press(page, "Check the code")
    expect(page.locator("main ol code")).to_have_count(totp.RECOVERY_CODES)
    recovery = page.locator("main ol code").first.inner_text()
    picture(page, tmp_path, "codes")
    fitting(page, *checks)
    press(page, "I have kept them", role="link")
    expect(page).to_have_url(f"{bare_site.url}/admin")
    fitting(page, *checks)
    picture(page, tmp_path, "admin")
    page.goto(f"{bare_site.url}{totp.PATH}")
    picture(page, tmp_path, "change")
    fitting(page, *checks)
    other = visit(bare_site, "/sign-in", size=size, dark=dark, script=False)
    other.locator("#email").fill(email(bare_site, admin))
    other.locator("#password").fill(PASSWORD)
    press(other, "Sign in")
    expect(other).to_have_url(f"{bare_site.url}{totp.PATH}/code")
    picture(other, tmp_path, "code")
    press(other, "I have lost my phone", role="link")
    picture(other, tmp_path, "recovery")
    other.get_by_label("Recovery code").fill(recovery)
    press(other, "Sign in")
    expect(other).to_have_url(f"{bare_site.url}/")
    other.goto(f"{bare_site.url}/admin")
    expect(other.get_by_role("heading", level=1)).to_have_text("Running this site")


@pytest.mark.parametrize(("size", "dark"), SCREENS, ids=IDS)
def test_O2_the_pages_for_the_code_stumble_nobody(
    size: Any, dark: bool, bare_site: Any, visit: Any, press: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any
) -> None:
    admin = member(bare_site, f"With Code {size[0]}", roles=["admin"])
    page = visit(bare_site, "/sign-in", size=size, dark=dark)
    page.locator("#email").fill(email(bare_site, admin))
    page.locator("#password").fill(PASSWORD)
    press(page, "Sign in")
    fitting(page, axe, no_sideways_scroll, big_enough)
    page.get_by_label("The six digits").fill("12")
    press(page, "Sign in")
    expect(page.locator(".bw-summary")).to_contain_text("This code does not fit")
    page.goto(f"{bare_site.url}{totp.PATH}/recovery-code")
    fitting(page, axe, no_sideways_scroll, big_enough)
    page.goto(f"{bare_site.url}{totp.PATH}/code")
    page.get_by_label("The six digits").fill(code())
    press(page, "Sign in")
    expect(page).to_have_url(f"{bare_site.url}/")


@pytest.mark.parametrize(("size", "dark"), SCREENS, ids=IDS)
def test_V13_two_people_make_a_reviewer(
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
    checks = (axe, no_sideways_scroll, big_enough)
    proposer = member(bare_site, f"Proposer {size[0]}", roles=["admin"])
    reviewer = member(bare_site, f"Confirmer {size[0]}", roles=["reviewer"])
    newcomer = member(bare_site, f"Newcomer {size[0]}", ward="E05009320")
    address = email(bare_site, newcomer)
    page = visit(bare_site, "/admin", size=size, dark=dark, member=proposer)
    page.get_by_label("E-mail address of the member").fill(address)
    page.get_by_label("Role", exact=True).select_option("reviewer")
    press(page, "Do it")
    expect(page.get_by_role("status")).to_contain_text("Another admin or a reviewer")
    page.goto(f"{bare_site.url}/admin/second-factor")
    fitting(page, *checks)
    picture(page, tmp_path, "ask-reset")
    page = visit(bare_site, "/", size=size, dark=dark, member=reviewer)
    with page.expect_navigation():
        page.get_by_role("link", name="Proposals").locator("visible=true").first.click()
    picture(page, tmp_path, "proposals")
    fitting(page, *checks)
    with page.expect_navigation():
        page.locator(".bw-row").first.click()
    picture(page, tmp_path, "proposal")
    fitting(page, *checks)
    assert address not in page.content()
    page.get_by_label("E-mail address of the member").fill("somebody@place.example")
    press(page, "Confirm")
    fitting(page, *checks)
    picture(page, tmp_path, "refused")
    page.get_by_label("E-mail address of the member").fill(address)
    press(page, "Confirm")
    expect(page).to_have_url(f"{bare_site.url}/admin/proposals")
    fitting(page, *checks)
    picture(page, tmp_path, "nothing")

    def left() -> int:
        with bare_site.app.app_context(), reading() as db:
            return len(db.scalars(sa.select(Proposal)).all())

    assert bare_site.run(left) == 0
