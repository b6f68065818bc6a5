"""Writing in a real browser: a draft survives a closed tab, pictures go along, with scripts and without."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

pytestmark = pytest.mark.browser
PHONE, DESKTOP = (390, 844), (1280, 800)
BOW_WEST = "E05009320"
NEW = f"/boards/{BOW_WEST}/new"
TEXT = "What happened, or what is it about?"
SEND = "Post to verified members"
CANARY = b"CanaryStreet99"


def photo() -> dict[str, Any]:
    """Return a file as a phone makes it: with a place and a name in it."""
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 31.0, 12.0), 3: "W", 4: (0.0, 1.0, 2.0), 29: CANARY.decode()})
    target = io.BytesIO()
    Image.new("RGB", (400, 300), "#456").save(target, "JPEG", exif=exif)
    return {"name": "IMG_0042.jpg", "mimeType": "image/jpeg", "buffer": target.getvalue()}


def saved(page: Any) -> None:
    expect(page.locator("[data-draft-status]")).to_have_text("Draft saved")


def member(site: Any, name: str) -> str:
    return str(site.member(name, ward=BOW_WEST))


def test_W12_a_closed_tab_loses_nothing(site: Any, visit: Any) -> None:
    wren = member(site, "Wren Closing")
    page = visit(site, NEW, size=PHONE, member=wren)
    page.get_by_label("Title", exact=True).fill("Bins are burning no more")
    page.get_by_label(TEXT).fill("The fire brigade has gone home.")
    saved(page)
    stored = page.evaluate("JSON.stringify(localStorage) + JSON.stringify(sessionStorage)")
    assert "burning" not in stored
    assert "brigade" not in stored
    page.close()
    again = visit(site, NEW, member=wren)  # another browser: a phone is lost or shared
    expect(again.get_by_text("We kept your draft: today.")).to_be_visible()
    expect(again.get_by_label("Title", exact=True)).to_have_value("Bins are burning no more")
    expect(again.get_by_label(TEXT)).to_have_value("The fire brigade has gone home.")
    again.get_by_role("button", name="Throw away").click()
    expect(again.get_by_text("Your draft is deleted.")).to_be_visible()
    expect(again.get_by_label(TEXT)).to_have_value("")


def test_W12_leaving_before_the_pause_is_over_saves_too(site: Any, visit: Any) -> None:
    ruff = member(site, "Ruff In A Hurry")
    page = visit(site, NEW, member=ruff)
    page.get_by_label(TEXT).fill("Somebody rings, I must go.")
    page.goto(f"{site.url}/boards")
    for _again in range(40):  # what leaves with the page arrives when it arrives
        page.goto(f"{site.url}{NEW}")
        if page.get_by_text("We kept your draft").count():
            break
        page.wait_for_timeout(250)
    expect(page.get_by_label(TEXT)).to_have_value("Somebody rings, I must go.")


def test_W12_a_reply_is_kept_with_its_thread_and_gone_when_sent(site: Any, visit: Any, press: Any) -> None:
    dunlin = member(site, "Dunlin Replying")
    page = visit(site, NEW, member=dunlin)
    page.get_by_label("Title", exact=True).fill("Pigeon feeders of the square")
    page.get_by_label(TEXT).fill("Where can one buy good seeds nearby?")
    press(page, SEND)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pigeon feeders of the square")
    thread = page.url.split("#")[0].removeprefix(site.url)
    page.get_by_label("Your reply").fill("I found a shop.")
    saved(page)
    page.close()
    page = visit(site, thread, member=dunlin)
    expect(page.get_by_label("Your reply")).to_have_value("I found a shop.")
    press(page, "Reply to verified members")
    expect(page.locator("#post-2")).to_contain_text("I found a shop.")
    expect(page.get_by_label("Your reply")).to_have_value("")


def test_W12_without_scripts_a_button_saves(site: Any, visit: Any, press: Any) -> None:
    plover = member(site, "Plover Without")
    page = visit(site, NEW, size=PHONE, script=False, member=plover)
    page.get_by_label(TEXT).fill("Half a thought")
    press(page, "Save draft")
    expect(page.get_by_text("Draft saved. It stays for 7 days")).to_be_visible()
    expect(page.get_by_label(TEXT)).to_have_value("Half a thought")


@pytest.mark.parametrize("script", [True, False])
def test_W11_a_picture_goes_along_and_says_nothing_of_its_maker(
    site: Any, visit: Any, axe: Any, no_sideways_scroll: Any, big_enough: Any, script: bool
) -> None:
    knot = member(site, f"Knot Pictures {script}")
    page = visit(site, NEW, size=PHONE, script=script, member=knot)
    title, text = (
        ("A new bench", "It stands by the canal.") if script else ("Ducklings", "Seven of them, hatched today.")
    )
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_label(TEXT).fill(text)
    page.get_by_text("Pictures or a PDF", exact=True).click()
    page.locator("#file_1").set_input_files(photo())
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Say in a few words what each picture shows")).to_be_visible()
    expect(page.locator(".bw-kept img")).to_have_count(1)
    if script:
        axe(page)
    no_sideways_scroll(page)
    big_enough(page)
    page.get_by_label("What does picture 1 show?").fill("A wooden bench")
    for tick in page.get_by_label("No person can be recognised in the pictures").all():
        tick.check()
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_text("Your post is on the board.")).to_be_visible()
    picture = page.get_by_role("img", name="A wooden bench")
    expect(picture).to_have_count(1)
    content = page.context.request.get(f"{site.url}{picture.get_attribute('src')}").body()
    assert content.startswith(b"\xff\xd8\xff")
    assert CANARY not in content
    if script:
        axe(page)


@pytest.mark.parametrize("script", [True, False])
def test_W11_a_refused_file_says_why_and_loses_no_text(site: Any, visit: Any, script: bool) -> None:
    sanderling = member(site, f"Sanderling {script}")
    page = visit(site, NEW, script=script, member=sanderling)
    page.get_by_label(TEXT).fill("See the list.")
    page.get_by_text("Pictures or a PDF", exact=True).click()
    page.locator("#file_1").set_input_files({"name": "list.docx", "mimeType": "text/plain", "buffer": b"PK\x03\x04"})
    page.get_by_role("button", name=SEND).click()
    expect(page.locator("#file_1-error")).to_contain_text("We cannot use this type of file.")
    expect(page.get_by_label(TEXT)).to_have_value("See the list.")
