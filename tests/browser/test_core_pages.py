"""Core's pages: every one, wide and narrow, light and dark, by eye of axe and by number."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import request
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
DESKTOP, PHONE, NARROW = (1280, 800), (390, 844), (320, 640)
OPEN = ["/", "/join", "/sign-in", "/account/password", "/help", "/privacy", "/accessibility", "/not-here"]
OWN = ["/", "/account", "/account/change-password", "/account/close", "/admin"]
SCREENS = [(DESKTOP, False), (PHONE, True)]
IDS = ["desktop-light", "phone-dark"]


def _admin(site: Any) -> str:
    found: str = site.member("Quiet Robin", roles=["admin"], ward="E05009320")
    return found


@pytest.mark.parametrize(("size", "dark"), SCREENS, ids=IDS)
@pytest.mark.parametrize("path", OPEN)
def test_I2_a_visitor_stumbles_over_nothing(
    path: str, size: Any, dark: bool, bare_site: Any, visit: Any, axe: Any
) -> None:
    page = visit(bare_site, path, size=size, dark=dark)
    axe(page)
    expect(page).to_have_title(re.compile("– Lamplight$"))


@pytest.mark.parametrize(("size", "dark"), SCREENS, ids=IDS)
@pytest.mark.parametrize("path", OWN)
def test_I2_a_member_stumbles_over_nothing(
    path: str, size: Any, dark: bool, bare_site: Any, visit: Any, axe: Any
) -> None:
    page = visit(bare_site, path, size=size, dark=dark, member=_admin(bare_site))
    axe(page)
    expect(page).to_have_url(f"{bare_site.url}{path}")


@pytest.mark.parametrize("size", [PHONE, NARROW], ids=["390", "320"])
@pytest.mark.parametrize("path", [*OPEN, *OWN[1:]])
def test_a_phone_never_scrolls_sideways(
    path: str, size: Any, bare_site: Any, visit: Any, no_sideways_scroll: Any, big_enough: Any
) -> None:
    page = visit(bare_site, path, size=size, member=_admin(bare_site) if path in OWN[1:] else None)
    no_sideways_scroll(page)
    big_enough(page)


def test_I2_a_refused_form_leads_to_its_mistakes(bare_site: Any, visit: Any, press: Any, axe: Any) -> None:
    page = visit(bare_site, "/join", size=PHONE)
    page.get_by_label("Your alias").fill("Amber Heron")
    press(page, "Send me the link")
    summary = page.locator(".bw-summary")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error:"))
    expect(page.get_by_label("Your alias")).to_have_value("Amber Heron")
    axe(page)
    summary.get_by_role("link").click()
    field = page.get_by_label("Your e-mail address")
    expect(field).to_be_focused()
    noted = field.get_attribute("aria-describedby").split()
    assert len(noted) == 2
    for name in noted:
        expect(page.locator(f"#{name}")).to_be_visible()


def test_I2_the_keyboard_alone_reaches_the_main_part(bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/help")
    page.keyboard.press("Tab")
    skip = page.locator(".bw-skip")
    expect(skip).to_be_focused()
    assert skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.wait_for_function("document.activeElement.closest('main') !== null")


def test_I2_every_core_page_works_without_scripts(bare_site: Any, visit: Any, press: Any) -> None:
    page = visit(bare_site, "/", script=False, size=PHONE)
    press(page, "Join with a made-up name", role="link")
    press(page, "Send me the link")
    expect(page.locator(".bw-summary")).to_be_visible()
    press(page, "Dark")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")


def test_light_and_dark_follow_the_device_until_somebody_chooses(bare_site: Any, visit: Any, press: Any) -> None:
    def ground(page: Any) -> str:
        return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))

    light, dark = visit(bare_site, "/help"), visit(bare_site, "/help?a=1", dark=True)
    assert ground(light) != ground(dark)
    as_dark = ground(dark)
    press(light, "Dark")
    expect(light).to_have_url(f"{bare_site.url}/help")
    assert ground(light) == as_dark
    light.goto(f"{bare_site.url}/privacy")
    assert ground(light) == as_dark
    press(dark, "Light")
    expect(dark).to_have_url(f"{bare_site.url}/help?a=1")
    assert ground(dark) != as_dark


def _carried(answer: Any) -> int:
    return int(answer.header_value("Content-Length") or len(answer.body()))


def test_I3_a_first_visit_is_light_and_the_second_page_costs_only_itself(bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/healthz", size=PHONE)
    weights: dict[str, int] = {}
    page.on("response", lambda answer: weights.update({answer.url.removeprefix(bare_site.url): _carried(answer)}))
    page.goto(f"{bare_site.url}/")
    page.wait_for_load_state("networkidle")
    assert {"/", "/static/app.css", "/static/app.js", "/static/icons.svg"} <= {name.split("?")[0] for name in weights}
    assert sum(weights.values()) < 60_000, weights
    asked: list[str] = []
    bare_site.app.after_request_funcs.setdefault(None, []).append(lambda answer: asked.append(request.path) or answer)
    with page.expect_navigation(wait_until="networkidle"):
        page.get_by_role("link", name="Help", exact=True).click()
    assert asked == ["/help"]


def test_I3_right_to_left_mirrors_the_page(bare_site: Any, visit: Any, no_sideways_scroll: Any) -> None:
    page = visit(bare_site, "/help", size=NARROW)
    page.evaluate("document.documentElement.dir = 'rtl'")
    no_sideways_scroll(page)
    brand, leave = page.locator(".bw-brand").bounding_box(), page.locator(".bw-leave").bounding_box()
    assert brand["x"] > leave["x"]


def test_paper_is_white_though_the_screen_is_dark(bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/help", dark=True)
    page.emulate_media(media="print", color_scheme="dark")
    card = page.locator(".bw-card").first
    expect(card).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(page.locator(".bw-leave")).to_be_hidden()
    expect(page.locator(".bw-emergency")).to_be_visible()
