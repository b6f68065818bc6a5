"""Journeys J1 and J3 in a real browser: a resident who is verified, and the people who verify.

The resident plays with and without scripts, the reviewer with them, since papers are opened in the browser.
The clock of the server is turned here where pages must show it. What a turned clock does to every stored byte,
to mails and to the audit log is left to `tests/journeys/test_J1_by_api.py` and `test_J3_by_api.py`.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
import time_machine
from PIL import Image, ImageChops, ImageDraw, ImageFont
from playwright.sync_api import expect

from core import crypto, totp
from core.database import now, reading, transaction
from core.models import Member
from core.testing import PASSWORD, make_member
from plugins.verification_docs import demo, services
from plugins.verification_docs.duplicates import tags
from plugins.verification_docs.reviewers import vetting

pytestmark = pytest.mark.browser
PHONE, DESKTOP, TABLET = (390, 844), (1280, 800), (820, 1180)
BOW_WEST = "E05009320"
PASSPHRASE = "otter kettle violet staircase"
RED, GREEN, BLUE, PALE = (200, 40, 40), (40, 160, 60), (40, 60, 190), (240, 236, 220)
TELLING = re.compile(r"crime|police|watch|verif|paper|passport|bill|address|report", re.IGNORECASE)
FIRST, SECOND = "533401372", "AB123456C"


@pytest.fixture
def well(axe: Any, big_enough: Any, no_sideways_scroll: Any) -> Callable[..., None]:
    """Return `well(page, script=True)`: nobody stumbles, nothing is too small or too wide, one thing is to do next."""

    def check(page: Any, *, script: bool = True) -> None:
        # axe is a script itself, and waits for ever on a page that runs none.
        for one in (axe, big_enough, no_sideways_scroll) if script else (big_enough, no_sideways_scroll):
            one(page)
        assert page.locator("main .btn-primary:visible").count() <= 1, page.url

    return check


def equipped(site: Any, name: str, **how: Any) -> tuple[str, str]:
    """A vetted reviewer, and the private half of their key, which the server does not have."""
    member_id = str(site.run(make_member, site.app, name, roles=["reviewer"], **how))

    def equip() -> str:
        with site.app.app_context(), transaction() as db:
            return demo.equip(db, member_id)

    return member_id, site.run(equip)


def waiting_case(site: Any, member_id: str, number: str) -> str:
    """Three made papers of a member who typed this number."""

    def make() -> str:
        with site.app.app_context():
            tag = tags.document_tag(tags.HOME_COUNTRY, number)
            with transaction() as db:
                for kind, document, words in demo.PAPERS:
                    where = "E3 5AA" if kind == "address" else None
                    pages = (demo._page(words, where or ""),)
                    paper = services.Paper(kind, document, pages, where, tag if kind == "id" else None)
                    case_id = services.hand_in(db, member_id, paper, now()).case_id
        return case_id

    return str(site.run(make))


def email_of(site: Any, member_id: str) -> str:
    def look() -> str:
        with site.app.app_context(), reading() as db:
            return str(db.get_one(Member, member_id).email)

    return str(site.run(look))


def come_back(site: Any, page: Any, member_id: str, path: str) -> None:
    """Sign in anew, since the clock was turned, and go to a page."""
    page.context.clear_cookies()
    page.context.add_cookies([site.cookie(member_id)])
    page.goto(f"{site.url}{path}")


def load_key(page: Any, folder: Path, identity: str) -> None:
    """Load the key of whoever is signed in, and go to the queue without a reload, which would lock it."""
    page.goto(page.url.split("/review")[0] + "/review/key")
    (folder / "key.age").write_bytes(pyrage.passphrase.encrypt(identity.encode(), PASSPHRASE))
    page.get_by_label("Key file").set_input_files(folder / "key.age")
    page.get_by_label("Its passphrase").fill(PASSPHRASE)
    page.get_by_role("button", name="Load my key").click(no_wait_after=True)
    page.get_by_text("Your key works").wait_for(timeout=180_000)
    to_queue(page)


def to_queue(page: Any) -> None:
    page.get_by_role("link", name="Review").first.click()
    # The page may be the queue already, and while its next one comes no click is taken.
    expect(page.locator("main[aria-busy]")).to_have_count(0)
    page.get_by_role("heading", name="Waiting for a reviewer").wait_for()


def open_case(page: Any, case_id: str, why: str = "It is next in the queue") -> None:
    page.get_by_role("link", name=f"Case {case_id[:6]}").click()
    page.get_by_label(why).check()
    page.get_by_role("button", name="Open", exact=True).click()
    page.get_by_text("Yours until").wait_for()


def read_number(page: Any, number: str, name: str, year: int = 1985) -> None:
    """Type what the photo document shows, not knowing what the member typed."""
    page.get_by_label("Number of the document").fill(number)
    page.get_by_label("All names, as printed").fill(f"{name} Example")
    page.get_by_label("Date of birth").fill(f"27 3 {year}")
    page.get_by_role("button", name="Compare").click()


def decide(page: Any, place: int, words: str, *, is_last: bool = False) -> None:
    section = page.locator("section[aria-labelledby^=paper-]").nth(place)
    section.get_by_label(words, exact=True).check()
    section.get_by_role("button", name="Decide").click()
    if not is_last:
        section.locator(".bw-chip").wait_for()


def pass_all(page: Any, case_id: str, number: str, name: str) -> None:
    """Open a case from the queue, read its number and accept every paper."""
    open_case(page, case_id)
    read_number(page, number, name)
    page.get_by_text("The number matches. Now decide").wait_for()
    for place in range(3):
        decide(page, place, "It is fine", is_last=place == 2)
    page.get_by_text("All papers of the case are deleted").wait_for()


def post(page: Any, path: str, **fields: str) -> tuple[int, str]:
    """Send a form past the pages, with the cookie and the token of whoever is signed in."""
    token = page.locator("[name=csrf_token]").first.input_value()
    origin = "/".join(page.url.split("/")[:3])
    answer = page.request.post(f"{origin}{path}", form={"csrf_token": token, **fields}, max_redirects=0)
    return answer.status, answer.text()


def photo(folder: Path) -> str:
    """A passport in four colours with a number, whose hidden part says where it was taken."""
    picture = Image.new("RGB", (900, 1200), PALE)
    draw = ImageDraw.Draw(picture)
    for box, colour in (((0, 0, 450, 600), RED), ((450, 0, 900, 600), GREEN), ((0, 600, 450, 1200), BLUE)):
        draw.rectangle(box, fill=colour)
    draw.text((500, 900), FIRST, font=ImageFont.load_default(50), fill="black")
    exif = Image.Exif()
    exif[0x010F] = "CANARYCAMERA"
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 31.0, 41.0), 3: "W", 4: (0.0, 2.0, 8.0)})
    picture.save(folder / "passport.jpg", exif=exif, quality=95)
    assert b"CANARYCAMERA" in (folder / "passport.jpg").read_bytes()
    return str(folder / "passport.jpg")


def paper(folder: Path, title: str) -> str:
    picture = Image.new("RGB", (900, 1200), "#fbfaf5")
    ImageDraw.Draw(picture).text((70, 80), title, font=ImageFont.load_default(44), fill="#222")
    picture.save(folder / f"{title}.jpg")
    return str(folder / f"{title}.jpg")


def send(page: Any, document: str, file: str, button: str = "Save and go on") -> None:
    page.get_by_label(document, exact=True).check()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name=button).click()


def drawn(canvas: Any) -> Image.Image:
    """What a canvas shows, pixel by pixel."""
    data = canvas.evaluate("canvas => canvas.toDataURL('image/png').split(',')[1]")
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")


def far_off(picture: Image.Image, colour: tuple[int, int, int]) -> float:
    """The share of a picture's pixels that are clearly not of this colour."""
    bands = ImageChops.difference(picture, Image.new("RGB", picture.size, colour)).split()
    furthest = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return sum(furthest.histogram()[26:]) / (picture.width * picture.height)


