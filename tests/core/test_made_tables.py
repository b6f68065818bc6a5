"""The second test app of a process gets its tables from what SQLite noted of the first: they must be the same."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from core.database import sql
from core.testing import make_app


def _made(folder: Path) -> set[tuple[str, str, str]]:
    with make_app(folder).app_context(), sql.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT type, name, coalesce(sql, '') FROM sqlite_master"))
        return {(row[0], row[1], row[2]) for row in rows}


def test_tables_made_quickly_are_those_made_from_the_models(tmp_path: Path) -> None:
    first, second = _made(tmp_path / "a"), _made(tmp_path / "b")
    assert first == second
    assert {kind for kind, _name, _sql in first} == {"table", "index", "trigger"}
