"""Real pages in a real browser: a live server of a fresh instance, members, and pages that are watched.

`site` has every first-party plugin, `bare_site` has none. `visit(...)` opens a watched page: at the end of
the test it must have asked no other host for anything, and said nothing on the console. `axe(page)` looks
for what people with assistive technology would stumble over.

A click does not wait for the page it leads to, and on a slow machine the old page is still there a second later.
So after a click wait for something that only the new page has: `expect(part).to_be_visible()` and its kind ask
again until it is so, `part.is_visible()`, `.count()`, `page.url` and their kind look once. Where both pages look
the same, `press(page, "Save")` waits until the new one has come. `SLOW_PAGES=0.7 pytest tests/browser` makes
every page late and lets no click wait, as happens on a busy machine, and so shows which tests look too early.

Making and opening a key keeps a page busy for seconds, on a busy machine for more than a click waits: there
`click(no_wait_after=True)`, and then a long wait for the words that follow.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partialmethod
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from playwright.sync_api import Error, Locator, expect
from werkzeug.serving import make_server

from core import testing
from core.database import now, transaction
from core.models import Member

PHONE = (390, 844)
NARROW = (320, 640)
DESKTOP = (1280, 800)
ANSWERS = ("Failed to load resource: the server responded", "Failed to load resource: net::ERR_FAILED")
LATE = float(os.environ.get("SLOW_PAGES", "0"))
expect.set_options(timeout=15_000)
if LATE:
    # Mostly a click does wait for the page it asks for, and on a busy machine sometimes not.
    Locator.click = partialmethod(Locator.click, no_wait_after=True)
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True)
class Site:
    """A running instance and where it is reached."""

    app: Flask
    url: str
    weather: str
    known: dict[str, str] = field(default_factory=dict)
    hands: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def run(self, act: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call something that needs the app, in another thread: Playwright keeps an event loop in this one."""
        return self.hands.submit(act, *args, **kwargs).result()

    def member(self, alias: str, *, roles: Any = (), ward: str | None = None) -> str:
        """Return the id of the member of this name, made on first use."""
        if alias not in self.known:
            self.known[alias] = self.run(testing.make_member, self.app, alias, roles=roles, ward=ward)
        return self.known[alias]

    def cookie(self, member_id: str) -> dict[str, Any]:
        """Return the cookie that a browser would have after this member signed in."""
        return dict(self.run(self._cookie, member_id))

    def _cookie(self, member_id: str) -> dict[str, Any]:
        with self.app.app_context(), transaction() as db:
            login = db.get_one(Member, member_id).fs_uniquifier
        serializer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        values = {"_user_id": login, "_fresh": True, "fs_cc": "set", "fs_paa": now().timestamp(), "identity_id": login}
        return {"name": self.app.config["SESSION_COOKIE_NAME"], "value": serializer.dumps(values), "url": self.url}

    def work(self) -> None:
        """Do the worker's work until quiet."""
        self.run(testing.work, self.app)

    def mails(self) -> list[Any]:
        """Return the mails sent so far, oldest first."""
        return list(testing.mails(self.app))


def _whole(app: Any, env: dict[str, Any], start: Any) -> Iterable[bytes]:
    """Answer with the whole body at once, and let go of what it was read from.

    When the browser hangs up in the middle (it left the page, say), werkzeug's server does not close what the app
    gave it to send. A file that is never closed is a warning, and that a failure of whichever test runs just then.
    """
    parts = app(env, start)
    try:
        body = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    return _in_two(body) if LATE and not env["PATH_INFO"].startswith("/static/") else [body]