def last_mail_to(site: Any, address: str) -> Any:
    site.work()
    return [mail for mail in site.mails() if mail["To"] == address][-1]


def leave(site: Any, page: Any, script: bool) -> None:
    """Escape, or the link without scripts: the weather comes, and Back does not lead home.

    Back onto a page whose address was typed shows that page, signed out: browsers send it as typed anew.
    """
    for name in ("Help", "Privacy"):
        page.get_by_role("link", name=name, exact=True).click()
        page.wait_for_url(f"**/{name.lower()}")
    if script:
        page.keyboard.press("Escape")
    else:
        page.get_by_role("link", name="Leave now").click()
    page.wait_for_url(site.weather)
    page.wait_for_timeout(300)  # the server hears of it a moment later
    page.go_back()
    page.wait_for_url(site.weather)


def join(site: Any, page: Any, alias: str, look: Callable[[Any], None]) -> str:
    """Join with an alias and an address only; return the address."""
    page.goto(site.url)
    page.get_by_role("link", name="Join with a made-up name").click()
    page.wait_for_url("**/join")
    look(page)
    asked = page.locator("main form :is(input, select, textarea):visible")
    assert [part.get_attribute("name") for part in asked.all()] == ["alias", "email"]
    address = f"{alias.split()[0].lower()}@home.example"
    page.get_by_label("Your alias").fill(alias)
    page.get_by_label("Your e-mail address").fill(address)
    page.get_by_role("button", name="Send me the link").click()
    page.get_by_role("heading", name="Look in your e-mail").wait_for()
    look(page)
    mail = last_mail_to(site, address)
    assert not TELLING.search(str(mail["Subject"]))
    page.goto(re.search(rf"{site.url}\S+", mail.get_content()).group())  # type: ignore[union-attr]
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("The same password again").fill(PASSWORD)
    page.get_by_role("button", name="Keep this password").click()
    page.get_by_role("heading", name=alias).wait_for()
    look(page)
    return address


