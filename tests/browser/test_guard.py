"""The guard in the browser: it marks the same as the server, shows it before posting, and keeps own details here."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from core import giveaways

pytestmark = pytest.mark.browser

BOW_WEST = "E05009320"
NEW = f"/boards/{BOW_WEST}/new"
PHONE = (390, 844)
TABLE = Path(__file__).parents[1] / "ward_boards" / "guard" / "sentences.json"
ALL_SPANS = """async texts => {
  const script = document.querySelector('script[src*="guard.js"]')
  const parts = document.querySelector('[data-guard-parts]')
  const guard = await import(script.src)
  const known = guard.prepare(await (await fetch(parts.dataset.forms)).json())
  const marks = text => guard.scan(text, known)
    .map(one => [one.code, text.slice(one.start, one.end), [...text.slice(0, one.start)].length])
  return texts.map(marks)
}"""


@pytest.fixture
def writer(site: Any) -> str:
    return str(site.member("guarded wren", ward=BOW_WEST))


def texts() -> list[str]:
    table = json.loads(TABLE.read_text(encoding="utf-8"))
    found = [row[-1] for row in table["exposing"] + table["innocent"]]
    return [
        *found,
        "  ".join(found)[:12_000],
        "(07700 900123), ÄB12 CDE é14 Example Road, AB12 CDEé",
        "১৪ Example Road",
        "\U0001f642 AB12 CDE \U0001f642 14 Example Road",
    ]


def test_A10_browser_and_server_mark_the_same_words(site: Any, visit: Any, writer: str) -> None:
    page = visit(site, NEW, member=writer)
    marked = page.evaluate(ALL_SPANS, texts())
    for text, found in zip(texts(), marked, strict=True):
        assert [tuple(one) for one in found] == [
            (one.code, text[one.start : one.end], one.start) for one in giveaways.scan(text)
        ]


def test_A10_browser_and_server_agree_on_whatever_is_put_together(site: Any, visit: Any, writer: str) -> None:
    chance = random.Random(20261124)  # noqa: S311  # the same texts each time, and no secret
    words = [text.split() for text in texts()]
    pieces = [" ".join(line[at : at + long]) for line in words for at in range(len(line)) for long in (1, 2, 3, 4)]
    joined = [
        "".join(chance.choice(pieces) + chance.choice((" ", " ", "", "-", "\n")) for _ in range(20)) for _ in range(600)
    ]
    page = visit(site, NEW, member=writer)
    marked = page.evaluate(ALL_SPANS, joined)
    assert sum(map(len, marked)) > 200
    for text, found in zip(joined, marked, strict=True):
        there = [(one.code, text[one.start : one.end], one.start) for one in giveaways.scan(text)]
        assert [tuple(one) for one in found] == there, text


def test_A10_words_are_marked_while_typing_and_left_out_by_one_click(
    site: Any, visit: Any, writer: str, axe: Any, big_enough: Any, no_sideways_scroll: Any
) -> None:
    page = visit(site, NEW, member=writer, size=PHONE)
    text = page.locator("textarea[name=text]")
    text.fill("Ring me on 07700 900123, my flat above the shop is open.")
    found = page.locator("[data-guard-list] li")
    expect(found).to_have_count(2)
    expect(found.first.locator("mark")).to_have_text("07700 900123")
    expect(page.locator("[data-guard-status]")).to_have_text("Marked below your text: 2")
    axe(page)
    big_enough(page)
    no_sideways_scroll(page)
    page.get_by_role("button", name="Leave it out: 07700 900123").click()
    expect(text).to_have_value("Ring me on [left out], my flat above the shop is open.")
    expect(found).to_have_count(1)
    page.get_by_role("button", name="Put it back").click()
    expect(text).to_have_value("Ring me on 07700 900123, my flat above the shop is open.")
    expect(found).to_have_count(2)
    text.fill("The lamp is out.")
    expect(page.locator("[data-guard-found]")).to_be_hidden()


def test_A10_own_details_stay_on_the_device_and_are_forgotten(site: Any, visit: Any, writer: str, press: Any) -> None:
    page = visit(site, NEW, member=writer)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.get_by_text("Warn me of my own details").click()
    expect(page.get_by_text("Do others use this phone or computer too?")).to_be_visible()
    page.get_by_label("Your street or building").fill("14 Saltmarsh Wharf")
    page.get_by_label("Your postcode").fill("e3 5zz")
    page.get_by_label("Your name").fill("Quillfeather Moss")
    page.get_by_label("Your name").press("Enter")  # keeps them, and sends no form
    expect(page.get_by_text("Kept on this device.")).to_be_visible()
    page.reload()
    page.locator("textarea[name=text]").fill("Down saltmarsh wharf, E35ZZ, ask for quillfeather.")
    found = page.locator("[data-guard-list] li")
    expect(found.locator("mark")).to_have_text(["saltmarsh wharf", "E35ZZ", "quillfeather"])
    expect(found.first).to_contain_text("You typed this as a detail of your own.")
    press(page, "Preview")
    assert not any("Saltmarsh" in body or "zz" in body or "Quillfeather" in body for body in sent)
    assert any("saltmarsh wharf" in body for body in sent)  # the text itself did go out: only the details did not
    page.get_by_text("Warn me of my own details").click()
    page.get_by_role("button", name="Forget all of it").click()
    expect(page.get_by_text("Nothing of it is left on this device.")).to_be_visible()
    assert page.evaluate("localStorage.getItem('guard.own')") is None


def test_A10_text_for_the_police_only_never_leaves_the_page(site: Any, visit: Any, writer: str) -> None:
    page = visit(site, NEW, member=writer)
    text = "The van was AB12 CDE, it left towards the bridge."
    page.locator("textarea[name=text]").fill(text)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    page.locator("form[data-draft]").evaluate("form => form.removeAttribute('data-draft')")
    page.get_by_role("button", name="Give this to the police only").click()
    expect(page.locator("#guard-kept-text")).to_have_value(text)
    expect(page.get_by_text("Nothing was posted, and nothing was sent to the police.")).to_be_visible()
    expect(page.get_by_role("link", name="How to report to the police")).to_have_attribute("href", "/police/report")
    assert not any("AB12" in request for request in sent)
    page.get_by_role("button", name="Back to my text").click()
    expect(page.locator("#guard-kept-text")).to_have_count(0)
    expect(page.locator("textarea[name=text]")).to_have_value(text)


def test_A10_nothing_is_held_up_by_the_browser(site: Any, visit: Any, writer: str) -> None:
    page = visit(site, NEW, member=writer)
    page.locator("textarea[name=text]").fill("My number is 07700 900123.")
    with page.expect_navigation():
        page.get_by_role("button", name="Post to verified members").click()
    expect(page.get_by_role("heading", name="Look at this before you post").first).to_be_visible()


def test_A10_without_scripts_the_page_is_as_before(site: Any, visit: Any, writer: str) -> None:
    page = visit(site, NEW, member=writer, script=False)
    expect(page.get_by_text("Warn me of my own details")).to_have_count(0)
    expect(page.locator("[data-guard-found]")).to_have_count(0)


def test_A10_long_text_is_looked_at_quickly(site: Any, visit: Any, writer: str) -> None:
    page = visit(site, NEW, member=writer)
    awkward = [
        (piece * 12_000)[:12_000] for piece in ("0 1-2 ", "my flat ", "amra kal ", "14 Example ", "আমার বাসা ", "a@")
    ]
    times = page.evaluate(
        """async texts => {
          const script = document.querySelector('script[src*="guard.js"]')
          const guard = await import(script.src)
          const parts = document.querySelector('[data-guard-parts]')
          const known = guard.prepare(await (await fetch(parts.dataset.forms)).json())
          return texts.map(text => {
            const at = performance.now()
            guard.scan(text, known)
            return performance.now() - at
          })
        }""",
        awkward,
    )
    assert max(times) < 1000, times


@pytest.mark.parametrize("path", ["/anonymity/write", "/a/"])
def test_A10_it_looks_at_what_a_voice_writes_too(site: Any, visit: Any, writer: str, path: str) -> None:
    page = visit(site, path, member=None if path == "/a/" else writer)
    expect(page.locator("[data-guard] details [data-guard-own]")).to_have_count(6)
    page.locator("form[data-guard] textarea").evaluate(
        """field => {
          field.value = "Ring me on 07700 900123, my flat above the shop."
          field.dispatchEvent(new Event("input", { bubbles: true }))
        }"""
    )
    expect(page.locator("[data-guard-list] mark")).to_have_text(["07700 900123", "my flat above"])
    expect(page.locator("[data-guard-list] li").first).to_contain_text("Everybody who reads it can ring it.")
