"""The two ways without a bill or a photo, in a real browser: at the counter, and by letter onto paper."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from core.database import now, transaction
from plugins.verification_docs import demo
from plugins.verification_docs.letter import services as letters
from plugins.verification_docs.reviewers import vetting

pytestmark = pytest.mark.browser
PHONE, DESKTOP = (390, 844), (1280, 900)
PASSPHRASE = "otter kettle violet staircase"
ADDRESS = letters.Address("Z. Quillfeather", ("Flat 9", "47 Zephyr Mews", "London"), "E3 5AA")


def reviewer(site: Any, name: str, *, with_key: bool = True) -> str:
    """A reviewer who was checked, and has a key of their own unless they will make it."""
    member_id = site.member(name, roles=["reviewer"])

    def equip() -> None:
        with site.app.app_context(), transaction() as db:
            if with_key:
                demo.equip(db, member_id)
            else:
                today = now().date()
                vetting.vet(db, member_id, "interview", days=(today, today + timedelta(days=90)), vetted_by=None)

    site.run(equip)
    return str(member_id)


def looks_well(page: Any, *checks: Any) -> None:
    for check in checks:
        check(page)


def picture(page: Any, folder: Path, name: str) -> None:
    page.screenshot(path=folder / f"{name}.png", full_page=True)


@pytest.mark.parametrize(
    ("size", "dark", "script"), [(PHONE, False, True), (DESKTOP, True, True), (PHONE, True, False)]
)
def test_V5_a_member_meets_two_volunteers(  # noqa: PLR0913  # what a browser test is handed
    site: Any,
    visit: Any,
    press: Any,
    axe: Any,
    big_enough: Any,
    no_sideways_scroll: Any,
    tmp_path: Path,
    size: tuple[int, int],
    dark: bool,
    script: bool,
) -> None:
    mark = f"{size[0]}{'dark' if dark else ''}{'' if script else 'off'}"
    checks = (axe, big_enough, no_sideways_scroll) if script else ()
    member = site.member(f"Olive Wren {mark}")
    page = visit(site, "/verify", size=size, dark=dark, script=script, member=member)
    looks_well(page, *checks)
    picture(page, tmp_path, f"V5-ways-{mark}")
    press(page, "See how and what to bring", role="link")
    looks_well(page, *checks)
    picture(page, tmp_path, f"V5-bring-{mark}")
    press(page, "Make my code")
    code = page.locator("[data-code]").inner_text()
    looks_well(page, *checks)
    picture(page, tmp_path, f"V5-code-{mark}")
    for place, name in enumerate(("First", "Second")):
        who = reviewer(site, f"{name} Heron {mark}")
        counter = visit(site, "/review", size=size, dark=dark, script=script, member=who)
        counter.get_by_role("link", name="Check somebody in person").click()
        counter.get_by_label("Code of the member").fill(code.lower())
        looks_well(counter, *checks)
        picture(counter, tmp_path, f"V5-counter-{mark}")
        counter.get_by_role("button", name="Go on").click()
        counter.get_by_role("heading", name=f"You are the {name.lower()} of two").wait_for()
        if place == 0:
            for kind in ("Photo document", "Proof of address", "Safety certificate"):
                counter.get_by_label(kind, exact=True).check()
            letters_of_it = "".join(chr(ord("a") + int(sign, 36) % 26) for sign in mark)
            counter.get_by_label("All names, as printed").fill(f"Zephyrine {letters_of_it}")
            counter.get_by_label("Date of birth").fill("27 3 1985")
            counter.get_by_label("Postcode of the home").fill("E3 5AA")
        else:
            counter.get_by_label("I saw these papers myself").check()
        counter.get_by_label("Number of the document").fill(f"QX 731 {mark}")
        if place == 0:
            counter.get_by_role("button", name="Find the ward").click()
            counter.get_by_text("Ask the member whether that is right").wait_for()
        looks_well(counter, *checks)
        picture(counter, tmp_path, f"V5-{name}-{mark}")
        counter.get_by_role("button", name="Sign", exact=True).click()
        counter.get_by_text("Signed.").wait_for()
    page.goto(f"{site.url}/verify")
    page.get_by_role("heading", name="You are verified").wait_for()
    looks_well(page, *checks)
    picture(page, tmp_path, f"V5-verified-{mark}")


def words_on(pdf: bytes) -> tuple[int, str]:
    paper = pypdfium2.PdfDocument(pdf)
    return len(paper), re.sub(r"\s+", " ", " ".join(page.get_textpage().get_text_range() for page in paper))


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (DESKTOP, False)])
def test_V6_the_browser_opens_the_address_and_prints_one_plain_page(  # noqa: PLR0913  # what a browser test is handed
    site: Any,
    visit: Any,
    press: Any,
    axe: Any,
    big_enough: Any,
    no_sideways_scroll: Any,
    tmp_path: Path,
    size: tuple[int, int],
    dark: bool,
) -> None:
    mark = f"{size[0]}{'dark' if dark else ''}"
    checks = (axe, big_enough, no_sideways_scroll)
    reviewer(site, f"Grey Stork {mark}")
    who, member = reviewer(site, f"Slate Heron {mark}", with_key=False), site.member(f"Coral Finch {mark}")
    page = visit(site, "/review/key", size=size, dark=dark, member=who)
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("Passphrase once more").fill(PASSPHRASE)
    page.get_by_role("button", name="Make my key").click(no_wait_after=True)
    page.get_by_text("Your key works").wait_for(timeout=180_000)
    asking = visit(site, "/verify/letter", size=size, dark=dark, member=member)
    looks_well(asking, *checks)
    picture(asking, tmp_path, f"V6-ask-{mark}")
    asking.get_by_label("Name on the door or the bell").fill(ADDRESS.name_line)
    asking.get_by_label("House, street and town").fill("\n".join(ADDRESS.lines))
    asking.get_by_label("Postcode of your home").fill(ADDRESS.postcode)
    press(asking, "Send me the letter")
    looks_well(asking, *checks)
    picture(asking, tmp_path, f"V6-asked-{mark}")
    page.get_by_role("link", name="Review").first.click()
    page.get_by_role("heading", name="Waiting for a reviewer").wait_for()
    page.get_by_role("link", name=re.compile("letters? to post", re.IGNORECASE)).first.click()
    looks_well(page, *checks)
    picture(page, tmp_path, f"V6-list-{mark}")
    page.locator("a.bw-row").first.click()
    looks_well(page, *checks)
    picture(page, tmp_path, f"V6-open-{mark}")
    page.get_by_role("button", name="Make the letter").click()
    page.get_by_text("47 Zephyr Mews").wait_for()
    looks_well(page, *checks)
    picture(page, tmp_path, f"V6-letter-{mark}")
    code = page.locator(".vd-letter-code").inner_text()
    paper = page.pdf(prefer_css_page_size=True, display_header_footer=False)
    (tmp_path / f"V6-{mark}.pdf").write_bytes(paper)
    count, words = words_on(paper)
    assert count == 1
    assert " ".join((ADDRESS.name_line, *ADDRESS.lines, ADDRESS.postcode)) in words
    assert code in words
    assert not re.search(r"crime|police|999|watch|verif|lamplight|menu|print|key", words, re.IGNORECASE)
    page.get_by_role("button", name="Lock now").click()
    page.get_by_text("47 Zephyr Mews").wait_for(state="detached")
    page.get_by_role("button", name="I have posted it").click()
    page.get_by_text("The address is deleted").wait_for()
    asking.goto(f"{site.url}/verify")
    press(asking, "Type the code", role="link")
    asking.get_by_label("Code in the letter").fill("0000 0000" if code != "0000 0000" else "0000 0001")
    asking.get_by_role("button", name="Send the code").click()
    asking.get_by_text("You have 4 tries left").first.wait_for()
    looks_well(asking, *checks)
    picture(asking, tmp_path, f"V6-wrong-{mark}")
    asking.get_by_label("Code in the letter").fill(code)
    asking.get_by_role("button", name="Send the code").click()
    asking.get_by_text("Your address is proved").wait_for()
    looks_well(asking, *checks)
    picture(asking, tmp_path, f"V6-proved-{mark}")