def why_not_writing(site: Any, page: Any, look: Callable[[Any], None]) -> None:
    """Read the public notices, be told why she cannot post, and follow that to where it begins."""
    page.goto(f"{site.url}/boards/{BOW_WEST}")
    page.get_by_text("to post, you still need to show a volunteer who you are").wait_for()
    expect(page.get_by_role("link", name="Write on this board")).to_have_count(0)
    look(page)
    page.goto(f"{site.url}/boards/{BOW_WEST}/new")
    page.get_by_role("heading", name="One step is missing").wait_for()
    look(page)
    page.get_by_role("link", name="Go to my account").click()
    page.wait_for_url("**/account")
    page.locator("section", has=page.get_by_role("heading", name="Prove you live here")).get_by_role("link").click()
    page.wait_for_url("**/verify")
    look(page)


def hand_in(page: Any, folder: Path, look: Callable[[Any], None]) -> None:
    """Send three papers, after a file that is none."""
    page.get_by_role("link", name="Send photos").click()
    page.get_by_label("Number of the document").fill(FIRST)
    (folder / "photo.jpg").write_bytes(b"MZ" + b"\0" * 4000)
    send(page, "Passport", str(folder / "photo.jpg"))
    page.locator(".bw-error", has_text="cannot use this type of file").wait_for()
    expect(page.get_by_label("Passport", exact=True)).to_be_checked()
    look(page)
    send(page, "Passport", photo(folder))
    page.get_by_text("saved and sealed", exact=True).wait_for()
    page.get_by_role("link", name="Go on").click()
    page.get_by_label("Postcode of your home").fill("E3 5AA")
    look(page)
    send(page, "Gas, power, water or internet bill", paper(folder, "bill"))
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_label("First aid certificate", exact=True)).to_be_visible()
    look(page)
    send(page, "First aid certificate", paper(folder, "aid"), "Send to a reviewer")
    page.get_by_role("heading", name="A reviewer will look at it").wait_for()
    page.get_by_text("This usually takes 5 days").wait_for()
    look(page)


