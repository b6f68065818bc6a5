"""The demonstration: two neighbouring boroughs on this machine, with made people, until Ctrl-C."""

from __future__ import annotations

import email
import email.policy
import os
import shlex
import signal
import socket
import subprocess  # nosec B404  # runs our own commands only
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

import click
from flask import Flask
from rich.console import Console
from rich.table import Table

from core import demo_boroughs, server, wards
from core.commands import fail
from core.demo_boroughs import HOST, Borough, DemoError, SignIn

READY_SECONDS = 60
STOP_SECONDS = 25
MEETING_ROUNDS = 5
LOOK_SECONDS = 0.3


class Stopped(Exception):
    """Somebody asked the demonstration to end."""


def run(data_dir: Path | None, port: int) -> None:
    """Serve both boroughs until SIGINT or SIGTERM; without `data_dir` what was made is deleted at the end."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _on_signal)
    try:
        if data_dir is not None:
            _run_in(data_dir, port)
            return
        with tempfile.TemporaryDirectory(prefix="boroughwatch-demo-", ignore_cleanup_errors=True) as folder:
            _run_in(Path(folder), port)
    except Stopped:
        click.echo("Stopped before it was ready.")
    except DemoError as problem:
        fail(str(problem))


def _on_signal(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _run_in(folder: Path, port: int) -> None:
    places = demo_boroughs.boroughs(folder.absolute(), port)
    for place in places:
        _check_port(place)
    click.echo("Making two boroughs. The first time this takes about half a minute.")
    apps = [demo_boroughs.open_borough(place) for place in places]
    sign_ins = []
    for app, place in zip(apps, places, strict=True):
        with app.app_context():
            sign_ins.append(demo_boroughs.people(place))
    servers: list[subprocess.Popen[bytes]] = []
    try:
        servers.extend(_serve(place) for place in places)
        for place, process in zip(places, servers, strict=True):
            _wait_until_ready(place, process)
        post = Post(places)
        _introduce(apps, places)
        _fill(apps, places)
        _print_all(places, sign_ins)
        ended: set[str] = set()
        while True:
            post.announce()
            _tell_of_ends(places, servers, ended)
            time.sleep(LOOK_SECONDS)
    except Stopped:
        click.echo("\nStopping both boroughs ...")
    finally:
        _stop(servers)
    click.echo("Both boroughs have stopped.")


def _check_port(place: Borough) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, place.port))
        except OSError:
            raise DemoError(
                f"Port {place.port} is in use on this machine. Stop what uses it, or choose others with --port N."
            ) from None


def _serve(place: Borough) -> subprocess.Popen[bytes]:
    arguments = server.command("serve", "--data", str(place.folder), "--host", HOST, "--port", str(place.port))
    log = (place.folder / "server.log").open("ab")
    with log:
        # A session of its own: Ctrl-C reaches this process only, which then stops both in order.
        return subprocess.Popen(arguments, start_new_session=True, stdout=log, stderr=log)  # noqa: S603  # nosec B603  # our own command


def _wait_until_ready(place: Borough, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(f"{place.url}/readyz", timeout=5):  # noqa: S310  # nosec B310  # our own server on loopback
            return
        time.sleep(0.1)
    raise DemoError(f"{place.slug} did not start. What it said is in {place.folder / 'server.log'}.")


def _tell_of_ends(places: Sequence[Borough], servers: Sequence[subprocess.Popen[bytes]], ended: set[str]) -> None:
    """Say once that a borough has stopped: the other goes on, as it would when its neighbour is away."""
    for place, process in zip(places, servers, strict=True):
        if process.poll() is not None and place.slug not in ended:
            ended.add(place.slug)
            click.echo(
                f"{place.slug} has stopped. What it said is in {place.folder / 'server.log'}. Start it again with: "
                f"boroughwatch serve --data {shlex.quote(str(place.folder))} --port {place.port}"
            )
    if len(ended) == len(places):
        raise DemoError("Both boroughs have stopped, so the demonstration ends.")


def _introduce(apps: Sequence[Flask], places: Sequence[Borough]) -> None:
    """Let the two admins meet and compare words, as they would on the telephone; harmless when they have."""
    pairs = [(apps[0], places[1].url), (apps[1], places[0].url)]
    for _round in range(MEETING_ROUNDS):
        heard = []
        for app, url in pairs:
            with app.app_context():
                heard.append(demo_boroughs.meet(url))
        if heard[0] and heard[0] == heard[1]:
            break
        time.sleep(0.5)
    else:
        return
    words = heard[0]
    for app, url in pairs:
        with app.app_context():
            demo_boroughs.confirm(url, words)
    click.echo(f"The two admins compared these words, and both heard the same: {words}")


def _fill(apps: Sequence[Flask], places: Sequence[Borough]) -> None:
    for app, place in zip(apps, places, strict=True):
        with app.app_context():
            for sentence in demo_boroughs.fill(place):
                click.echo(f"{app.extensions['boroughwatch'].config.borough_name}: {sentence}")


def _print_all(places: Sequence[Borough], sign_ins: Sequence[Sequence[SignIn]]) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=120)
    for place, people in zip(places, sign_ins, strict=True):
        console.print()
        console.print(_table(place, people))
        for person in people:
            if person.secret:
                console.print(f"  second factor of {person.email}: {person.secret}", soft_wrap=True, highlight=False)
    console.print()
    console.print(
        "Admins, reviewers and custodians also type a code. Put the secret into any authenticator app, "
        "or ask 'oathtool --totp --base32 SECRET' for the code."
    )
    console.print()
    for place in places:
        console.print(f"{place.url}   data: {place.folder}", soft_wrap=True, highlight=False)
    console.print("All this works until the next start. Mails are listed here as they are sent. Ctrl-C stops both.")


def _table(place: Borough, people: Sequence[SignIn]) -> Table:
    table = Table(
        title=f"{wards.borough_name(place.code)}: {place.url}/sign-in", title_justify="left", title_style="bold"
    )
    for heading in ("Role", "E-mail", "Password", "Alias", "Home ward"):
        table.add_column(heading, no_wrap=True)
    for person in people:
        table.add_row(person.name, person.email, person.password, person.alias, person.home_ward or "not verified yet")
    return table


def _stop(servers: Sequence[subprocess.Popen[bytes]]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave servers behind
    for process in servers:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    for process in servers:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _kill_session(process)


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


class Post:
    """Watches the folders in which mails are kept, and says in one line what was sent."""

    def __init__(self, places: Sequence[Borough]) -> None:
        """Remember what is there already; only later mails are announced."""
        self._folders = [place.folder / "mail" for place in places]
        self._seen = set(self._files())

    def _files(self) -> list[Path]:
        return [path for folder in self._folders if folder.is_dir() for path in sorted(folder.glob("*.eml"))]

    def announce(self) -> None:
        """Print a line for each mail that is new."""
        for path in self._files():
            if path not in self._seen:
                self._seen.add(path)
                message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                click.echo(f"Mail to {message['To']}: {message['Subject']} ({path})")
