"""A sender that is killed at any moment, in a process of its own: nothing lost, nothing shown twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from core import testing
from core.database import now, transaction
from core.events import RemoteAlertReceived
from federation.models import Peer

SENDER = """
import sys
from core.app import create_app
from core.database import now
from federation import delivery
app = create_app(sys.argv[1])
with app.app_context():
    while True:
        delivery.deliver(now())
"""


def sender_of(borough: Any) -> subprocess.Popen[bytes]:
    settings = {
        "BOROUGHWATCH_PUBLIC_URL": borough.url,
        "BOROUGHWATCH_PLUGINS": "federation",
        "BOROUGHWATCH_REQUIRE_HTTPS": "false",
        "BOROUGHWATCH_ALLOW_PRIVATE_ADDRESSES": "true",
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-c", SENDER, str(borough.folder)],
        env={**os.environ, **settings},
    )


def test_F12_kill_9_in_the_middle_loses_nothing_and_shows_nothing_twice(pair: Any, snapshot: Any) -> None:
    ids = [f"{place:032x}" for place in range(160)]
    for alert_id in ids:
        pair.th.issue(snapshot(alert_id=alert_id, headline=f"Alert {alert_id[-3:]}"))
    with pair.th.app.app_context():
        testing.event_log.dispatch()
    kills = 0
    with testing.capture_events() as events:
        while len(pair.hk.remote()) < len(ids) and kills < 8:
            there = len(pair.hk.remote())
            sender = sender_of(pair.th)
            until = time.monotonic() + 60
            while len(pair.hk.remote()) == there and time.monotonic() < until:
                time.sleep(0.001)
            sender.kill()  # a batch has just been taken in; its answer may not be written down yet
            sender.wait()
            kills += 1
            with pair.th.app.app_context(), transaction() as db:  # the dead sender's lease has run out
                db.execute(sa.update(Peer).values(lease_until=now() - timedelta(seconds=1), next_at=now()))
        pair.th.work()
    assert kills > 1
    assert {row[2] for row in pair.th.deliveries()} == {"acknowledged"}
    heard = [event.alert.alert_id for event in events if isinstance(event, RemoteAlertReceived)]
    assert heard == ids  # each once, in order
    assert len(pair.hk.remote()) == len(ids)
