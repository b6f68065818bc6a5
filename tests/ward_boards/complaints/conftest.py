"""Notices about posts, and the people of `tests/ward_boards`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from core import permissions
from core.database import now
from core.testing import make_member
from plugins.ward_boards.complaints import papers, services

BOW_WEST, STEPNEY = "E05009320", "E05009334"
PAPER = papers.Notice(
    name="Alex Example",
    email="alex@mail.example",
    place="/threads/x#post-1",
    words="Alex takes bikes",
    why="My neighbours avoid me.",
    meaning="That I am a thief.",
    wrong="I never took a bike.",
)


@pytest.fixture
def coordinator(app: Any) -> str:
    """Return the coordinator of Bow West."""
    return make_member(app, "Coordinator", roles=[("coordinator", BOW_WEST)])


@pytest.fixture
def admin(app: Any) -> str:
    """Return an admin."""
    return make_member(app, "Admin", roles=["admin"])


@pytest.fixture
def complain(writing: Any) -> Callable[..., str]:
    """Return a function that sends a notice about a post and returns its id."""

    def send(post_id: str, paper: papers.Notice = PAPER, at: datetime | None = None) -> str:
        with writing() as db:
            return services.receive(db, post_id, paper, now=at or now())

    return send


@pytest.fixture
def step(writing: Any) -> Callable[..., None]:
    """Return a function that answers a notice as somebody."""

    def answer(member_id: str, notice_id: str, name: str, given: papers.Answer | None = None) -> None:
        with writing() as db:
            viewer = permissions.viewer_of(db, member_id)
            services.answer(db, viewer, notice_id, name, now=now(), given=given)

    return answer


@pytest.fixture
def tick(writing: Any) -> Callable[[str, datetime], str | None]:
    """Return a function that lets the clock act on a notice at a moment."""

    def act(notice_id: str, at: datetime) -> str | None:
        with writing() as db:
            return services.tick(db, notice_id, now=at)

    return act


@pytest.fixture
def letters(app: Any, rows: Any, looking: Any) -> Callable[[], list[tuple[str, str]]]:
    """Return a function that reads the mails that wait, as pairs of address and text."""
    import sqlalchemy as sa

    from core.models import Mail

    def read() -> list[tuple[str, str]]:
        with looking() as db:
            return [(mail.recipient, mail.text) for mail in db.scalars(sa.select(Mail))]

    return read


@pytest.fixture
def conftest_paper() -> papers.Notice:
    """Return the usual notice, for changes."""
    return PAPER
