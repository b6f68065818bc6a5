"""Moderators of two wards, and the services as they call them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from core import permissions
from core.contributions import Viewer
from core.database import now
from core.testing import make_member
from plugins.ward_boards.moderation import reports, services
from plugins.ward_boards.moderation.cases import Ruling

BOW_WEST, STEPNEY = "E05009320", "E05009334"


@pytest.fixture
def second(app: Any) -> str:
    """Return Bow West's coordinator."""
    return make_member(app, "Second", roles=[("coordinator", BOW_WEST)])


@pytest.fixture
def elsewhere(app: Any) -> str:
    """Return Stepney Green's officer."""
    return make_member(app, "Elsewhere", roles=[("officer", STEPNEY)])


@pytest.fixture
def as_viewer(looking: Any) -> Callable[[str], Viewer]:
    """Return a function that gives a member as the one who asks."""

    def find(member_id: str) -> Viewer:
        with looking() as db:
            return permissions.viewer_of(db, member_id)

    return find


@pytest.fixture
def report(writing: Any) -> Callable[..., None]:
    """Return a function by which a member reports a post."""

    def send(member_id: str, post_id: str, reason: str = "unkind", note: str = "", at: datetime | None = None) -> None:
        with writing() as db:
            reports.flag(db, member_id, post_id, reason=reason, note=note, now=at or now())

    return send


@pytest.fixture
def act(writing: Any) -> Callable[..., str]:
    """Return a function by which a moderator decides about a post."""

    def decide(member_id: str, post_id: str, verb: str, at: datetime | None = None, **ruling: str) -> str:
        with writing() as db:
            viewer = permissions.viewer_of(db, member_id)
            values = {"reason": "exposes"} | ruling
            return services.act(db, viewer, post_id, verb, Ruling(**values), now=at or now())

    return decide
