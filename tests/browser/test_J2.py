"""J2 with voices: fetched unseen, used next week, out in the morning, answered, stopped; and what a card is for."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import expect
from werkzeug.serving import make_server

from core.contributions import Mirror
from core.database import now
from core.hookspecs import hookimpl
from plugins.anonymity import hooks as anonymity
from plugins.ward_boards import hooks as ward_boards

pytestmark = pytest.mark.browser
BOW_WEST = "E05009320"
BOROUGH = "E09000030"
TUESDAY = datetime(2026, 11, 24, 10, tzinfo=UTC)
EVENING = datetime(2026, 12, 1, 21, tzinfo=UTC)
MORNING = datetime(2026, 12, 2, 8, 1, tzinfo=UTC)
PHONE = {"width": 390, "height": 844}


class Town:
    """A served instance whose clock is turned, members of one ward, and their browsers."""

    def __init__(self, site: Any, clock: Any, browser_type: Any, launch: dict[str, Any], folder: Any) -> None:
        self.site, self.clock, self.folder = site, clock, folder
        self._browser_type, self._launch = browser_type, launch
        self._open: list[Any] = []

    def at(self, moment: datetime) -> None:
        """Turn the clock of server and browsers, and let the worker do what is due."""
        self.clock.move_to(moment)
        self.site.work()
        for context in self._open:
            context.clock.set_fixed_time(moment)

    def later(self) -> None:
        """Let two minutes pass, for the worker looks at voices once a minute."""
        self.at(datetime.now(UTC) + timedelta(minutes=2))

    def browser(self, name: str, member: str | None = None) -> Any:
        """Open a browser with a disk of its own: the same name again is the same disk."""
        context = self._browser_type.launch_persistent_context(
            str(self.folder / name), viewport=PHONE, locale="en-GB", timezone_id="Europe/London", **self._launch
        )
        context.set_default_timeout(20_000)
        context.clock.set_fixed_time(datetime.now(UTC))
        if member:
            context.add_cookies([self.site.cookie(member)])
        self._open.append(context)
        return context

    def close(self, context: Any) -> None:
        """Close a browser; its disk stays."""
        self._open.remove(context)
        context.close()

    def end(self) -> None:
        for context in list(self._open):
            self.close(context)


@pytest.fixture
def town(
    served: Callable[..., Any], browser_type: Any, browser_type_launch_args: dict[str, Any], tmp_path: Any
) -> Iterator[Town]:
    """Return a borough on a Tuesday where two voices are a crowd."""
    with time_machine.travel(TUESDAY, tick=True) as clock:
        site = served(anonymity={"crowd_least": 2, "ward_least_members": 50})
        found = Town(site, clock, browser_type, browser_type_launch_args, tmp_path)
        site.work()
        yield found
        found.end()


def held(page: Any) -> Any:
    """Return what this browser keeps."""
    return page.evaluate(
        """async () => (await indexedDB.databases()).length === 0 ? null : await new Promise((resolve, reject) => {
          const asked = indexedDB.open('bw-voices')
          asked.onerror = () => reject(asked.error)
          asked.onsuccess = () => {
            const got = asked.result.transaction('records').objectStore('records').getAll()
            got.onsuccess = () => { asked.result.close(); resolve(got.result) }
          }
        })"""
    )


def fetched(page: Any, count: int = 4) -> Any:
    """Wait until the browser has so many voices, and return what it keeps."""
    for _ in range(200):
        found = held(page)
        if found and len(found[0]["voices"]) >= count:
            return found[0]
        page.wait_for_timeout(100)
    raise AssertionError(f"no {count} voices: {held(page)}")


def fetch(town: Town, name: str, member: str) -> None:
    """Let a member look at the home page, which is enough to get voices, and close their browser."""
    context = town.browser(name, member)
    page = context.new_page()
    page.goto(f"{town.site.url}/")
    fetched(page)
    town.close(context)


def to_write(town: Town, name: str, member: str | None, where: str = "") -> Any:
    """Open the page for writing in a member's browser."""
    page = town.browser(name, member).new_page()
    page.goto(f"{town.site.url}/anonymity/write{where}")
    return page


