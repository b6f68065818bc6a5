"""A borough with officers, neighbours and a session to book."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import permissions
from core.database import now, reading, transaction
from core.testing import make_app, make_member, sign_in

BOROUGH = "E09000030"
BOW_WEST = "E05009320"
MILE_END = "E05009327"
WHITECHAPEL = "E05009336"


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    return make_app(tmp_path, plugins=["police_links"])


@pytest.fixture
def visitor(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def client_of(app: Flask) -> Callable[..., FlaskClient]:
    """Return a signed-in client of a fresh member: `client_of(ward=…, roles=…)`."""

    def make(alias: str | None = None, **kind: Any) -> FlaskClient:
        client = app.test_client()
        client.member_id = make_member(app, alias, **kind)
        sign_in(client, client.member_id)
        return client

    return make


@pytest.fixture
def officer(client_of: Callable[..., FlaskClient]) -> FlaskClient:
    return client_of("Ward officer", roles=[("officer", BOW_WEST)])


@pytest.fixture
def neighbour(client_of: Callable[..., FlaskClient]) -> FlaskClient:
    return client_of("Quiet Heron", ward=BOW_WEST)


@pytest.fixture
def publish(app: Flask) -> Callable[..., str]:
    """Return a maker of sessions: `publish(capacity=2, starts_at=…)` gives the id."""
    from plugins.police_links import contact_sessions

    officer_id = make_member(app, "Borough officer", roles=["officer"])

    def make(ward: str = BOW_WEST, **parts: Any) -> str:
        starts = parts.pop("starts_at", None) or now() + timedelta(days=7)
        plan = contact_sessions.Plan(
            ward_code=ward,
            title=parts.get("title", "Talk to your ward officers"),
            place=parts.get("place", "Idea Store"),
            details=parts.get("details", ""),
            starts_at=starts,
            ends_at=parts.get("ends_at") or starts + timedelta(hours=1),
            capacity=parts.get("capacity", 12),
        )
        with app.test_request_context(), transaction() as db:
            return contact_sessions.publish(db, permissions.viewer_of(db, officer_id), plan, now())

    return make


@pytest.fixture
def booked(app: Flask) -> Callable[[str], int]:
    """Return how many places of a session are taken."""
    from plugins.police_links import queries

    def count(session_id: str) -> int:
        with app.app_context(), reading() as db:
            row = queries.session_row(db, session_id)
            assert row is not None
            return row.booked

    return count


def local_field(moment: datetime) -> str:
    """Write a moment as a browser sends it from an input of type datetime-local, in London."""
    from zoneinfo import ZoneInfo

    return moment.astimezone(ZoneInfo("Europe/London")).strftime("%Y-%m-%dT%H:%M")


def in_days(days: float) -> datetime:
    return datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=days)