def sees_the_marked_picture(page: Any, address: str, identity: str) -> None:
    """The canvas is the photo with a mark across it; the page that is kept has neither mark nor hidden part."""
    sealed = page.request.get(address).body()
    kept = crypto.unseal(sealed, identity)
    assert b"CANARYCAMERA" not in kept
    picture = Image.open(io.BytesIO(kept)).convert("RGB")
    assert not Image.open(io.BytesIO(kept)).getexif()
    shown = drawn(page.locator("canvas").first)
    assert shown.size == picture.size == (900, 1200)
    for corner, colour in (((20, 20, 420, 560), RED), ((480, 20, 880, 560), GREEN), ((20, 640, 420, 1180), BLUE)):
        assert far_off(picture.crop(corner), colour) < 0.001
        assert 0.01 < far_off(shown.crop(corner), colour) < 0.4, "a mark, and still the picture"


@pytest.mark.parametrize(("script", "dark"), [(True, True), (False, False)], ids=["scripts-dark", "no-scripts"])
def test_J1_a_resident_joins_is_verified_and_lets_it_end(
    script: bool, dark: bool, fresh_site: Any, visit: Any, press: Any, well: Any, tmp_path: Path
) -> None:
    site, alias = fresh_site, "Quiet Wren"
    (heron, key), (_crane, _other) = equipped(site, "Grey Heron"), equipped(site, "Grey Crane")

    def look(page: Any) -> None:
        well(page, script=script)

    page = visit(site, "/", size=PHONE, dark=dark, script=script)
    assert not TELLING.search(page.title())
    icon = page.locator("link[rel~=icon]").first.get_attribute("href")
    assert page.request.get(f"{site.url}{icon}").ok
    assert not TELLING.search(str(icon))
    look(page)
    leave(site, page, script)
    address = join(site, page, alias, look)
    why_not_writing(site, page, look)
    hand_in(page, tmp_path, look)
    assert "Heron" not in page.content()
    assert "Crane" not in page.content()

    reviewer = visit(site, "/review", size=TABLET, dark=dark, member=heron)
    load_key(reviewer, tmp_path, key)
    well(reviewer)
    case_link = reviewer.locator("a.bw-row").first
    case_id = str(case_link.get_attribute("href")).split("/")[-1]
    open_case(reviewer, case_id)
    assert alias not in reviewer.content()
    reviewer.locator("canvas").first.wait_for()
    sealed = reviewer.locator("[data-sealed-page]").first.get_attribute("data-sealed-page")
    sees_the_marked_picture(reviewer, f"{site.url}{sealed}", key)
    well(reviewer)
    read_number(reviewer, "533 401 372", "Sam")
    reviewer.get_by_text("The number matches. Now decide").wait_for()
    decide(reviewer, 0, "It is fine")
    limit = now() - timedelta(days=92)
    oldest = reviewer.locator("section[aria-labelledby=paper-2] .bw-facts")
    expect(oldest, "what is older than 3 months is too old").to_contain_text(str(limit.year))
    decide(reviewer, 1, "It is too old")
    decide(reviewer, 2, "It is fine", is_last=True)
    reviewer.get_by_text("asked to send again").wait_for()
    well(reviewer)

    mail = last_mail_to(site, address)
    assert str(mail["Subject"]) == "Please have another look"
    page.goto(f"{site.url}/verify")
    page.get_by_text("please send again", exact=True).wait_for()
    page.get_by_text("It is too old. Send a newer one").wait_for()
    expect(page.get_by_text("accepted", exact=True)).to_have_count(2)
    look(page)
    page.goto(f"{site.url}/verify/id")
    page.wait_for_url("**/verify")
    page.get_by_role("link", name="Send it again").click()
    page.get_by_text("not older than 3 months").first.wait_for()
    look(page)
    page.get_by_label("Postcode of your home").fill("E3 5AA")
    send(page, "Gas, power, water or internet bill", paper(tmp_path, "newer"), "Send to a reviewer")
    page.get_by_role("heading", name="A reviewer will look at it").wait_for()
    to_queue(reviewer)
    open_case(reviewer, case_id, "Something was sent again")
    decide(reviewer, 1, "It is fine", is_last=True)
    reviewer.get_by_text("All papers of the case are deleted").wait_for()

    page.goto(f"{site.url}/verify")
    page.get_by_role("heading", name="You are verified").wait_for()
    page.get_by_text("Home ward: Bow West").wait_for()
    look(page)
    page.goto(f"{site.url}/boards/{BOW_WEST}")
    page.get_by_role("link", name="Write on this board").wait_for()
    look(page)
    when_time_passes(site, page, press, alias, look)


