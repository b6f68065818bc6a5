"""Reviewers' own keys in a real browser: made here, kept locked here, opened in memory, never sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyrage
import pytest
from playwright.sync_api import expect

from core import audit, crypto
from core.database import now, reading, transaction
from plugins.verification_docs import demo, services
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.reviewers import vetting

pytestmark = pytest.mark.browser
PHONE = (390, 844)
PASSPHRASE = "otter kettle violet staircase"


def vetted(site: Any, name: str) -> str:
    """A reviewer who was checked and has no key yet."""
    member_id = site.member(name, roles=["reviewer"])

    def vet() -> None:
        with site.app.app_context(), transaction() as db:
            today = now().date()
            vetting.vet(db, member_id, "interview", days=(today, today + timedelta(days=90)), vetted_by=None)

    site.run(vet)
    return str(member_id)


def with_key(site: Any, name: str) -> tuple[str, str]:
    """A reviewer with a key made by the server's tools, and the private half of it."""
    member_id = site.member(name, roles=["reviewer"])

    def equip() -> str:
        with site.app.app_context(), transaction() as db:
            return demo.equip(db, member_id)

    return str(member_id), site.run(equip)


def waiting_case(site: Any, name: str) -> str:
    """A case of three made papers."""
    member_id = site.member(name)

    def make() -> str:
        with site.app.app_context(), transaction() as db:
            for kind, document, words in demo.PAPERS:
                where = "E3 5AA" if kind == "address" else None
                tag = uuid4().hex if kind == "id" else None
                paper = services.Paper(kind, document, (demo._page(words, where or ""),), where, tag)
                case_id = services.hand_in(db, member_id, paper, now()).case_id
        return case_id

    return str(site.run(make))


def make_key(page: Any) -> None:
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_label("Passphrase once more").fill(PASSPHRASE)
    page.get_by_role("button", name="Make my key").click(no_wait_after=True)
    page.get_by_text("Your key works").wait_for(timeout=180_000)


def unlock(page: Any, passphrase: str = PASSPHRASE) -> None:
    page.get_by_label("Passphrase of your key").first.fill(passphrase)
    page.get_by_role("button", name="Open my key").click(no_wait_after=True)


def unlock_by_clock(page: Any) -> None:
    """Open the key where the page's clock stands still unless it is moved on."""
    unlock(page)
    for _tick in range(1200):
        page.clock.run_for(100)
        if page.locator("canvas:visible").count() == 3:
            return
    raise AssertionError("the papers were not opened")


def to_queue(page: Any) -> None:
    page.get_by_role("link", name="Review").first.click()
    page.get_by_role("heading", name="Waiting for a reviewer").wait_for()


def shows(canvas: Any, width: int, height: int) -> None:
    """See that a canvas is as wide and high as this."""
    expect(canvas).to_have_js_property("width", width)
    expect(canvas).to_have_js_property("height", height)


def open_case(page: Any, case_id: str) -> None:
    page.get_by_role("link", name=f"Case {case_id[:6]}").click()
    page.get_by_label("It is next in the queue").check()
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_text("Yours until").wait_for()


class Line:
    """Everything a page sent: addresses, headers and bodies."""

    def __init__(self, page: Any) -> None:
        """Listen to a page."""
        self.sent: list[str] = []
        page.on("request", self.on_request)

    def on_request(self, request: Any) -> None:
        """Note a request."""
        body = request.post_data_buffer or b""
        self.sent.append(f"{request.url} {request.headers} {body.decode('latin-1')}")


