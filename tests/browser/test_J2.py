"""J2 with voices: fetched unseen, used next week, out in the morning, answered, stopped; and what a card is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from playwright.sync_api import expect

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
    moderate(town, coordinator, press)
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


def moderate(town: Town, member: str, press: Any) -> Any:
    """Put what waits on the board, and return the moderator's page."""
    page = town.browser("coordinator", member).new_page()
    page.goto(f"{town.site.url}/moderation")
    page.locator("a.bw-row").first.click()
    press(page, "I look at it")
    page.get_by_label("None of these").or_(page.get_by_role("radio").first).first.check()
    press(page, "Put it on the board")
    return page
