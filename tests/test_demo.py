"""`boroughwatch demo` as a person meets it: two boroughs start, know each other, are filled, and stop cleanly."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import demo, demo_boroughs, totp

COMMAND = Path(sys.executable).parent / "boroughwatch"
PATIENCE_SECONDS = 120
NEED_A_FACTOR = ("admin", "admin2", "reviewer", "reviewer2", "custodian", "custodian2")


def _free_port() -> int:
    """Return a port whose neighbour is free as well."""
    for _try in range(50):
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = int(first.getsockname()[1])
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
    raise AssertionError("no two ports side by side are free")


def _get(url: str, token: str | None = None) -> tuple[int, str]:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read().decode()


class Running:
    """A demonstration in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_port()
        self.log = folder.parent / "terminal.txt"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("BOROUGHWATCH_")}
        with self.log.open("wb") as out:
            arguments = [COMMAND, "demo", "--data", str(folder), "--port", str(self.port)]
            self.process = subprocess.Popen(arguments, stdout=out, stderr=out, env=environment)

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def wait_for(self, words: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in self.text():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.2)

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def url(self, place: int) -> str:
        return f"http://127.0.0.1:{self.port + place}"

    def token(self, slug: str, name: str, *scopes: str) -> str:
        wanted = [part for scope in scopes for part in ("--scope", scope)]
        done = subprocess.run(
            [COMMAND, "token", "create", f"{name}@{slug}.example", *wanted, "--data", str(self.folder / slug)],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    found = Running(tmp_path_factory.mktemp("demo") / "data")
    try:
        found.wait_for("Ctrl-C stops both")
        yield found
    finally:
        if found.process.poll() is None:
            found.stop()


def test_demo_lists_an_address_and_a_sign_in_for_each_role(running: Running) -> None:
    said = running.text()
    for place, (slug, code) in enumerate(demo_boroughs.PLACES):
        assert running.url(place) in said
        assert code in (running.folder / slug / "boroughwatch.toml").read_text()
        for name in demo_boroughs.ROLES:
            assert re.search(rf"{name}@{slug}\.example\s*│\s*[a-z2-9]{{4}}-[a-z2-9]{{4}}-[a-z2-9]{{4}}", said)


def test_demo_passwords_are_kept_only_as_hashes(running: Running) -> None:
    passwords = re.findall(r"│ ([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}) ", running.text())
    assert len(passwords) == 2 * len(demo_boroughs.ROLES)
    assert len(set(passwords)) == len(passwords)
    for path in running.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [password for password in passwords if password.encode() in content], path.name


def test_O2_demo_prints_a_second_factor_for_those_who_need_one_and_keeps_it_sealed(running: Running) -> None:
    secrets = dict(re.findall(r"second factor of (\S+): ([A-Z2-7]{32})\n", running.text()))
    wanted = {f"{name}@{slug}.example" for name in NEED_A_FACTOR for slug, _code in demo_boroughs.PLACES}
    assert set(secrets) == wanted
    assert len(set(secrets.values())) == len(secrets)
    for path in running.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [secret for secret in secrets.values() if secret.encode() in content], path.name


def test_O2_demo_admin_signs_in_with_password_and_code(running: Running) -> None:
    said = running.text()
    email = "admin@hackney.example"
    password = re.search(rf"{email}\s*│\s*(\S+)", said)
    secret = re.search(rf"second factor of {email}: (\S+)", said)
    assert password
    assert secret
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def send(path: str, **fields: str) -> str:
        page = browser.open(f"{running.url(1)}{path}", timeout=20).read().decode()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token
        data = urllib.parse.urlencode({"csrf_token": token.group(1), **fields}).encode()
        answer = browser.open(f"{running.url(1)}{path}", data, timeout=20)
        return str(answer.geturl())

    assert send("/sign-in", email=email, password=password.group(1)).endswith(f"{totp.PATH}/code")
    assert send(f"{totp.PATH}/code", code=totp.code_at(secret.group(1), time.time())) == f"{running.url(1)}/"
    assert browser.open(f"{running.url(1)}/admin", timeout=20).geturl() == f"{running.url(1)}/admin"


def test_demo_answers_on_both_addresses(running: Running) -> None:
    for place in (0, 1):
        assert _get(f"{running.url(place)}/healthz")[0] == 200
        assert _get(f"{running.url(place)}/readyz")[0] == 200
        assert "not the police or the council" in _get(f"{running.url(place)}/")[1]


def test_demo_neighbours_are_verified_by_the_same_words(running: Running) -> None:
    assert re.search(r"both heard the same: (\w+ ){5}\w+\n", running.text())
    for slug, _code in demo_boroughs.PLACES:
        done = subprocess.run(
            [COMMAND, "federation", "peers", "--json", "--data", str(running.folder / slug)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert [peer["state"] for peer in json.loads(done.stdout)] == ["verified"]


def test_demo_content_is_there_and_the_alert_crossed_the_border(running: Running) -> None:
    token = running.token("hackney", "verified", "read")
    threads = json.loads(_get(f"{running.url(1)}/api/v1/threads", token)[1])["items"]
    assert len(threads) >= 4
    deadline = time.monotonic() + PATIENCE_SECONDS
    origins: set[str] = set()
    while len(origins) < 2 and time.monotonic() < deadline:
        alerts = json.loads(_get(f"{running.url(1)}/api/v1/alerts", token)[1])["items"]
        origins = {str(alert["origin"]) for alert in alerts if alert["status"] == "active"}
        time.sleep(0.3)
    assert len(origins) == 2, "Hackney's own alert and that of Tower Hamlets"


def test_demo_tells_of_each_mail_with_its_file(running: Running) -> None:
    running.wait_for("Mail to ")
    line = next(line for line in running.text().splitlines() if line.startswith("Mail to "))
    path = Path(line.rpartition("(")[2].rstrip(")"))
    assert path.read_bytes().startswith(b"From: ")


def test_demo_stops_with_0_keeps_its_data_and_frees_its_ports(running: Running) -> None:
    assert running.stop(signal.SIGTERM) == 0
    assert "Both boroughs have stopped." in running.text()
    for place in (0, 1):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", running.port + place)) != 0
    assert (running.folder / "hackney" / demo_boroughs.FILLED).exists()


def test_demo_says_when_a_port_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(demo_boroughs.DemoError, match=f"Port {port} is in use"):
            demo._check_port(demo_boroughs.Borough("here", "E09000030", tmp_path, port))


def test_demo_data_belongs_to_the_port_it_was_made_for(tmp_path: Path) -> None:
    made = demo_boroughs.boroughs(tmp_path, 8000)[0]
    demo_boroughs.open_borough(made)
    moved = demo_boroughs.boroughs(tmp_path, 9000)[0]
    with pytest.raises(demo_boroughs.DemoError, match="Use the port it was made with"):
        demo_boroughs.open_borough(moved)


def test_demo_goes_on_while_one_borough_is_away(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    places = demo_boroughs.boroughs(tmp_path, 8000)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    ended: set[str] = set()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stays:
        demo._tell_of_ends(places, [stays, gone], ended)
        demo._tell_of_ends(places, [stays, gone], ended)
        stays.communicate(b"\n")
    said = capsys.readouterr().out
    assert said.count("hackney has stopped") == 1
    assert f"serve --data {places[1].folder} --port 8001" in said
    with pytest.raises(demo_boroughs.DemoError, match="Both boroughs have stopped"):
        demo._tell_of_ends(places, [stays, gone], ended)