def test_V11_a_key_is_made_here_opens_papers_here_and_is_never_sent(
    site: Any, visit: Any, axe: Any, big_enough: Any, no_sideways_scroll: Any, tmp_path: Path
) -> None:
    reviewer = vetted(site, "Slate Heron")
    with_key(site, "Grey Stork")
    page = visit(site, "/review/key", size=PHONE, member=reviewer)
    line = Line(page)
    page.get_by_role("button", name="Make my key").click(no_wait_after=True)
    page.get_by_text("Use at least 12 letters").wait_for()
    for check in (axe, big_enough, no_sideways_scroll):
        check(page)
    page.get_by_label("Passphrase", exact=True).fill("aaaaaaaaaaaa")
    page.get_by_text("Easy to guess").wait_for()
    page.get_by_label("Passphrase", exact=True).fill(PASSPHRASE)
    page.get_by_text("Very good").wait_for()
    page.get_by_label("Passphrase once more").fill("another one")
    page.get_by_role("button", name="Make my key").click(no_wait_after=True)
    page.get_by_text("The two are not the same").wait_for()
    make_key(page)
    for check in (axe, big_enough, no_sideways_scroll):
        check(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the key file").click()
    download.value.save_as(tmp_path / "review-key.age")
    # The program age, or pyrage as here, opens the file that people take home.
    identity = pyrage.passphrase.decrypt((tmp_path / "review-key.age").read_bytes(), PASSPHRASE).decode().strip()
    assert key_of(site, reviewer) == crypto.age_recipient(identity)
    case_id = waiting_case(site, "Coral Finch")
    to_queue(page)
    axe(page)
    open_case(page, case_id)
    canvas = page.locator("canvas").first
    canvas.wait_for()
    shows(canvas, 900, 600)
    for check in (axe, big_enough, no_sideways_scroll):
        check(page)
    everything = "\n".join(line.sent)
    assert "/review/key/challenge" in everything
    secret = identity.removeprefix("AGE-SECRET-KEY-1")
    assert secret not in everything.upper()
    for word in PASSPHRASE.split():
        assert word not in everything
    # Nothing of it is kept but the locked file.
    kept = page.evaluate(
        """async () => {
          const db = await new Promise(done => {
            const asked = indexedDB.open('review'); asked.onsuccess = () => done(asked.result) })
          const rows = await new Promise(done => {
            const asked = db.transaction('keys').objectStore('keys').getAll()
            asked.onsuccess = () => done(asked.result) })
          db.close()
          const text = rows.map(row => JSON.stringify(row) + new TextDecoder('latin1').decode(row.locked)).join()
          return text + JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie
        }"""
    )
    assert "scrypt" in kept
    assert secret not in kept.upper()


def key_of(site: Any, member_id: str) -> str | None:
    """The public key that the server has of a reviewer."""

    def look() -> str | None:
        with site.app.app_context(), reading() as db:
            return key_services.recipient_of(db, member_id)

    return site.run(look)  # type: ignore[no-any-return]


def code_of(site: Any, member_id: str) -> str:
    """How a reviewer is written across pages."""

    def look() -> str:
        with site.app.app_context():
            return audit.actor_hash(member_id)[:8]

    return str(site.run(look))


def load_key(page: Any, folder: Path, identity: str, passphrase: str = PASSPHRASE, name: str = "mine.age") -> None:
    """Load a key file that another program made."""
    (folder / name).write_bytes(pyrage.passphrase.encrypt(identity.encode(), PASSPHRASE))
    page.get_by_label("Key file").set_input_files(folder / name)
    page.get_by_label("Its passphrase").fill(passphrase)
    page.get_by_role("button", name="Load my key").click(no_wait_after=True)


def test_V11_a_key_file_of_the_program_age_is_loaded_and_a_wrong_one_said_in_words(
    site: Any, visit: Any, axe: Any, tmp_path: Path
) -> None:
    reviewer, identity = with_key(site, "Olive Heron")
    page = visit(site, "/review/key", dark=True, member=reviewer)
    axe(page)
    page.get_by_role("button", name="Load my key").click(no_wait_after=True)
    page.get_by_text("Choose your key file").wait_for()
    load_key(page, tmp_path, identity, passphrase="not this one")
    page.get_by_text("That is not the passphrase of this key").wait_for(timeout=180_000)
    (tmp_path / "other.age").write_bytes(b"%PDF-1.7 no key at all")
    page.get_by_label("Key file").set_input_files(tmp_path / "other.age")
    page.get_by_role("button", name="Load my key").click(no_wait_after=True)
    page.get_by_text("There is no key in this file").wait_for()
    axe(page)
    load_key(page, tmp_path, identity)
    page.get_by_text("Your key works").wait_for(timeout=180_000)
    page.get_by_text("This device keeps your key").wait_for()
    page.get_by_role("button", name="Remove from this device").click()
    # The words come before the page that takes the place of this one, and until then no click is taken.
    with page.expect_response(f"{site.url}/review/key"):
        page.get_by_role("button", name="Yes, remove it from this device").click()
    expect(page.locator("main[aria-busy]")).to_have_count(0)
    page.get_by_text("There is no key on this device").wait_for()
    assert key_of(site, reviewer) == crypto.age_recipient(identity)
    page.get_by_role("link", name="I lost my key").click()
    page.get_by_role("button", name="Remove my key").click()
    page.get_by_text("You have no key yet").wait_for()
    assert key_of(site, reviewer) is None


@pytest.fixture
def room(site: Any, visit: Any, tmp_path: Path) -> Callable[..., tuple[Any, str, str]]:
    """A reviewer in an opened case, their key loaded and open: page, case, reviewer."""

    def room(name: str, member: str, **more: Any) -> tuple[Any, str, str]:
        with_key(site, "Grey Stork")
        reviewer, identity = with_key(site, name)
        case_id = waiting_case(site, member)
        page = visit(site, "/review/key", member=reviewer, **more)
        load_key(page, tmp_path, identity)
        page.get_by_text("Your key works").wait_for(timeout=180_000)
        to_queue(page)
        open_case(page, case_id)
        page.locator("canvas").first.wait_for()
        return page, case_id, reviewer

    return room


def test_V18_a_page_carries_who_looks_and_when_and_can_be_turned_and_made_larger(
    site: Any, visit: Any, room: Any
) -> None:
    written = []
    page, case_id, reviewer = room("Amber Heron", "Jade Finch")
    # What is written across the picture, as the canvas is told to write it.
    page.evaluate(
        """() => { window.written = []; const draw = CanvasRenderingContext2D.prototype.fillText
          CanvasRenderingContext2D.prototype.fillText = function (words, ...more) {
            window.written.push(words); return draw.call(this, words, ...more) } }"""
    )
    sheet = page.locator("[data-sealed-page]").first
    canvas = sheet.locator("canvas")
    expect(canvas).to_have_role("img")
    expect(canvas).to_have_attribute("aria-label", "Photo document, page 1")
    sheet.get_by_role("button", name="Turn").click()
    shows(canvas, 600, 900)
    written = page.evaluate("window.written")
    today = now().strftime("%Y-%m-%d")
    assert len(written) > 20
    assert all(words.startswith(f"{code_of(site, reviewer)}  {today} ") for words in written)
    assert all(words.endswith(" UTC") for words in written)
    sheet.get_by_role("button", name="200 %").click()
    assert canvas.evaluate("canvas => canvas.getBoundingClientRect().width") == 1200
    sheet.get_by_role("button", name="Whole width").click()
    assert canvas.evaluate("canvas => canvas.getBoundingClientRect().width") <= 600
    page.emulate_media(media="print")
    expect(canvas).to_be_hidden()


def test_V11_the_key_stays_open_from_page_to_page_and_is_locked_by_a_reload_by_time_and_by_hand(
    site: Any, visit: Any, room: Any
) -> None:
    page, case_id, _reviewer = room("Coral Heron", "Amber Wren")
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Put back. Another reviewer").wait_for()
    expect(page).to_have_url(f"{site.url}/review")
    page.get_by_role("button", name="Lock now").wait_for()
    page.go_back()
    page.get_by_role("heading", name=f"Open case {case_id[:6]}").wait_for()
    page.get_by_role("button", name="Lock now").wait_for()
    page.get_by_label("It is next in the queue").check()
    page.get_by_role("button", name="Open", exact=True).click()
    page.locator("canvas").first.wait_for()
    page.get_by_role("button", name="Lock now").click()
    page.locator("canvas").first.wait_for(state="hidden")
    expect(page.locator("canvas").first).to_have_js_property("width", 0)
    unlock(page, "not this one at all")
    page.get_by_text("That is not the passphrase of this key").wait_for(timeout=180_000)
    unlock(page)
    page.locator("canvas").first.wait_for(timeout=180_000)
    page.reload()
    page.get_by_label("Passphrase of your key").wait_for()
    expect(page.locator("canvas:visible")).to_have_count(0)
    page.clock.install()
    unlock_by_clock(page)
    page.clock.fast_forward("14:00")
    expect(page.locator("canvas:visible")).to_have_count(3)
    page.clock.fast_forward("02:00")
    page.locator("canvas").first.wait_for(state="hidden")
    page.get_by_label("Passphrase of your key").wait_for()
    unlock_by_clock(page)
    page.evaluate(
        """() => { Object.defineProperty(document, 'hidden', { value: true })
          document.dispatchEvent(new Event('visibilitychange')) }"""
    )
    page.clock.fast_forward("04:00")
    expect(page.locator("canvas:visible")).to_have_count(3)
    page.clock.fast_forward("02:00")
    page.locator("canvas").first.wait_for(state="hidden")


def test_V11_leaving_now_takes_the_papers_and_the_key_along(site: Any, visit: Any, room: Any) -> None:
    page, _case_id, _reviewer = room("Jade Heron", "Ivory Wren")
    page.keyboard.press("Escape")
    page.wait_for_url(site.weather)
    page.go_back()
    expect(page.locator("canvas")).to_have_count(0)


def test_V11_a_page_sealed_before_one_had_a_key_says_so_and_a_colleague_seals_it_anew(
    site: Any, visit: Any, room: Any, tmp_path: Path
) -> None:
    page, case_id, first = room("Ochre Heron", "Jade Wren")
    page.get_by_role("button", name="Put it back").click()
    page.get_by_text("Put back. Another reviewer").wait_for()
    newcomer, identity = with_key(site, "Umber Stork")
    other = visit(site, "/review/key", member=newcomer)
    load_key(other, tmp_path, identity, name="other.age")
    other.get_by_text("Your key works").wait_for(timeout=180_000)
    to_queue(other)
    open_case(other, case_id)
    other.get_by_text("This page was sealed before you had this key").first.wait_for()
    page.reload()
    line = Line(page)
    unlock(page)
    page.get_by_text("Done: pages sealed anew").wait_for(timeout=180_000)
    assert any("/take" in sent for sent in line.sent)
    assert not any("\xff\xd8\xff" in sent for sent in line.sent)
    to_queue(other)
    other.get_by_role("link", name=f"Case {case_id[:6]}").click()
    other.locator("canvas").first.wait_for(timeout=180_000)
    expect(other.locator("canvas").first).to_have_js_property("width", 900)


def test_V11_single_keys_lead_to_choices_and_decide_nothing(site: Any, visit: Any, room: Any) -> None:
    page, case_id, _reviewer = room("Sepia Heron", "Umber Wren")
    page.locator("main").focus()
    page.keyboard.press("?")
    page.get_by_text("To “It is fine”").wait_for()
    page.keyboard.press("j")
    focused = "document.activeElement.textContent"
    assert page.evaluate(focused).startswith("Photo document")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused).startswith("Proof of address")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("a")
    assert page.evaluate("document.activeElement.value") == "accept"
    page.keyboard.press("r")
    assert page.evaluate("document.activeElement.value") not in ("accept", None)
    expect(page.locator("input[type=radio]:checked")).to_have_count(0)
    field = page.get_by_label("All names, as printed")
    field.focus()
    page.keyboard.type("Jakarta?")
    expect(field).to_have_value("Jakarta?")
    page.get_by_label("Use these keys").uncheck()
    page.keyboard.press("j")
    assert not page.evaluate(focused).startswith("Photo")