def write(page: Any, title: str, text: str) -> None:
    page.get_by_label("Title").fill(title)
    page.get_by_label("What do you want to tell your neighbours?").fill(text)
    page.get_by_label("Bow West").check()
    page.get_by_role("button", name="Send without my name").click()


def moderate(town: Town, member: str, press: Any) -> Any:
    """Put what waits on the board, and return the moderator's page."""
    page = town.browser("coordinator", member).new_page()
    page.goto(f"{town.site.url}/moderation")
    page.locator("a.bw-row").first.click()
    press(page, "I look at it")
    page.get_by_label("None of these").or_(page.get_by_role("radio").first).first.check()
    press(page, "Put it on the board")
    return page


def test_J2_a_voice_is_fetched_unseen_waits_comes_out_is_answered_and_is_stopped(town: Town, press: Any) -> None:
    site = town.site
    robin, wren = (site.member(name, ward=BOW_WEST) for name in ("Robin Red", "Jade Wren"))
    coordinator = site.member("Co Heron", roles=(("coordinator", BOW_WEST),), ward=BOW_WEST)
    fetch(town, "robin", robin)
    fetch(town, "wren", wren)

    town.at(EVENING)
    page = to_write(town, "robin", robin)
    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request) if "/a/api/" in request.url else None)
    expect(page.get_by_role("heading", name="Your voice this week")).to_be_visible()
    write(page, "Dealing behind the arches", "Every evening at the same place, two or three people.")
    expect(page.get_by_text("Your post waits. It comes out on Wednesday 2 December at 08:00")).to_be_visible()
    expect(page.get_by_text("Waits until Wednesday 2 December at 08:00")).to_be_visible()
    for request in asked:
        sent = request.all_headers()
        assert "cookie" not in sent
        assert "referer" not in sent
        assert sent["anon-proof"]
    board = town.browser("wren", wren).new_page()
    board.goto(f"{site.url}/boards/{BOW_WEST}")
    expect(board.get_by_text("Dealing behind the arches")).to_have_count(0)

    town.at(MORNING)
    page.reload()
    expect(page.get_by_text("A moderator looks at it first")).to_be_visible()
    desk = moderate(town, coordinator, press)
    town.later()
    page.reload()
    expect(page.get_by_text("On the board", exact=True)).to_be_visible()

    board.goto(f"{site.url}/boards/{BOW_WEST}")
    press(board, "Dealing behind the arches", role="link")
    board.get_by_label("Your reply").fill("It is the same by the bridge.")
    press(board, "Reply to verified members")
    town.later()

    page.get_by_role("link", name="Read the thread and its answers").click()
    expect(page.get_by_text("It is the same by the bridge.")).to_be_visible()
    expect(page.get_by_text("You answer in the thread “Dealing behind the arches”.")).to_be_visible()
    expect(page.get_by_text("Yours", exact=True)).to_be_visible()

    desk.goto(board.url)
    with desk.expect_navigation():
        desk.get_by_role("article", name="Post 1").get_by_role("link", name="Hide").click()
    press(desk, "Stop this voice until Sunday night")
    page.get_by_label("What do you want to tell your neighbours?").fill("And at the station as well.")
    page.get_by_role("button", name="Send without my name").click()
    alert = page.get_by_text("A coordinator has stopped this voice until its week ends on Sunday night.")
    expect(alert).to_be_visible()
    expect(page.get_by_label("What do you want to tell your neighbours?")).to_have_value("And at the station as well.")
    town.later()
    page.reload()
    expect(page.get_by_text("A coordinator has stopped this voice until its week ends. You can still")).to_be_visible()
    expect(page.get_by_text("A moderator has hidden it")).to_be_visible()
    expect(page.get_by_role("button", name="Send without my name")).to_have_count(0)
    town.at(MORNING + timedelta(weeks=1))
    page.reload()
    expect(page.get_by_role("button", name="Send without my name")).to_be_visible()


def shown_card(page: Any) -> str:
    """Put the card on paper and type it back."""
    code = str(page.locator("[data-card-code]").inner_text())
    page.get_by_label("Type it back from the paper").fill(code.lower().replace("0", "o"))
    page.get_by_role("button", name="I have it on paper").click()
    return code


