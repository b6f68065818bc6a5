"""A whole day on a real server, from an address and with a browser that would be recognised anywhere.

Afterwards neither is in any file of the data folder or in what the processes printed. The day has both sides: pages
with a cookie, and a voice without one, which was issued in the week before.
"""

from __future__ import annotations

import http.client
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from runpy import run_path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
import time_machine

from core import accounts, jobs, members, setup
from core.app import create_app
from core.database import now, sql, transaction
from core.testing import api_token

PASSWORD = "correct horse battery"

BOW_WEST = "E05009320"
BOROUGH = "E09000030"
EMAIL = "heron@place.example"
client_side = run_path(str(Path(__file__).with_name("unlinkable_client.py")))
FROM = "127.66.77.88"  # all of 127/8 is this machine, so the server sees this as the visitor's address
CANARIES = {
    "User-Agent": "CanaryBrowser/99.77 (Canarix; rv:4.5)",
    "X-Forwarded-For": "203.0.113.77, 198.51.100.66",
    "X-Real-IP": "203.0.113.78",
    "Forwarded": "for=203.0.113.79;host=canary-host.example",
    "Referer": "https://canary-referrer.example/search?q=secret",
    "Accept-Language": "cy-canary",
}
TRACES = (FROM, "CanaryBrowser", "Canarix", "203.0.113.7", "198.51.100.66", "canary-host", "canary-refer", "cy-canary")


