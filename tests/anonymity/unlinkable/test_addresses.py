"""The page at /a, a second hostname, and the process that serves it alone."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from base64 import b64encode
from hashlib import sha384
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from werkzeug.test import Client

from core import cli
from core.commands import CANNOT_START
from core.config import ConfigError
from core.database import now
from core.testing import make_app
from core.wards import WardRow
from plugins.anonymity import hooks
from plugins.anonymity.credentials import blind_rsa, epochs
from plugins.anonymity.credentials.queries import WeekKey
from plugins.anonymity.unlinkable import copying
from plugins.anonymity.unlinkable.models import VERSION, Sent
from plugins.anonymity.unlinkable.store import FILE_NAME, Store, WrongVersion

BOROUGH = "E09000030"
ELSEWHERE = {"public_url": "https://watch.example", "anonymity": {"unlinkable_url": "https://anon.example/a"}}


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(make_app(tmp_path, plugins={"anonymity": hooks}), use_cookies=False)


def test_the_page_names_each_of_its_scripts_with_its_hash(client: Client) -> None:
    page = client.get("/a/")
    assert page.status_code == 200
    assert "JavaScript" in page.text
    found = re.findall(r'(?:src|href)="(/a/static/[^"]+)"', page.text)
    assert len(found) >= 3
    assert {client.get(address).status_code for address in found} == {200}
    for script in re.findall(r"<script[^>]*>", page.text):
        address, integrity = re.search(r'src="([^"]+)"', script)[1], re.search(r'integrity="sha384-([^"]+)"', script)[1]
        assert integrity == b64encode(sha384(client.get(address).data).digest()).decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page.text)


def test_files_with_a_digest_are_kept_and_travel_packed(client: Client) -> None:
    address = re.search(r'href="(/a/static/app.css[^"]+)"', client.get("/a/").text)[1]
    whole, packed = client.get(address), client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(whole.data) / 3
    assert client.get("/a/static/hooks.py").status_code == 404
    assert client.get("/a/static/%2e%2e%2fhooks.py").status_code == 404


def test_only_a_second_host_lets_the_members_pages_read(tmp_path: Path, client: Client) -> None:
    here = client.options("/a/api/me", headers={"Origin": "http://localhost"})
    assert here.status_code == 405
    assert "Access-Control-Allow-Origin" not in here.headers
    there = Client(make_app(tmp_path / "there", plugins={"anonymity": hooks}, **ELSEWHERE), use_cookies=False)
    asked = there.options("/a/api/me", headers={"Origin": "https://watch.example"})
    assert asked.status_code == 204
    assert "Anon-Credential" in asked.headers["Access-Control-Allow-Headers"]
    for answer in (asked, there.get("/a/api/me", headers={"Origin": "https://evil.example"})):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://watch.example"
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert there.get("/a/").headers["Strict-Transport-Security"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"unlinkable_url": "/b"},
        {"unlinkable_url": "https://anon.example"},
        {"unlinkable_database_url": "postgresql://x/y"},
        {"unlinkable_database_url": "sqlite:///relative"},
        {"crowd_least": 1},
    ],
)
def test_a_wrong_line_stops_the_start_and_says_what_was_expected(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"anonymity\.\w+: expected"):
        make_app(tmp_path, plugins={"anonymity": hooks}, anonymity=wrong)


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'side'}")
    with store.writing() as db:
        db.connection().exec_driver_sql(f"PRAGMA user_version = {VERSION + 1}")
    store.close()
    with pytest.raises(WrongVersion, match="move the file away"):
        Store(f"sqlite:///{tmp_path / 'side'}").prepare()


def test_a_process_of_its_own_that_cannot_start_says_why_on_one_line(tmp_path: Path) -> None:
    nowhere = CliRunner().invoke(cli.main, ["anonymity", "serve", "--data", str(tmp_path / "none")])
    assert nowhere.exit_code == CANNOT_START
    assert "boroughwatch init" in nowhere.output
    make_app(tmp_path)
    (tmp_path / FILE_NAME).unlink(missing_ok=True)
    store = Store(f"sqlite:///{tmp_path / FILE_NAME}")
    with store.writing() as side:
        side.connection().exec_driver_sql("PRAGMA user_version = 99")
    store.close()
    old = CliRunner().invoke(cli.main, ["anonymity", "serve", "--data", str(tmp_path)])
    assert old.exit_code == CANNOT_START
    assert "move the file away" in old.output
    with socket.create_server(("127.0.0.1", 0)) as taken:
        (tmp_path / FILE_NAME).unlink()
        port = str(taken.getsockname()[1])
        busy = CliRunner().invoke(cli.main, ["anonymity", "serve", "--data", str(tmp_path), "--port", port])
        assert busy.exit_code == 1
        assert "Cannot listen" in busy.output


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def ask(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
    finally:
        connection.close()


def send(port: int, robin: Any, post_id: str) -> int:
    body = f'{{"id": "{post_id}", "title": "Vans", "text": "x", "category": "crime", "wards": ["{BOROUGH}"]}}'.encode()
    headers = {**robin.headers("POST", "/a/api/threads", body), "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("POST", "/a/api/threads", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def opened_by(group: int) -> set[str]:
    """Return the names of files that the processes of a session hold open."""
    found = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if os.getsid(int(folder.name)) == group:
                found |= {Path(os.readlink(file)).name for file in (folder / "fd").iterdir()}
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="no /proc to look at open files")
def test_the_process_of_its_own_opens_neither_the_main_database_nor_the_secret(
    tmp_path: Path, keys: dict[str, RSAPrivateKey], voice: Any
) -> None:
    make_app(tmp_path)
    (tmp_path / "secret.key").unlink()
    epoch, key = epochs.epoch_of(now()), keys[BOROUGH]
    store = Store(f"sqlite:///{tmp_path / FILE_NAME}")
    with store.writing() as side:
        copying.take_over(
            side, [WeekKey(epoch, BOROUGH, blind_rsa.spki(key), 60)], (WardRow(BOROUGH, "Here", "borough"),)
        )
    robin = voice(epoch, BOROUGH).get_signed(blind_rsa.spki(key), lambda blinded: blind_rsa.blind_sign(key, blinded))
    port = free_port()
    command = [sys.executable, "-P", "-m", "core.cli", "anonymity", "serve", "--data", str(tmp_path)]
    child = subprocess.Popen([*command, "--port", str(port)], start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                status, headers, text = ask(port, "/a/")
                break
            except OSError:
                assert child.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.2)
        assert status == 200
        assert "set-cookie" not in headers
        assert "JavaScript" in text
        assert ask(port, "/")[0] == 404
        assert ask(port, "/sign-in")[0] == 404
        assert ask(port, "/a/api/me")[0] == 401
        assert ask(port, "/a/", Cookie="a=b")[0] == 400
        path = f"/a/api/threads?ward={BOROUGH}"
        assert ask(port, path, **robin.headers("GET", path))[0] == 200
        assert send(port, robin, "d" * 32) == 202
        with store.reading() as side:
            assert side.get(Sent, "d" * 32).state == "waiting"
        held = opened_by(child.pid)
        assert not {name for name in held if name.startswith(("boroughwatch.db", "secret"))}
    finally:
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(20)