def test_J2_a_card_brings_voices_back_on_another_device(town: Town) -> None:
    site = town.site
    robin = site.member("Robin Red", ward=BOW_WEST)
    page = to_write(town, "old", robin)
    expect(page.get_by_text("Your first voice begins on Monday 30 November")).to_be_visible()
    page.get_by_role("button", name="Show my card once").click()
    page.get_by_label("Type it back from the paper").fill("0" * 26)
    page.get_by_role("button", name="I have it on paper").click()
    expect(page.get_by_text("This is not what the card says.")).to_be_visible()
    code = shown_card(page)
    expect(page.get_by_text("You have your card now. It is not shown again.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("You have your card. It is not shown again.")).to_be_visible()
    expect(page.get_by_role("button", name="Show my card once")).to_have_count(0)
    old = held(page)[0]

    page = to_write(town, "new", robin)
    expect(page.get_by_text("Your voices were fetched on another device.")).to_be_visible()
    assert held(page) is None
    for typed, words in [
        ("0000", "A card has 26 letters and digits. You typed 4."),
        ("0" * 26, "This card does not open your voices."),
        ("U" + code[1:], "There is no U on a card."),
    ]:
        page.get_by_label("The 26 letters and digits of your card").fill(typed)
        page.get_by_role("button", name="Open with my card").click()
        expect(page.get_by_text(words)).to_be_visible()
    page.get_by_label("The 26 letters and digits of your card").fill(code)
    page.get_by_role("button", name="Open with my card").click()
    expect(page.get_by_text("Your card was right. Your voices are here.")).to_be_visible()
    new = held(page)[0]
    assert new["seed"] == old["seed"]
    assert sorted(new["voices"], key=str) == sorted(old["voices"], key=str)


def test_J2_only_under_my_card_leaves_nothing_on_the_device(town: Town) -> None:
    site = town.site
    robin, wren = (site.member(name, ward=BOW_WEST) for name in ("Robin Red", "Jade Wren"))
    fetch(town, "wren", wren)
    page = to_write(town, "phone", robin)
    expect(page.get_by_text("Your first voice begins on Monday 30 November")).to_be_visible()
    page.get_by_label("Only under my card").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("First put your card on paper and type it back.")).to_be_visible()
    code = shown_card(page)
    expect(page.get_by_text("Saved. This device keeps nothing.")).to_be_visible()
    assert held(page) is None
    page.goto(f"{site.url}/account")
    expect(page.get_by_text("You keep them under your card only.")).to_be_visible()
    assert held(page) is None

    town.at(EVENING)
    page.goto(f"{site.url}/anonymity/write")
    expect(page.get_by_text("You keep your voices under your card only.")).to_be_visible()
    page.get_by_label("The 26 letters and digits of your card").fill(code)
    page.get_by_role("button", name="Open with my card").click()
    expect(page.get_by_role("heading", name="Your voice this week")).to_be_visible()
    write(page, "Lamps out in the lane", "All of them since Sunday.")
    expect(page.get_by_text("Your post waits.")).to_be_visible()
    expect(page.locator("[data-weeks] li", has_text="Monday 28 December")).to_contain_text("ready")
    assert held(page) is None
    page.get_by_label("On this device").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. Your voices are kept on this device.")).to_be_visible()
    assert len(held(page)[0]["voices"]) == 5


def test_J2_who_takes_no_part_has_nothing_fetched(town: Town) -> None:
    site = town.site
    page = to_write(town, "phone", site.member("Robin Red", ward=BOW_WEST))
    expect(page.get_by_text("Your first voice begins on Monday 30 November")).to_be_visible()
    page.get_by_label("I take no part").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Press Save once more if you want that.")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="You take no part")).to_be_visible()
    assert held(page) is None
    town.at(EVENING)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/help", "/boards"):
        page.goto(f"{site.url}{path}")
        page.wait_for_timeout(1000)
    assert [url for url in asked if "/epochs" in url or "voice.js" in url] == []
    assert len([url for url in asked if url.endswith("/choice")]) == 1
    assert held(page) is None


def test_J2_a_cookie_is_refused_and_so_is_a_voice_of_another_week(town: Town) -> None:
    site = town.site
    page = to_write(town, "robin", site.member("Robin Red", ward=BOW_WEST))
    expect(page.get_by_text("Your first voice begins on Monday 30 November")).to_be_visible()
    ask = """async credentials => {
      const [record] = await voice.store.all()
      const headers = voice.headers(record.seed, record.voices[0], 'GET', '/a/api/me')
      const answer = await fetch('/a/api/me', { credentials, headers })
      return [answer.status, (await answer.json()).detail]
    }"""
    status, words = page.evaluate(ask, "include")
    assert status == 400
    assert "sent a cookie along" in words
    status, words = page.evaluate(ask, "omit")
    assert status == 401
    assert "of another week" in words


def test_J2_the_page_without_a_session_uses_what_the_device_keeps(
    town: Town, axe: Any, big_enough: Any, no_sideways_scroll: Any
) -> None:
    site = town.site
    robin, wren = (site.member(name, ward=BOW_WEST) for name in ("Robin Red", "Jade Wren"))
    fetch(town, "robin", robin)
    fetch(town, "wren", wren)
    town.at(EVENING)
    context = town.browser("robin", robin)
    page = context.new_page()
    page.goto(f"{site.url}/a/")
    expect(page.get_by_role("heading", name="Your browser sent a cookie")).to_be_visible()
    context.clear_cookies()
    page.goto(f"{site.url}/a/")
    expect(page.get_by_role("heading", name="Your voice this week")).to_be_visible()
    for check in (axe, big_enough, no_sideways_scroll):
        check(page)
    expect(page.get_by_label("Which voice")).to_be_hidden()
    page.get_by_label("What do you want to tell your neighbours?").fill("It is AB12 CDE.")
    expect(page.get_by_text("Look at this before you post")).to_be_visible()
    write(page, "Fly-tipping by the canal", "A van comes on Fridays.")
    expect(page.get_by_text("Your post waits.")).to_be_visible()
    assert context.cookies() == []
    expect(page.get_by_role("link", name="Leave now")).to_be_visible()
    other = town.browser("nobody").new_page()
    other.goto(f"{site.url}/a/")
    expect(other.get_by_text("This device keeps no voice.")).to_be_visible()
    other.goto(f"{site.url}/anonymity/write")
    expect(other.get_by_text("Voices are for members whose address was checked.")).to_be_visible()


def test_J2_a_device_that_two_people_use_has_a_voice_for_each(town: Town) -> None:
    site = town.site
    robin, wren = (site.member(name, ward=BOW_WEST) for name in ("Robin Red", "Jade Wren"))
    fetch(town, "shared", robin)
    context = town.browser("shared", wren)
    page = context.new_page()
    page.goto(f"{site.url}/anonymity/write")
    expect(page.get_by_text("Your first voice begins on Monday 30 November")).to_be_visible()
    assert len({record["seed"] for record in held(page)}) == 2
    town.at(EVENING)
    page.reload()
    handle = page.locator("[data-handle]")
    expect(handle).to_have_text(re.compile("[a-z]+ [0-9]{6}$"))
    expect(page.get_by_label("Which voice")).to_be_hidden()
    own = handle.inner_text()
    context.clear_cookies()
    page.reload()
    handles = set()
    for choice in ("Tower Hamlets (1)", "Tower Hamlets (2)"):
        with page.expect_response("**/a/api/me"):
            page.get_by_label("Which voice").select_option(choice)
        page.wait_for_timeout(300)
        handles.add(handle.inner_text())
    assert own in handles
    assert len(handles) == 2


def test_J2_one_alone_is_told_that_the_crowd_is_too_small(town: Town) -> None:
    page = to_write(town, "robin", town.site.member("Robin Red", ward=BOW_WEST))
    expect(page.get_by_text("Your first voice begins on Monday 30 November")).to_be_visible()
    town.at(EVENING)
    page.reload()
    expect(page.get_by_text("Too few people have a voice for this place this week")).to_be_visible()
    expect(page.get_by_role("button", name="Send without my name")).to_have_count(0)


class Keeper:
    """A neighbour that shows a copy of our list of keys: as a plugin it says where, as a server it shows `copy`."""

    def __init__(self) -> None:
        self.copy: bytes | None = None
        self.cookies: list[str] = []
        self.server = make_server("127.0.0.1", 0, self.answer, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.port}/copy"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, environ: Any, start: Any) -> list[bytes]:
        self.cookies.append(environ.get("HTTP_COOKIE", ""))
        start("200 OK" if self.copy else "404 NOT FOUND", [("Access-Control-Allow-Origin", "*")])
        return [self.copy or b""]

    @hookimpl
    def mirrors_of(self, name: str) -> list[Mirror]:
        return [Mirror(self.url, "Hackney", now().date(), True)] if name == "anon-epochs.json" else []


@pytest.fixture
def keeper() -> Iterator[Keeper]:
    """Return a neighbour."""
    found = Keeper()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_J2_a_key_that_neighbours_do_not_see_stops_the_fetching(
    served: Any, keeper: Keeper, visit: Callable[..., Any]
) -> None:
    loaded = {"anonymity": anonymity, "ward_boards": ward_boards, "keeper": keeper}
    site = served(plugins=loaded, anonymity={"crowd_least": 2})
    site.work()
    page = visit(site, "/anonymity/write", member=site.member("Robin Red", ward=BOW_WEST), hosts=(keeper.url,))
    expect(page.get_by_text("its copy is not there yet")).to_be_visible()
    own = page.request.get(f"{site.url}/.well-known/anon-epochs.json").json()
    other = json.loads(json.dumps(own))
    other["entries"][0]["spki_sha256"] = "0" * 64
    stranger = {**own, "instance": "https://elsewhere.example"}
    for copy in (other, stranger):
        keeper.copy = json.dumps(copy).encode()
        page.reload()
        expect(page.get_by_text("is not the one your neighbours see")).to_be_visible()
    kept = held(page)[0]
    assert kept["refusedOn"]
    # The weeks whose keys are the same everywhere are no danger; the one that differs is not asked for.
    assert other["entries"][0]["epoch"] not in [voice["epoch"] for voice in kept["voices"]]
    keeper.copy = json.dumps(own).encode()
    page.reload()
    expect(page.get_by_text("compared with the copies of 1 neighbouring boroughs. They are the same.")).to_be_visible()
    expect(page.get_by_text("is not the one your neighbours see")).to_have_count(0)
    assert len(held(page)[0]["voices"]) == 4
    assert held(page)[0]["refusedOn"] is None
    assert set(keeper.cookies) == {""}


def test_J2_without_scripts_the_page_says_what_works(
    site: Any, visit: Callable[..., Any], no_sideways_scroll: Callable[[Any], None]
) -> None:
    page = visit(site, "/anonymity/write", size=(390, 844), script=False, member=site.member("Nuthatch", ward=BOW_WEST))
    page.get_by_role("heading", name="This way of writing needs JavaScript").wait_for()
    assert not page.locator("[data-on]").is_visible()
    no_sideways_scroll(page)
    page.get_by_role("link", name="Write on a board").click()
    page.wait_for_url("**/boards")
    page.goto(f"{site.url}/boards/{BOW_WEST}/new")
    assert page.get_by_label("A different name this week").is_visible()


@pytest.mark.parametrize(("size", "is_dark"), [((390, 844), False), ((390, 844), True), ((1280, 800), False)])
def test_J2_the_page_is_well_made(
    town: Town, visit: Any, axe: Any, big_enough: Any, no_sideways_scroll: Any, size: Any, is_dark: bool
) -> None:
    site = town.site
    robin, wren = (site.member(name, ward=BOW_WEST) for name in ("Robin Red", "Jade Wren"))
    fetch(town, "wren", wren)
    page = visit(site, "/anonymity/write", size=size, dark=is_dark, member=robin)
    expect(page.get_by_role("button", name="Show my card once")).to_be_visible()
    page.get_by_role("button", name="Show my card once").click()
    for check in (axe, big_enough, no_sideways_scroll):
        check(page)
    town.clock.move_to(EVENING)
    site.work()
    page.clock.set_fixed_time(EVENING)
    page.reload()
    expect(page.get_by_role("heading", name="Your voice this week")).to_be_visible()
    write(page, "Fly-tipping by the canal", "A van comes on Fridays.")
    expect(page.get_by_text("Your post waits.")).to_be_visible()
    for check in (axe, big_enough, no_sideways_scroll):
        check(page)