def when_time_passes(site: Any, page: Any, press: Any, alias: str, look: Callable[[Any], None]) -> None:
    """After eight days the receipt stands; a month before the end comes a word, and after it reading ends too."""

    def find() -> str:
        with site.app.app_context(), reading() as db:
            return str(db.query(Member.id).filter(Member.alias == alias).one().id)

    member_id, start = str(site.run(find)), now()
    with time_machine.travel(start, tick=True) as clock:
        clock.move_to(start + timedelta(days=8))
        site.work()
        come_back(site, page, member_id, "/verify")
        receipt = page.locator("section", has=page.get_by_role("heading", name="Your receipt"))
        for words in (r"Opened by a reviewer\s+2 times", "All your papers were deleted on", r"Pages deleted\s+4"):
            expect(receipt).to_contain_text(re.compile(words), use_inner_text=True)
        look(page)
        page.get_by_role("link", name="See all").click()
        page.get_by_role("heading", name="What was deleted").wait_for()
        expect(page.locator("table")).to_contain_text(re.compile(r"\d{4}-\d\d\s+4\s+1"), use_inner_text=True)
        look(page)
        clock.move_to(start + timedelta(days=335, hours=1))
        site.work()
        assert "Please renew soon" in [str(mail["Subject"]) for mail in site.mails()]
        come_back(site, page, member_id, "/")
        page.get_by_role("heading", name="Time to renew").wait_for()
        look(page)
        press(page, "Renew now", role="link")
        look(page)
        clock.move_to(start + timedelta(days=366))
        site.work()
        come_back(site, page, member_id, "/verify")
        page.get_by_role("heading", name="Show that you live here").wait_for()
        look(page)
        page.goto(f"{site.url}/account")
        page.get_by_text(f"Neighbours know you as {alias}.").wait_for()


def set_up_second_step(page: Any, press: Any, well: Any) -> None:
    page.get_by_label("Your password").fill(PASSWORD)
    well(page)
    press(page, "Begin")
    secret = re.sub(r"\s", "", page.locator("code").inner_text())
    well(page)
    page.get_by_label("The six digits").fill(totp.code_at(secret, now().timestamp()))
    press(page, "Check the code")
    page.get_by_role("link", name="I have kept them").wait_for()
    well(page)
    press(page, "I have kept them", role="link")


