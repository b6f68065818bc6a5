"""Proving an address in a real browser: the member on a phone, the reviewer on a tablet, with and without scripts."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageFont

pytestmark = pytest.mark.browser
PHONE = (390, 844)
TABLET = (820, 1180)


def paper(folder: Path, title: str, *lines: str) -> str:
    """Draw a made paper of nobody."""
    picture = Image.new("RGB", (900, 1200), "#fbfaf5")
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate((title, *lines)):
        draw.text((70, 80 + 90 * number), line, font=ImageFont.load_default(44), fill="#222")
    path = folder / f"{title.split()[0].lower()}.jpg"
    picture.save(path)
    return str(path)


def program(folder: Path) -> str:
    path = folder / "photo.jpg"
    path.write_bytes(b"MZ" + b"\0" * 4000)
    return str(path)


def send(page: Any, document: str, file: str, button: str = "Save and go on") -> None:
    page.get_by_label(document, exact=True).check()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name=button).click()


def decide(page: Any, place: int, words: str) -> None:
    section = page.locator("section.bw-card").nth(place)
    section.get_by_label(words, exact=True).check()
    section.get_by_role("button", name="Decide").click()


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no-scripts"])
def test_V1_V2_V9_V14_from_first_paper_to_receipt(
    script: bool, site: Any, visit: Any, axe: Any, big_enough: Any, no_sideways_scroll: Any, tmp_path: Path
) -> None:
    name = "Amber Finch" if script else "Olive Finch"
    if not script:
        # axe is itself a script, and waits for ever on a page that runs none.
        def axe(_page: Any) -> None: ...

    identity = paper(tmp_path, "Passport", "EXAMPLE", "SAM")
    bill = paper(tmp_path, "Energy bill", "Sam Example", "1 Made Street", "London E3 5AA")
    aid = paper(tmp_path, "First aid", "Awarded to Sam Example")
    member = visit(site, "/", size=PHONE, script=script, member=site.member(name))
    member.locator("section", has=member.get_by_role("heading", name="Prove you live here")).get_by_role("link").click()
    for check in (axe, big_enough, no_sideways_scroll):
        check(member)
    member.get_by_role("link", name="Start").click()
    member.get_by_role("button", name="Save and go on").click()
    member.locator(".bw-summary").wait_for()
    for check in (axe, big_enough, no_sideways_scroll):
        check(member)
    send(member, "Passport", program(tmp_path))
    member.locator(".bw-error", has_text="cannot use this type of file").wait_for()
    assert member.get_by_label("Passport", exact=True).is_checked()
    send(member, "Passport", identity)
    member.get_by_text("saved and sealed", exact=True).wait_for()
    axe(member)
    member.get_by_role("link", name="Go on").click()
    member.get_by_label("Postcode of your home").fill("E3 9ZZ")
    send(member, "Council tax bill", bill)
    member.locator(".bw-error", has_text="do not know this postcode").wait_for()
    assert member.get_by_label("Postcode of your home").input_value() == "E3 9ZZ"
    member.get_by_label("Postcode of your home").fill("e35aa")
    if script:
        # The browser kept the chosen file; only what was wrong is mended.
        member.get_by_role("button", name="Save and go on").click()
    else:
        send(member, "Council tax bill", bill)
    member.get_by_role("link", name="Go on").click()
    axe(member)
    send(member, "First aid certificate", aid, "Send to a reviewer")
    member.get_by_role("heading", name="A reviewer will look at it").wait_for()
    axe(member)

    reviewer = visit(site, "/review", size=TABLET, script=script, member=site.member("Grey Heron", roles=["reviewer"]))
    for check in (axe, big_enough, no_sideways_scroll):
        check(reviewer)
    reviewer.locator("a.bw-row").first.click()
    reviewer.get_by_role("button", name="Open").click()
    reviewer.locator(".bw-summary").wait_for()
    axe(reviewer)
    reviewer.get_by_label("It is next in the queue").check()
    reviewer.get_by_role("button", name="Open").click()
    reviewer.get_by_text("Postcode typed").wait_for()
    for check in (axe, big_enough, no_sideways_scroll):
        check(reviewer)
    assert reviewer.get_by_text("E3 5AA").first.is_visible()
    if script:
        picture = reviewer.locator("img.img-fluid").first
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 900
    decide(reviewer, 0, "It is fine")
    decide(reviewer, 1, "It is too old")
    axe(reviewer)
    big_enough(reviewer)
    decide(reviewer, 2, "It is fine")
    reviewer.get_by_text("asked to send again").wait_for()

    member.goto(f"{site.url}/verify")
    member.get_by_text("please send again", exact=True).wait_for()
    axe(member)
    member.get_by_role("link", name="Send it again").click()
    member.get_by_label("Postcode of your home").fill("E3 5AA")
    send(member, "Council tax bill", bill, "Send to a reviewer")
    member.get_by_role("heading", name="A reviewer will look at it").wait_for()
    reviewer.goto(f"{site.url}/review")
    reviewer.locator("a.bw-row").first.click()
    reviewer.get_by_label("Something was sent again").check()
    reviewer.get_by_role("button", name="Open").click()
    decide(reviewer, 1, "It is fine")
    reviewer.get_by_text("All papers of the case are deleted").wait_for()
    axe(reviewer)

    member.goto(f"{site.url}/verify")
    member.get_by_role("heading", name="You are verified").wait_for()
    member.get_by_text("Home ward: Bow West").wait_for()
    assert member.get_by_text("Opened by a reviewer").is_visible()
    for check in (axe, big_enough, no_sideways_scroll):
        check(member)


def test_an_upload_shows_how_far_it_is_and_a_big_one_keeps_what_was_typed(
    site: Any, visit: Any, tmp_path: Path
) -> None:
    page = visit(site, "/verify/address", size=PHONE, member=site.member("Slate Finch"))
    large = tmp_path / "large.jpg"
    target = io.BytesIO()
    Image.new("RGB", (10, 10)).save(target, "JPEG")
    large.write_bytes(target.getvalue() + b"\0" * (20 << 20))
    page.evaluate(
        """() => { window.seen = []; new MutationObserver(() => {
            const text = document.querySelector('.bw-upload')?.textContent; if (text) window.seen.push(text)
        }).observe(document.body, {childList: true, subtree: true, characterData: true}) }"""
    )
    page.get_by_label("Postcode of your home").fill("E3 5AA")
    send(page, "Council tax bill", str(large))
    page.locator(".bw-error", has_text="larger than 12 MB").wait_for()
    assert page.evaluate("window.seen.length") > 0
    assert page.get_by_label("Postcode of your home").input_value() == "E3 5AA"
    assert page.get_by_label("Council tax bill", exact=True).is_checked()
