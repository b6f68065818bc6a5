"""An ActivityPub server that nobody here wrote (Fedify, from npm) follows, and judges what it gets."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from core.database import now
from federation import proofs
from federation.public.keys import from_multibase

FOLDER = Path(__file__).resolve().parent.parent / "fedify"
INSTALL_SECONDS = 150


@pytest.fixture(scope="module")
def packages() -> Path:
    """Install Fedify once into a folder outside the repository; skip where node or the registry is missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node or npm is not installed, so Fedify cannot be asked")
    mark = hashlib.sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()[:12]
    kept = Path(tempfile.gettempdir()) / f"boroughwatch-fedify-{mark}"
    if not (kept / "node_modules" / "@fedify" / "fedify").is_dir():
        fresh = Path(tempfile.mkdtemp(prefix="boroughwatch-fedify-"))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(FOLDER / name, fresh / name)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(command, cwd=fresh, check=True, capture_output=True, timeout=INSTALL_SECONDS)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
            shutil.rmtree(fresh, ignore_errors=True)
            pytest.skip(f"npm could not install Fedify ({type(problem).__name__}); is the registry reachable?")
        try:
            fresh.rename(kept)
        except OSError:  # another run was quicker
            shutil.rmtree(fresh, ignore_errors=True)
    return kept


@dataclass
class Fedify:
    """The running server."""

    url: str

    def ask(self, what: str, **details: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/control/{what}", json=details, timeout=30)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def judgements(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("judgements")["judgements"]
        return found

    def accepted(self) -> list[str]:
        return [each["type"] for each in self.ask("judgements")["received"]]


@pytest.fixture
def fedify(packages: Path, tmp_path: Path) -> Iterator[Fedify]:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    shutil.copy(FOLDER / "server.mjs", packages / "server.mjs")
    node = shutil.which("node")
    assert node is not None
    with (tmp_path / "fedify.log").open("wb") as log:
        running = subprocess.Popen(
            [node, "server.mjs", str(port)], cwd=packages, stdout=log, stderr=log, env={"PATH": "/usr/bin:/bin"}
        )
        found = Fedify(f"http://127.0.0.1:{port}")
        try:
            until = time.monotonic() + 30
            while True:
                try:
                    requests.get(found.url, timeout=5)
                    break
                except requests.ConnectionError:
                    assert running.poll() is None, (tmp_path / "fedify.log").read_text()
                    assert time.monotonic() < until, "Fedify did not start"
                    time.sleep(0.1)
            yield found
        finally:
            running.terminate()
            running.wait(timeout=10)


def test_a_server_nobody_here_wrote_follows_and_gets_what_is_for_everybody_and_nothing_else(
    site: Any, fedify: Any, snapshot: Any, tables: Any
) -> None:
    found = fedify.ask("find", actor=site.actor)
    assert (found["subject"], found["kind"]) == (f"acct:alerts@127.0.0.1:{site.borough.port}", "Service")
    assert (found["outboxTotal"], found["followersTotal"]) == (0, 0)

    fedify.ask("follow", actor=site.actor, way="rfc9421")  # fails when we do not accept its signature
    [follower] = site.rows(tables.Follower)
    assert (follower.actor_id, follower.inbox) == (f"{fedify.url}/users/reader", f"{fedify.url}/inbox")
    site.work()
    everybody = {"alert_id": "a" * 32, "audience": "public"}
    site.issue(snapshot(**everybody))
    site.issue(snapshot(alert_id="b" * 32, headline="Not for you", audience="all_verified"))
    fedify.ask("old")  # from here on it refuses RFC 9421
    site.issue(snapshot(2, **everybody, headline="Mopeds only"))
    site.issue(snapshot(3, **everybody, state="cancelled", note="It is over."))
    site.change(tables.PublicNote, ends_at=now() - timedelta(seconds=1))
    site.work()

    judged = fedify.judgements()
    assert [each["type"] for each in judged] == ["Accept", "Create", "Update", "Update", "Delete"]
    assert fedify.accepted() == ["Accept", "Create", "Update", "Update", "Delete"]
    assert {each["signedBy"] for each in judged} == {f"{site.actor}#main-key"}
    assert [each["isRfc9421"] for each in judged] == [True, True, False, False, False]
    assert [each["isProved"] for each in judged] == [False, True, True, True, True]
    assert not any(each["isForgeryProved"] for each in judged)
    assert "Not for you" not in str(judged)
    assert "CANCELLED: It is over." in judged[3]["content"]["object"]["content"]

    theirs = fedify.ask("sign", actor=site.actor)
    proofs.check_proof(theirs["signed"], from_multibase(theirs["multibase"]))

    assert site.get("/actors/alerts/followers").json()["totalItems"] == 1
    fedify.ask("unfollow", actor=site.actor, way="cavage")
    assert site.rows(tables.Follower) == []