def test_J3_the_second_step_is_forced_and_a_case_is_held_by_one_at_a_time(
    fresh_site: Any, visit: Any, press: Any, well: Any, tmp_path: Path
) -> None:
    site = fresh_site
    heron, key = equipped(site, "Grey Heron", second_factor=False)
    crane, other_key = equipped(site, "Grey Crane")
    start = now()
    with time_machine.travel(start - timedelta(days=2), tick=True) as clock:
        older = waiting_case(site, site.member("Robin Red"), SECOND)
        clock.move_to(start)
        newer = waiting_case(site, site.member("Jade Wren"), FIRST)
        page = visit(site, "/review", size=DESKTOP, member=heron)
        expect(page).to_have_url(f"{site.url}{totp.PATH}?next=/review")
        set_up_second_step(page, press, well)
        expect(page).to_have_url(f"{site.url}/review")
        load_key(page, tmp_path, key)
        listed = [row.get_attribute("href") for row in page.locator("a.bw-row").all()]
        assert listed == [f"/review/{older}", f"/review/{newer}"]
        well(page)

        page.locator("a.bw-row").first.click()
        page.get_by_role("button", name="Open", exact=True).click()
        page.locator(".bw-summary").wait_for()
        expect(page.locator("canvas")).to_have_count(0)
        well(page)
        page.get_by_label("It is next in the queue").check()
        page.get_by_role("button", name="Open", exact=True).click()
        page.locator("canvas").first.wait_for()
        sealed = str(page.locator("[data-sealed-page]").first.get_attribute("data-sealed-page"))
        kept = Image.open(io.BytesIO(crypto.unseal(page.request.get(f"{site.url}{sealed}").body(), key)))
        ground = kept.convert("RGB").getpixel((700, 500))
        part = (500, 400, 860, 560)  # nothing is printed there
        assert far_off(kept.convert("RGB").crop(part), ground) == 0
        assert far_off(drawn(page.locator("canvas").first).crop(part), ground) > 0.01, "no mark across the page"
        well(page)

        second = visit(site, "/review", size=TABLET, dark=True, member=crane)
        load_key(second, tmp_path, other_key)
        second.get_by_text("open with another reviewer").wait_for()
        well(second)
        second.get_by_role("link", name=f"Case {older[:6]}").click()
        second.get_by_text("Another reviewer has this case open just now").wait_for()
        well(second)
        expect(second.get_by_role("button", name="Open", exact=True)).to_have_count(0)
        assert second.request.get(f"{site.url}{sealed}").status != 200
        second.goto(f"{site.url}/review/close")
        assert post(second, f"/review/{older}/open", reason="next")[0] == 303
        assert second.request.get(f"{site.url}{sealed}").status != 200, "a direct POST opened it"

        read_number(page, "ab 123456 c", "Kim")
        page.get_by_text("The number matches. Now decide").wait_for()
        decide(page, 0, "It is fine")
        clock.move_to(now() + timedelta(minutes=31))
        come_back(site, second, crane, "/review")
        second.get_by_role("link", name=f"Case {older[:6]}").click()
        second.get_by_label("It is next in the queue").wait_for()
        come_back(site, page, heron, f"/review/{older}")
        page.get_by_role("button", name="Open", exact=True).wait_for()
        assert page.request.get(f"{site.url}{sealed}").status != 200


def test_J3_three_wrong_numbers_pass_a_case_to_another_reviewer(
    fresh_site: Any, visit: Any, well: Any, tmp_path: Path
) -> None:
    site = fresh_site
    (heron, key), (crane, other_key) = equipped(site, "Grey Heron"), equipped(site, "Grey Crane")
    case_id = waiting_case(site, site.member("Jade Wren"), FIRST)
    page = visit(site, "/review", size=TABLET, dark=True, member=heron)
    load_key(page, tmp_path, key)
    open_case(page, case_id)
    for left in ("2 tries left", "1 try left"):
        read_number(page, "000 000 000", "Sam")
        page.locator(".bw-error", has_text=left).wait_for()
        expect(page.get_by_label("Number of the document")).to_have_value("000 000 000")
        expect(page.locator("section[aria-labelledby=paper-1]").get_by_label("It is fine")).to_have_count(0)
        well(page)
    read_number(page, "000 000 000", "Sam")
    page.get_by_text("That was the third try. Another reviewer goes on").wait_for()
    expect(page.get_by_role("link", name=f"Case {case_id[:6]}")).to_have_count(0)
    well(page)
    page.goto(f"{site.url}/review/close")
    assert post(page, f"/review/{case_id}/open", reason="next")[0] == 403

    second = visit(site, "/review", size=DESKTOP, member=crane)
    load_key(second, tmp_path, other_key)
    open_case(second, case_id)
    second.get_by_text("Another reviewer could not match the number").wait_for()
    well(second)
    read_number(second, "533-401-372", "Sam")
    second.get_by_text("The number matches. Now decide").wait_for()


