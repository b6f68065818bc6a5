"""Alerts between real instances: sent, replaced, called back, and none of them lost or doubled."""

from __future__ import annotations

from typing import Any

import pytest

from core import testing
from core.events import RemoteAlertReceived


@pytest.fixture
def make(request: pytest.FixtureRequest) -> Any:
    """The helpers of this folder's conftest, which no test can import by name."""
    return request.config.pluginmanager


def test_F1_an_alert_appears_at_the_neighbour_with_its_origin(pair: Any, snapshot: Any) -> None:
    with testing.capture_events() as events:
        pair.th.issue(snapshot())
        pair.th.work()
    assert pair.hk.remote() == [("Mopeds and phones", 1, "active", snapshot().alert_id)]
    assert pair.th.deliveries() == [(1, "Create", "acknowledged", "accepted")]
    received = [event for event in events if isinstance(event, RemoteAlertReceived)]
    assert [(event.origin_name, event.alert.headline, event.alert.audience) for event in received] == [
        ("Tower Hamlets", "Mopeds and phones", "borough")
    ]
    assert received[0].origin == pair.hk.peer_id(pair.th)
