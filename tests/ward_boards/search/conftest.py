"""What the tests of the search share: asking as somebody, and doing things to posts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from core import permissions
from core.contributions import Viewer
from core.database import now, reading
from plugins.ward_boards.search import finding, wish
from plugins.ward_boards.search.finding import FoundRow, Search


@pytest.fixture
def viewer_of(app: Flask) -> Callable[[str | None], Viewer]:
    """Return a function from a member id to the viewer."""

    def look_up(member_id: str | None) -> Viewer:
        with app.app_context(), reading() as db:
            return permissions.viewer_of(db, member_id)

    return look_up


@pytest.fixture
def find(app: Flask, viewer_of: Any) -> Callable[..., list[FoundRow]]:
    """Return a function that searches as somebody, by default newest first, all pages together."""

    def search(member_id: str | None, text: str, order: str = "new", **more: Any) -> list[FoundRow]:
        viewer, rows, after = viewer_of(member_id), [], 0
        look = finding.best if order == "best" else finding.newest
        with app.app_context(), reading() as db:
            while True:
                page = look(db, viewer, Search(wish.parse(text), after=after, **more), now=now())
                rows += page.rows
                if page.after is None:
                    return rows
                after = int(page.after)

    return search