def test_J3_ones_own_case_and_a_brothers_are_refused_by_page_and_by_post(
    fresh_site: Any, visit: Any, well: Any
) -> None:
    site = fresh_site
    heron, _key = equipped(site, "Grey Heron")
    equipped(site, "Grey Crane"), equipped(site, "Grey Stork")
    brother = site.member("Robin Red")
    his, own = waiting_case(site, brother, FIRST), waiting_case(site, heron, SECOND)
    page = visit(site, "/review/close", size=DESKTOP, member=heron)
    page.get_by_label("Their e-mail address").fill(email_of(site, brother))
    well(page)
    page.get_by_role("button", name="Keep them away from me").click()
    page.get_by_text("You have named one person").wait_for()
    page.goto(f"{site.url}/review")
    page.get_by_text("Your own case waits too").wait_for()
    expect(page.locator("a.bw-row")).to_have_count(0)
    well(page)
    page.goto(f"{site.url}/review/close")
    for case_id, words in ((his, "You know this person"), (own, "This is your own case")):
        for path, fields in (("open", {"reason": "next"}), ("put-back", {}), (f"{'0' * 32}/number", {})):
            status, answer = post(page, f"/review/{case_id}/{path}", **fields)
            assert status == 403, path
            assert words in answer
    for case_id, words in ((his, "You know this person"), (own, "This is your own case")):
        page.goto(f"{site.url}/review/{case_id}")
        page.get_by_text(words).wait_for()
        expect(page.get_by_role("button", name="Open", exact=True)).to_have_count(0)
        well(page)


def test_J3_one_passport_in_two_accounts_stops_both_until_a_third_decides(
    fresh_site: Any, visit: Any, well: Any, tmp_path: Path
) -> None:
    site = fresh_site
    (heron, key), (crane, _other) = equipped(site, "Grey Heron"), equipped(site, "Grey Crane")
    members = [site.member("Robin Red"), site.member("Jade Wren")]
    cases = [waiting_case(site, member_id, FIRST) for member_id in members]
    page = visit(site, "/review", size=DESKTOP, member=heron)
    load_key(page, tmp_path, key)
    for number, case_id in enumerate(cases):
        open_case(page, case_id)
        read_number(page, FIRST, "Sam")
        if not number:
            page.get_by_text("The number matches. Now decide").wait_for()
            page.get_by_role("button", name="Put it back").click()
            page.get_by_text("Put back.").wait_for()
    page.get_by_text("Somebody else must look at something in this case first").wait_for()
    expect(page.locator("a.bw-row")).to_have_count(0)
    told = []
    for member_id in members:
        member = visit(site, "/verify", size=PHONE, member=member_id)
        member.get_by_role("heading", name="We need a little more time").wait_for()
        told.append(member.locator("main").inner_text())
        assert not re.search("account|same|passport|two", told[-1], re.IGNORECASE)
        well(member)
    assert told[0] == told[1]

    page.goto(f"{site.url}/review/conflicts")
    page.get_by_text("1 more pair waits for another reviewer, because you had a part").wait_for()
    well(page)
    decider = visit(site, "/review", size=TABLET, dark=True, member=crane)
    decider.get_by_role("link", name="Two accounts need your decision").click()
    decider.get_by_role("heading", name="Two accounts, one document").wait_for()
    well(decider)
    decider.locator("a.bw-row").first.click()
    decider.get_by_role("heading", name="One person or two?").wait_for()
    decider.wait_for_function("document.activeElement.matches('main')")
    assert decider.evaluate("window.scrollY") == 0, "the line with 999 is hidden"
    path = decider.url.removeprefix(site.url)
    well(decider)
    assert not {alias for alias in ("Robin Red", "Jade Wren", "Grey Heron") if alias in decider.content()}
    page.goto(f"{site.url}/review/close")
    assert post(page, path, outcome="separate")[0] == 403
    page.goto(f"{site.url}{path}")
    well(page)
    decider.get_by_role("button", name="Decide").click()
    decider.locator(".bw-summary").wait_for()
    well(decider)
    decider.get_by_label("They are two people").check()
    decider.get_by_role("button", name="Decide").click()
    decider.get_by_text("Decided. Both were written to.").wait_for()
    for member_id in members:
        member = visit(site, "/verify", size=PHONE, dark=True, member=member_id)
        member.get_by_role("heading", name="A reviewer will look at it").wait_for()
        well(member)


