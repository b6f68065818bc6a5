"""Real instances side by side: each its own app, database, key file and HTTP server on this machine."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from core import event_log, jobs, testing
from core.database import now, reading, transaction
from core.events import AlertIssued, AlertSnapshot, AlertWithdrawn
from federation import audience, calls, ceremony, identity, packets, peers
from federation.models import Delivery, Peer, RemoteAlert

HACKNEY, NEWHAM, TOWER_HAMLETS = "E09000012", "E09000025", "E09000030"
logging.getLogger("werkzeug").setLevel(logging.ERROR)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Borough:
    """One running instance."""

    folder: Path
    code: str
    port: int = field(default_factory=free_port)
    plugins: tuple[str, ...] = ("federation",)
    shows: str = "all"  # the quarantine has tests of its own; here what is sent is to be seen
    floor: str = "none"
    more: dict[str, Any] = field(default_factory=dict)
    app: Flask = field(init=False)
    server: BaseWSGIServer | None = None

    def __post_init__(self) -> None:
        self.build()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def build(self) -> None:
        """Make the app anew over the same folder, as a restart does."""
        self.app = testing.make_app(
            self.folder,
            self.plugins,
            borough=self.code,
            public_url=self.url,
            federation={
                "first_pause_seconds": 1,
                "requests_per_minute": 10_000,
                "show_by_itself": self.shows,
                "lowest_assurance": self.floor,
            },
            **self.more,
        )

    def start(self) -> None:
        self.server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def restart(self) -> None:
        self.stop()
        self.build()
        self.start()

    def work(self, *, impatient: bool = True) -> None:
        """Do what the worker does; `impatient` forgets the pauses, as a retry by an admin would."""
        with self.app.app_context():
            if impatient:
                with transaction() as db:
                    db.execute(sa.update(Peer).values(next_at=now() - timedelta(seconds=1)))
            jobs.make_due("federation.deliver")
        testing.work(self.app)

    def issue(self, alert: AlertSnapshot) -> None:
        kind = AlertWithdrawn if alert.state == "cancelled" else AlertIssued
        with self.app.app_context(), transaction() as db:
            event_log.append(db, kind(alert=alert))

    def peer_id(self, other: Borough) -> str:
        with self.app.app_context(), reading() as db:
            return db.scalars(sa.select(Peer.id).where(Peer.base_url == other.url)).one()

    def state_of(self, other: Borough) -> str:
        with self.app.app_context(), reading() as db:
            return db.scalars(sa.select(Peer.state).where(Peer.base_url == other.url)).one()

    def words_for(self, other: Borough) -> str:
        with self.app.app_context(), reading() as db:
            return peers.number_of(db.scalars(sa.select(Peer).where(Peer.base_url == other.url)).one()).phrase

    def remote(self) -> list[tuple[str, int, str, str]]:
        """(headline, revision, state, alert id) of what neighbours have sent."""
        with self.app.app_context(), reading() as db:
            columns = (RemoteAlert.snapshot, RemoteAlert.revision, RemoteAlert.state, RemoteAlert.alert_id)
            rows = db.execute(sa.select(*columns))
            return [(audience.unpacked(r.snapshot).headline, r.revision, r.state, r.alert_id) for r in rows]

    def deliveries(self) -> list[tuple[int, str, str, str | None]]:
        """(revision, kind, state, outcome) in order."""
        with self.app.app_context(), reading() as db:
            columns = (Delivery.revision, Delivery.kind, Delivery.state, Delivery.outcome)
            return [tuple(row) for row in db.execute(sa.select(*columns).order_by(Delivery.sequence))]  # type: ignore[misc]

    def say(self, other: Borough, path: str, payload: Any, method: str = "POST") -> calls.Reply:
        """Ask a neighbour something, signed as this instance signs."""
        with self.app.app_context():
            with reading() as db:
                peer = db.scalars(sa.select(Peer).where(Peer.base_url == other.url)).one()
            with calls.transport() as way:
                return calls.call(ceremony.line_to(peer), method, path, payload, way)

    def activity(self, alert: AlertSnapshot, other: Borough, kind: str = "Create") -> dict[str, Any]:
        """The signed activity this instance would send for an alert."""
        with self.app.app_context():
            item = packets.Item("x", alert.alert_id, alert.revision, kind, audience.packed(alert))
            return packets.packed(item, other.url, identity.own_keys().active).activity


def make_snapshot(revision: int = 1, **changes: Any) -> AlertSnapshot:
    moment = now().replace(microsecond=0)
    plain = AlertSnapshot(
        alert_id="0123456789abcdef0123456789abcdef",
        revision=revision,
        state="active",
        headline="Mopeds and phones",
        description="Two riders take phones near the canal.\n\nThey come from the north.",
        instruction="Keep your phone in your pocket near the canal.",
        category="Security",
        event="Theft from the person",
        severity="Moderate",
        urgency="Expected",
        certainty="Likely",
        areas=("E05009320",),
        onset=moment,
        sent=moment,
        expires=moment + timedelta(days=2),
        audience="all_verified",
    )
    return replace(plain, **changes)


def make_neighbours(one: Borough, other: Borough) -> None:
    """Run the real ceremony between two running instances."""
    with one.app.app_context():
        ceremony.propose(other.url, "Telephone me.", None)
    with other.app.app_context():
        ceremony.accept(other.peer_id(one), None)
    words = one.words_for(other)
    assert words == other.words_for(one)
    for here, there in ((one, other), (other, one)):
        with here.app.app_context():
            assert ceremony.confirm(here.peer_id(there), words, None).problem is None
    assert (one.state_of(other), other.state_of(one)) == ("verified", "verified")


@pytest.fixture
def borough(tmp_path: Path) -> Iterator[Callable[..., Borough]]:
    running: list[Borough] = []

    def make(code: str, *, start: bool = True, **more: Any) -> Borough:
        found = Borough(tmp_path / f"{code}-{len(running)}", code, **more)
        running.append(found)
        if start:
            found.start()
        return found

    yield make
    for instance in running:
        instance.stop()


@dataclass
class Pair:
    """Two verified neighbours."""

    th: Borough
    hk: Borough


@pytest.fixture
def pair(borough: Callable[..., Borough]) -> Pair:
    found = Pair(borough(TOWER_HAMLETS), borough(HACKNEY))
    make_neighbours(found.th, found.hk)
    return found


@pytest.fixture
def snapshot() -> Callable[..., AlertSnapshot]:
    """Make an alert as ward boards hand it over."""
    return make_snapshot


@pytest.fixture
def befriend() -> Callable[[Borough, Borough], None]:
    """Run the whole ceremony between two running instances."""
    return make_neighbours


class Codes:
    """GSS codes of the boroughs in these tests."""

    HACKNEY, NEWHAM, TOWER_HAMLETS = HACKNEY, NEWHAM, TOWER_HAMLETS
    HACKNEY_WARD = "E05009367"


@pytest.fixture
def codes() -> type[Codes]:
    return Codes


@pytest.fixture(scope="session")
def parts() -> tuple[type[Borough], Callable[[Borough, Borough], None], type[Pair]]:
    """What a room needs to keep two instances running over several tests."""
    return Borough, make_neighbours, Pair