def _in_two(body: bytes) -> Iterator[bytes]:
    """Bring a page as late as a busy machine would, and first no more than half of it."""
    for half in (body[: len(body) // 2], body[len(body) // 2 :]):
        time.sleep(LATE / 2)
        yield half


def _serve(folder: Path, plugins: Any, **settings: Any) -> Iterator[Site]:
    holder: dict[str, Any] = {}
    server = make_server("127.0.0.1", 0, lambda env, start: _whole(holder["app"], env, start), threaded=True)
    # Two names of this machine are two hosts to a browser: members on one, the "weather" on the other.
    url, weather = f"http://localhost:{server.port}", f"http://127.0.0.1:{server.port}/healthz"
    hands = ThreadPoolExecutor(1)
    holder["app"] = hands.submit(testing.make_app, folder, plugins, csrf=True, public_url=url, **settings).result()
    holder["app"].config["LEAVE_URL"] = weather
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield Site(holder["app"], url, weather, hands=hands)
    server.shutdown()
    thread.join()
    server.server_close()
    hands.shutdown()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve an instance with every first-party plugin."""
    yield from _serve(tmp_path_factory.mktemp("site"), None)


@pytest.fixture
def fresh_site(tmp_path: Path) -> Iterator[Site]:
    """Serve an instance with every first-party plugin that no other test has used, so that clocks may be turned."""
    yield from _serve(tmp_path / "site", None)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """Return `served(plugins=None, **settings)`, which serves a fresh instance with these settings."""
    with ExitStack() as stack:

        def serve(plugins: Any = None, **settings: Any) -> Site:
            # Closed at the end as a session's fixture is, after its `yield`.
            return stack.enter_context(contextmanager(_serve)(tmp_path / uuid4().hex, plugins, **settings))

        yield serve


@pytest.fixture(scope="session")
def bare_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve an instance of core alone."""
    yield from _serve(tmp_path_factory.mktemp("bare"), {})


class Watch:
    """What a page asked of others, and what it said on the console."""

    def __init__(self, home: str, weather: str, *hosts: str) -> None:
        """Watch for requests that leave `home`; the weather is where leaving leads, and `hosts` may be asked too."""
        self.allowed = (home, weather, "data:", "blob:", *hosts)
        self.strangers: list[str] = []
        self.complaints: list[str] = []

    def on_request(self, request: Any) -> None:
        """Note requests to other hosts."""
        if not request.url.startswith(self.allowed):
            self.strangers.append(request.url)

    def on_console(self, message: Any) -> None:
        """Note errors and warnings, but not the browser's own line about a refused form or a page not there."""
        # ERR_FAILED is a line cut by the test itself.
        is_answer = message.text.startswith(ANSWERS)
        if message.type in ("error", "warning") and not is_answer:
            self.complaints.append(message.text)


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Any]]:
    """Return `visit(site, path, size=DESKTOP, dark=False, script=True, member=None, hosts=())`: a watched page."""
    contexts: list[Any] = []
    watches: list[Watch] = []

    def open_page(
        site: Site,
        path: str,
        *,
        size: tuple[int, int] = DESKTOP,
        dark: bool = False,
        script: bool = True,
        member: str | None = None,
        hosts: tuple[str, ...] = (),
    ) -> Any:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            java_script_enabled=script,
            has_touch=size[0] < 500,
            locale="en-GB",
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        if member:
            context.add_cookies([site.cookie(member)])
        watch = Watch(site.url, site.weather, *hosts)
        watches.append(watch)
        page = context.new_page()
        page.on("request", watch.on_request)
        page.on("console", watch.on_console)
        page.on("pageerror", lambda error: watch.complaints.append(str(error)))
        page.goto(f"{site.url}{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert [url for watch in watches for url in watch.strangers] == [], "a page asked another host"
    assert [text for watch in watches for text in watch.complaints] == [], "a page complained on the console"


@pytest.fixture(scope="session")
def press() -> Callable[..., None]:
    """Return `press(page, name)`, which presses a button that sends its form, and waits for the page that follows.

    Not for what scripts do in the page itself, and not for the reviewers' room, where no new page comes.
    """

    def press(page: Any, name: str, *, role: str = "button") -> None:
        with page.expect_navigation():
            page.get_by_role(role, name=name).click()

    return press


def settle(page: Any) -> None:
    """Wait until this page is loaded, and no part of it is being exchanged.

    It cannot know of a page that has yet to come: wait after a click for something of the new page, then look.
    """
    page.wait_for_load_state()
    page.locator("main").first.wait_for()
    page.locator("main[aria-busy=true]").wait_for(state="detached")


def asked(page: Any, script: str) -> Any:
    """Ask a page that has come to rest; once more when the next one came in just that moment."""
    settle(page)
    try:
        return page.evaluate(script)
    except Error:
        settle(page)
        return page.evaluate(script)


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], None]:
    """Return `axe(page)`, which fails with what axe-core finds: rule, place and how to mend it. It needs scripts on."""
    from axe_playwright_python.sync_playwright import Axe

    checker = Axe()

    def check(page: Any) -> None:
        settle(page)
        found = checker.run(page, options={"runOnly": AXE_RULES, "resultTypes": ["violations"]})
        lines = [
            f"{rule['id']} at {node['target']}: {node['failureSummary']}"
            for rule in found.response["violations"]
            for node in rule["nodes"]
        ]
        assert lines == [], f"{page.url}\n" + "\n".join(lines)

    return check


@pytest.fixture(scope="session")
def no_sideways_scroll() -> Callable[[Any], None]:
    """Return a check that the page is no wider than the screen."""

    def check(page: Any) -> None:
        wide = asked(
            page,
            """() => document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
                [...document.querySelectorAll('body *')].filter(part => {
                  const box = part.getBoundingClientRect()
                  const isOut = box.width && (box.right > innerWidth + 1 || box.left < -1)
                  return isOut && !part.closest('.bw-scroll, .visually-hidden, .bw-skip')
                }).map(part => part.outerHTML.slice(0, 120))""",
        )
        assert wide == [], page.url

    return check


@pytest.fixture(scope="session")
def big_enough() -> Callable[[Any], None]:
    """Return a check that what is pressed is at least 44 pixels high; links inside sentences may be less."""

    def check(page: Any) -> None:
        small = asked(
            page,
            """() => [...document.querySelectorAll('a[href], button, select, summary, input:not([type=hidden])')]
                .filter(part => {
                  const isTick = part.matches('[type=checkbox], [type=radio]')
                  const box = ((isTick && part.closest('.bw-choice')) || part).getBoundingClientRect()
                  const inSentence = part.matches('a') && part.closest('p, li, dd, td, small, label, .bw-meta') &&
                    getComputedStyle(part).display === 'inline'
                  return box.width && !inSentence && box.height < 43.5 && !part.matches('.bw-skip')
                }).map(part => part.outerHTML.slice(0, 120))""",
        )
        assert small == [], page.url

    return check
