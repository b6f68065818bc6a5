"""What scripts add to forms: one click sends once, characters are counted, a lost line loses nothing."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from core.database import transaction
from plugins.verification_docs import demo

pytestmark = pytest.mark.browser
PHONE = (390, 844)


def test_a_form_is_sent_once_however_often_its_button_is_clicked(bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/join")
    page.get_by_label("Your alias").fill("Hasty Starling")
    page.get_by_label("Your e-mail address").fill("hasty@home.example")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.evaluate("for (const _time of [1, 2, 3]) document.querySelector('main form').requestSubmit()")
    page.get_by_role("heading", name="Look in your e-mail").wait_for()
    assert sent == [f"{bare_site.url}/join"]


def test_characters_are_counted_aloud(site: Any, visit: Any) -> None:
    page = visit(site, "/boards/E05009320/new", member=site.member("Steady Wren", ward="E05009320"))
    box = page.locator("[data-module=govuk-character-count]").first
    most = int(box.get_attribute("data-maxlength"))
    box.locator("textarea").fill("x" * (most - 3))
    box.get_by_text("3 characters left").first.wait_for()
    box.locator("textarea").fill("x" * (most + 1))
    box.get_by_text("1 character too many").first.wait_for()
    expect(box.locator("textarea")).to_have_value("x" * (most + 1))


def two_reviewers(site: Any) -> None:
    """Equip two, for before that no paper is taken."""
    ids = [site.member(name, roles=["reviewer"]) for name in ("Ferry Crane", "Ferry Stork")]

    def equip() -> None:
        with site.app.app_context(), transaction() as db:
            for member_id in ids:
                demo.equip(db, member_id)

    site.run(equip)


def test_a_lost_line_says_so_and_keeps_everything(site: Any, visit: Any, press: Any, tmp_path: Path) -> None:
    photo = tmp_path / "passport.jpg"
    target = io.BytesIO()
    Image.new("RGB", (600, 400), "#dddddd").save(target, "JPEG")
    photo.write_bytes(target.getvalue())
    two_reviewers(site)
    page = visit(site, "/verify", size=PHONE, member=site.member("Lost Plover"))
    press(page, "Send photos", role="link")
    page.get_by_label("Passport", exact=True).check()
    page.get_by_label("Number of the document").fill("123 456 789")
    page.locator("input[type=file]").set_input_files(str(photo))
    page.route("**/verify/**", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_role("alert").get_by_text("The connection was lost").wait_for()
    expect(page.get_by_label("Passport", exact=True)).to_be_checked()
    expect(page.locator("input[type=file]")).to_have_value(re.compile(r"passport\.jpg$"))
    page.unroute("**/verify/**")
    page.get_by_role("button", name="Save and go on").click()
    page.get_by_text("saved and sealed", exact=True).wait_for()


def test_a_link_inside_the_page_does_not_load_it_again(bare_site: Any, visit: Any) -> None:
    page = visit(bare_site, "/help")
    page.evaluate("window.isSamePage = true")
    page.locator(".bw-toc a").first.click()
    page.wait_for_url("**/help#*")
    page.go_back()
    page.wait_for_url(lambda address: "#" not in address)
    assert page.evaluate("window.isSamePage === true")
