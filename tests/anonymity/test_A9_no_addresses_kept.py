"""A whole day on a real server, from an address and with a browser that would be recognised anywhere.

Afterwards neither is in any file of the data folder or in what the processes printed.
"""

from __future__ import annotations

import http.client
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
from urllib.parse import urlencode

import pytest

from core import accounts, members, setup
from core.app import create_app
from core.database import now, sql, transaction

PASSWORD = "correct horse battery"

BOW_WEST = "E05009320"
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

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **more: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30, source_address=(FROM, 0))
        headers = {**CANARIES, **more}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
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


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[int, Path, Path, str]]:
    """A running instance of its own: port, data folder, file with all it prints, and a member's address."""
    data = tmp_path / "data"
    port, printed = free_port(), tmp_path / "printed.txt"
    setup.write_instance(data, borough="E09000030", url=f"http://127.0.0.1:{port}", more="require_https = false\n")
    app = create_app(data)
    email = "heron@place.example"
    with app.app_context():
        setup.fill_instance("E09000030", "admin@place.example")
        with transaction() as db:
            member = accounts.add(db, "Quiet Heron 42", email, PASSWORD)
            members.verify(db, member, BOW_WEST, "test", now().date() + timedelta(days=30))
        sql.engine.dispose()
    command = [sys.executable, "-P", "-m", "core.cli", "serve", "--data", str(data), "--port", str(port)]
    with printed.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            wait_until_up(port, printed)
            yield port, data, printed, email
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=40)


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


def found_in(folder: Path, printed: Path) -> list[str]:
    files = [path for path in folder.rglob("*") if path.is_file()] + [printed]
    contents = {str(path.name): path.read_bytes() for path in files}
    return [f"{name}: {trace}" for name, content in contents.items() for trace in TRACES if trace.encode() in content]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux answers on all of 127/8 without set-up")
def test_A9_no_address_or_browser_of_a_visitor_is_in_any_file_or_log(served: tuple[int, Path, Path, str]) -> None:
    port, data, printed, email = served
    spend_a_day(port, email)
    time.sleep(2)  # the worker answers to what was queued
    assert found_in(data, printed) == []
    assert email not in printed.read_text(errors="replace")
    database = (data / "boroughwatch.db").read_bytes() + (data / "boroughwatch.db-wal").read_bytes()
    assert b"Broken lamp" in database  # the search looked where things are


def test_A9_the_search_finds_a_trace_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "access.log").write_text(f'{FROM} "GET /" 200')
    (tmp_path / "printed.txt").write_text("nothing")
    assert found_in(tmp_path / "data", tmp_path / "printed.txt") == [f"access.log: {FROM}"]
