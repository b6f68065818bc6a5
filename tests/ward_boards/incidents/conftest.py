"""Readers of the boards of `tests/ward_boards`, and what incidents need besides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from plugins.ward_boards.incidents.models import Incident


@pytest.fixture
def incident(rows: Callable[[str], list[Any]]) -> Callable[[], Any]:
    """Return a function that reads the one incident there is, or None."""
    return lambda: next(iter(rows("incident")), None)


@pytest.fixture
def grow_old(writing: Any) -> Callable[[int], None]:
    """Return a function that lets every incident's last news, and the asking, lie so many days further back."""

    def back(days: int) -> None:
        with writing() as db:
            for row in db.execute(sa.select(Incident.thread_id, Incident.news_on, Incident.asked_on)):
                asked: date | None = row.asked_on and row.asked_on - timedelta(days=days)
                values = {"news_on": row.news_on - timedelta(days=days), "asked_on": asked}
                db.execute(sa.update(Incident).where(Incident.thread_id == row.thread_id).values(values))

    return back