def test_J3_a_coordinator_is_made_by_two_people(fresh_site: Any, visit: Any, press: Any, well: Any) -> None:
    site = fresh_site
    admin, heron = site.member("Maple Root", roles=["admin"]), site.member("Grey Heron", roles=["reviewer"])
    address = email_of(site, site.member("Jade Wren", ward=BOW_WEST))
    page = visit(site, "/admin", size=DESKTOP, member=admin)
    well(page)
    page.get_by_label("E-mail address of the member").fill(address)
    page.get_by_label("Role", exact=True).select_option("coordinator")
    page.get_by_label("Ward", exact=True).select_option(BOW_WEST)
    press(page, "Do it")
    page.get_by_text("Another admin or a reviewer").first.wait_for()
    page.goto(f"{site.url}/admin/proposals")
    page.locator("a.bw-row").first.click()
    page.get_by_text("You proposed this yourself").wait_for()
    well(page)
    path = page.url.removeprefix(site.url)
    post(page, path, email=address, verb="confirm")
    page.goto(f"{site.url}/admin/proposals")
    expect(page.locator("a.bw-row"), "the proposer alone made a coordinator").to_have_count(1)
    well(page)
    second = visit(site, path, size=TABLET, dark=True, member=heron)
    second.get_by_label("E-mail address of the member").fill(address)
    well(second)
    second.get_by_role("button", name="Confirm").click()
    second.wait_for_url("**/admin/proposals")
    second.get_by_text("Nothing waits").wait_for()
    coordinator = visit(site, f"/boards/{BOW_WEST}", size=PHONE, member=site.member("Jade Wren"))
    coordinator.get_by_role("link", name="Posts that wait for you").wait_for()
    well(coordinator)


def test_J3_vetting_ends_tonight_and_what_an_untrusted_reviewer_passed_is_looked_at_again(
    fresh_site: Any, visit: Any, well: Any, tmp_path: Path
) -> None:
    site, start = fresh_site, now()
    (heron, key), (crane, other_key) = equipped(site, "Grey Heron"), equipped(site, "Grey Crane")
    equipped(site, "Grey Stork")
    admin, wren = site.member("Maple Root", roles=["admin"]), site.member("Jade Wren")
    passed = waiting_case(site, wren, FIRST)
    page = visit(site, "/review", size=DESKTOP, member=heron)
    load_key(page, tmp_path, key)
    pass_all(page, passed, FIRST, "Sam")
    waiting = waiting_case(site, site.member("Robin Red"), SECOND)

    def until_tonight() -> None:
        with site.app.app_context(), transaction() as db:
            vetting.vet(db, heron, "police", days=(start.date(), start.date()), vetted_by=None)

    site.run(until_tonight)
    to_queue(page)
    open_case(page, waiting)
    with time_machine.travel(start, tick=True) as clock:
        clock.move_to(start + timedelta(days=1))
        site.work()
        come_back(site, page, heron, "/review")
        page.get_by_text(re.compile("check", re.IGNORECASE)).first.wait_for()
        expect(page.locator("a.bw-row")).to_have_count(0)
        assert page.request.get(f"{site.url}/review").status == 403
        well(page)
        second = visit(site, "/review", size=TABLET, dark=True, member=crane)
        load_key(second, tmp_path, other_key)
        open_case(second, waiting)

        maple = visit(site, "/admin/reviewers", size=DESKTOP, member=admin)
        well(maple)
        maple.get_by_role("link", name="Look again at what one passed").click()
        maple.get_by_label("E-mail address of the reviewer").fill(email_of(site, heron))
        maple.get_by_label("All that they passed since").fill((start - timedelta(days=90)).date().isoformat())
        well(maple)
        maple.get_by_role("button", name="Show how many").click()
        maple.get_by_text("This concerns one member").wait_for()
        well(maple)
        maple.get_by_role("button", name="Take the role and ask one member again").click()
        maple.get_by_text("This person is no reviewer any more").wait_for()
        well(maple)
        member = visit(site, "/verify", size=PHONE, dark=True, member=wren)
        member.get_by_text("You can read all boards until").wait_for()
        well(member)
        member.goto(f"{site.url}/boards/{BOW_WEST}")
        member.get_by_role("heading", name="Bow West").first.wait_for()
        member.get_by_text("You can read all boards. To write, you still need").wait_for()
        well(member)
        member.goto(f"{site.url}/boards/{BOW_WEST}/new")
        member.get_by_text("To write, you still need full verification").wait_for()
        well(member)