class Browser:
    """A very small browser: one cookie jar, one address, and headers that give it away."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None, *, body: bytes | None = None, **more: str
    ) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(FROM, 0))
        headers = {**CANARIES, **more}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        with closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            for line in answer.headers.get_all("Set-Cookie") or ():
                name, _, value = line.partition(";")[0].partition("=")
                self.cookies[name] = value
            return answer.status, text

    def send(self, path: str, form: dict[str, str], on: str | None = None) -> int:
        """Fill in a form of a page and send it, with its token."""
        _status, page = self.ask("GET", on or path)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        return self.ask("POST", path, {**form, "csrf_token": token.group(1) if token else ""})[0]


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served(NamedTuple):
    """A running instance of its own, the file with all it prints, and who is there."""

    port: int
    data: Path
    printed: Path
    member_ids: list[str]
    voice: Any


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    data = tmp_path / "data"
    port, printed = free_port(), tmp_path / "printed.txt"
    more = "require_https = false\n\n[anonymity]\ncrowd_least = 2\n"
    setup.write_instance(data, borough=BOROUGH, url=f"http://127.0.0.1:{port}", more=more)
    app = create_app(data)
    with app.app_context():
        setup.fill_instance(BOROUGH, "admin@place.example")
        with transaction() as db:
            member_ids = [
                accounts.add(db, alias, email, PASSWORD)
                for alias, email in (("Quiet Heron 42", EMAIL), ("Silent Heron 43", "silent@place.example"))
            ]
            for member_id in member_ids:
                members.verify(db, member_id, BOW_WEST, "test", now().date() + timedelta(days=30))
        voices = voices_of_last_week(app, member_ids)
        sql.engine.dispose()
    command = [sys.executable, "-P", "-m", "core.cli", "serve", "--data", str(data), "--port", str(port)]
    with printed.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_until_up(port, printed)
            yield Served(port, data, printed, member_ids, voices[0])
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


def voices_of_last_week(app: Any, member_ids: list[str]) -> list[Any]:
    """Return a voice of this week for each member: issued seven days ago, for they are never issued later."""
    with time_machine.travel(now() - timedelta(days=7), tick=True):
        jobs.run_due()
        return [voice_of(app, member_id) for member_id in member_ids]


def voice_of(app: Any, member_id: str) -> Any:
    bearer = {"Authorization": f"Bearer {api_token(app, member_id, 'read', 'post')}"}
    return client_side["take"](app.test_client(), bearer, BOROUGH)


def wait_until_up(port: int, printed: Path) -> None:
    for _try in range(480):
        try:
            with closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
                return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"the server did not start: {printed.read_text()}")


def spend_a_day(port: int, email: str) -> None:
    """Join, mistype, sign in, read, post in each way, be refused, ask wrongly, and leave."""
    browser = Browser(port)
    for path in ("/", "/join", "/boards", "/alerts", "/police", "/help", "/no-such-page", "/admin", "/healthz"):
        browser.ask("GET", path)
    assert browser.send("/join", {"alias": "Amber Otter 55", "email": "otter@place.example"}) == 200
    assert browser.send("/sign-in", {"email": email, "password": "wrong password here"}) in (200, 401, 422)
    assert browser.send("/sign-in", {"email": email, "password": PASSWORD}) in (302, 303)
    assert "Quiet Heron 42" in browser.ask("GET", "/account")[1]
    form = {"title": "Broken lamp", "text": "The lamp is out.", "category": "general", "tier": "verified"}
    for as_ in ("alias", "thread_alias", "resident"):
        sent = {**form, "shown_tier": "verified", "wards": BOW_WEST, "as": as_, "looked_at": "1"}
        assert browser.send(f"/boards/{BOW_WEST}/new", sent) == 303
    assert browser.send("/account/wards", {"wards": BOW_WEST}, on="/account") == 303
    assert browser.ask("POST", "/sign-in", {"email": email, "password": "no token sent"})[0] == 400
    assert browser.ask("GET", "/api/v1/threads", Authorization="Bearer bw_wrong")[0] == 401
    assert browser.ask("GET", "/threads/%00%ff")[0] in (400, 404)
    browser.send("/verify", {"what": "canary"})
    browser.ask("GET", "/sign-out")


def speak_unseen(port: int, voice: Any) -> None:
    """Come to the unlinkable side as any browser does: look, ask, write, be refused, and send a cookie by mistake."""
    browser = Browser(port)
    assert browser.ask("GET", "/a/")[0] == 200
    for _try in range(120):  # the worker brings the week's keys over
        status, _text = browser.ask("GET", "/a/api/me", **voice.headers("GET", "/a/api/me"))
        if status == 200:
            break
        time.sleep(0.5)
    assert status == 200
    content = {"id": "c" * 32, "title": "Unseen lamp", "text": "Out since Monday.", "category": "general"}
    body = json.dumps({**content, "wards": [BOROUGH]}).encode()
    for path in ("/a/api/threads", "/a/api/threads", "/a/api/threads?who=canary-referrer"):
        headers = {**voice.headers("POST", path, body), "Content-Type": "application/json"}
        assert browser.ask("POST", path, body=body, **headers)[0] in (202, 400, 404, 422)
    assert browser.ask("POST", "/a/api/threads", body=body)[0] == 401
    assert browser.ask("GET", "/a/api/me", Cookie="s_e09000030=canary-referrer")[0] == 400
    assert browser.ask("GET", "/a/no/such/place")[0] in (401, 404)
    assert browser.cookies == {}


def found_in(folder: Path, printed: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()] + [printed]
    contents = {str(path.name): path.read_bytes() for path in files}
    return [f"{name}: {trace}" for name, content in contents.items() for trace in TRACES if trace.encode() in content]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127/8 without set-up")
def test_A9_no_address_or_browser_of_a_visitor_is_in_any_file_or_log(served: Served) -> None:
    spend_a_day(served.port, EMAIL)
    speak_unseen(served.port, served.voice)
    time.sleep(2)  # the worker answers to what was queued
    assert found_in(served.data, served.printed) == []
    # The search looked where things are.
    databases = {path.name: path.read_bytes() for path in served.data.glob("*.db*")}
    assert b"Broken lamp" in databases["boroughwatch.db"] + databases["boroughwatch.db-wal"]
    unseen = b"".join(path.read_bytes() for path in served.data.glob("unlinkable.sqlite3*"))
    assert b"Unseen lamp" in unseen
    # Nobody's account is named by what was printed, or on the side that has never met a member: aliases are there,
    # in its copies of what was written under them, and nothing else.
    accounts_known = [EMAIL, "silent@place.example", *served.member_ids]
    printed = served.printed.read_bytes()
    assert [trace for trace in (*accounts_known, "Quiet Heron", "Silent Heron") if trace.encode() in printed] == []
    raw = [trace.encode() for trace in accounts_known] + [bytes.fromhex(member_id) for member_id in served.member_ids]
    assert [trace for trace in raw if trace in unseen] == []


def test_A9_the_search_finds_a_trace_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "access.log").write_text(f'{FROM} "GET /" 200')
    (tmp_path / "printed.txt").write_text("nothing")
    assert found_in(tmp_path / "data", tmp_path / "printed.txt") == [f"access.log: {FROM}"]