def test_V11_a_passkey_opens_the_key_on_its_device_and_the_passphrase_still_does(
    site: Any, visit: Any, tmp_path: Path
) -> None:
    reviewer, identity = with_key(site, "Russet Heron")
    page = visit(site, "/review/key", member=reviewer)
    chrome = page.context.new_cdp_session(page)
    chrome.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasResidentKey": True}
    verified = {
        "hasUserVerification": True,
        "isUserVerified": True,
        "hasPrf": True,
        "automaticPresenceSimulation": True,
    }
    chrome.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, **verified}})
    load_key(page, tmp_path, identity)
    page.get_by_text("Your key works").wait_for(timeout=180_000)
    form = page.locator("[data-add-passkey]")
    form.get_by_label("Passphrase of your key").fill(PASSPHRASE)
    form.get_by_role("button", name="Add a passkey").click(no_wait_after=True)
    page.get_by_text("A passkey opens your key on this device").wait_for(timeout=180_000)
    page.reload()
    page.get_by_role("button", name="Use the passkey").click()
    page.get_by_role("button", name="Lock now").click()
    unlock(page)
    page.get_by_role("button", name="Lock now").wait_for(timeout=180_000)


def test_V11_without_scripts_the_page_says_what_can_be_done(site: Any, visit: Any) -> None:
    reviewer, _identity = with_key(site, "Ivory Heron")
    page = visit(site, "/review/key", script=False, member=reviewer)
    expect(page.get_by_text("A key is made in your browser, and that needs scripts")).to_be_visible()
    expect(page.locator("input[type=password]:visible")).to_have_count(0)


def test_V11_two_reviewers_who_share_a_device_do_not_share_a_key(site: Any, visit: Any, tmp_path: Path) -> None:
    first, identity = with_key(site, "Teal Heron")
    second, _other = with_key(site, "Teal Stork")
    page = visit(site, "/review/key", member=first)
    load_key(page, tmp_path, identity)
    page.get_by_text("Your key works").wait_for(timeout=180_000)
    page.context.clear_cookies()
    page.context.add_cookies([site.cookie(second)])
    page.goto(f"{site.url}/review/key")
    page.get_by_text("There is no key on this device").wait_for()
