"""The search once more on PostgreSQL: what it finds, for whom, and what it does with odd questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from flask import Flask

from core.database import sql

FOLDER = Path(__file__).resolve().parent.parent / "ward_boards"
boards = run_path(str(FOLDER / "conftest.py"))
shared = run_path(str(FOLDER / "search" / "conftest.py"))
for _name in (
    "app",
    "writing",
    "looking",
    "robin",
    "wren",
    "fresh",
    "officer",
    "browse",
    "write",
    "rows",
    "thread_form",
    "count_queries",
):
    globals()[_name] = boards[_name]
for _name in ("viewer_of", "find"):
    globals()[_name] = shared[_name]
for _file in ("test_W9_search.py", "test_W9_permissions.py", "test_W6_similar.py"):
    again = run_path(str(FOLDER / "search" / _file))
    globals().update(
        {name: each for name, each in again.items() if name.startswith("test_") or name in ("people", "offered")}
    )


@pytest.fixture(scope="module")
def boards_app(new_database: Callable[[], str], tmp_path_factory: Any) -> Any:
    """Return an instance on a PostgreSQL database."""
    lines = {"database_url": new_database(), "ward_boards": {"public_delay_minutes": 0}}
    plugins = {"ward_boards": boards["hooks"], "names": boards["Names"]()}
    made: Flask = boards["make_app"](tmp_path_factory.mktemp("search"), plugins, **lines)
    yield made
    with made.app_context():
        sql.engine.dispose()
