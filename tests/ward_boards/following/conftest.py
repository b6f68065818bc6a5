"""What the tests of following share: buttons, answers, and members who are told at once."""

from __future__ import annotations

from typing import Any

import pytest

from core import notifications, permissions
from core.database import now
from core.notifications import Choice
from plugins.ward_boards import conversation, publishing

AT_ONCE = Choice(rhythm="now", quiet_from=0, quiet_until=0)


@pytest.fixture
def follow(browse: Any) -> Any:
    """Return a function that presses the button on a thread's page."""

    def press(member_id: str, thread_id: str, verb: str = "follow") -> int:
        return int(browse(member_id).post(f"/threads/{thread_id}/{verb}").status_code)

    return press


@pytest.fixture
def answer(writing: Any) -> Any:
    """Return a function that answers in a thread."""

    def write(member_id: str, thread_id: str, text: str = "Me too.", sign_as: str = "alias") -> Any:
        with writing() as db:
            who = permissions.viewer_of(db, member_id)
            view = conversation.thread_view(db, who, thread_id)
            assert view is not None
            return publishing.reply(db, who, view, text, sign_as=sign_as, now=now())

    return write


@pytest.fixture
def at_once(writing: Any) -> Any:
    """Return a function that lets a member be told of everything at once."""

    def choose(*member_ids: str) -> None:
        with writing() as db:
            for member_id in member_ids:
                notifications.choose(db, member_id, AT_ONCE)

    return choose


@pytest.fixture(autouse=True)
def no_old_mails(app: Any) -> None:
    """Throw away what earlier tests mailed: the instance is one for all."""
    for path in (app.extensions["boroughwatch"].config.data_dir / "mail").glob("*.eml"):
        path.unlink()
