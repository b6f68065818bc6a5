"""Every owner's tables go up, down and up again with rows in them, and end as the models say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from core import migrate, plugin_manager
from core.app import create_app
from core.crypto import create_secret
from core.database import Base, sql

PLUGINS = ("anonymity", "federation", "police_links", "verification_docs", "ward_boards")
OWNERS = ("core", *PLUGINS)


def _app(folder: Path, names: tuple[str, ...]) -> Flask:
    if not (folder / "boroughwatch.toml").exists():
        (folder / "boroughwatch.toml").write_text('borough = "E09000030"\n')
        create_secret(folder / "secret.key")
    return create_app(folder, plugins=plugin_manager.load(names))


@contextmanager
def _instance(folder: Path, *names: str) -> Iterator[None]:
    app = _app(folder, names)
    with app.app_context():
        migrate.load_models()
        yield
        sql.session.remove() if hasattr(sql.session, "remove") else sql.session.close()
        sql.engine.dispose()


def _owned(owner: str) -> list[sa.Table]:
    return [table for table in Base.metadata.sorted_tables if table.name.startswith(f"{owner}_")]


def _present(owner: str) -> set[str]:
    return {name for name in sa.inspect(sql.engine).get_table_names() if name.startswith(f"{owner}_")}


def _choices(table: sa.Table) -> dict[str, str]:
    """Return a value for each column that a check constraint ties to a list of words."""
    found = {}
    for constraint in table.constraints:
        if isinstance(constraint, sa.CheckConstraint):
            match = re.match(r"\s*(\w+)\s+in\s*\(\s*'([^']*)'", str(constraint.sqltext), re.IGNORECASE)
            if match:
                found[match.group(1)] = match.group(2)
    return found


def _points_there_already(column: sa.Column[Any], table: sa.Table) -> bool:
    targets = {key.column for key in column.foreign_keys}
    earlier = list(table.columns)[: list(table.columns).index(column)]
    return any(key.column in targets for other in earlier for key in other.foreign_keys)


def _value(column: sa.Column[Any], table: sa.Table, ids: dict[str, Any]) -> Any:
    key = next(iter(column.foreign_keys), None)
    if key is not None:
        if column.nullable and (key.column.table is table or _points_there_already(column, table)):
            return None  # the first row of its own table, or a second person, who may have to be another one
        return ids[f"{key.column.table.name}.{key.column.name}"]
    if column.name in _choices(table):
        return _choices(table)[column.name]
    kind = column.type.impl if isinstance(column.type, sa.types.TypeDecorator) else column.type
    if isinstance(kind, sa.DateTime):
        moment = datetime(2026, 5, 1, 12, tzinfo=UTC)
        return moment if isinstance(column.type, sa.types.TypeDecorator) else moment.replace(tzinfo=None)
    if isinstance(kind, sa.Date):
        return date(2026, 5, 1)
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.LargeBinary):
        return b"row"
    if isinstance(kind, sa.Integer | sa.Numeric):
        return 1
    if isinstance(kind, sa.JSON):
        return []
    return f"{table.name}.{column.name}"[: getattr(kind, "length", None) or 60]


def _insert_rows(owner: str) -> dict[str, int]:
    """Put one row into each table that is there now, core's first; return how many rows each of the owner's has."""
    present = set(sa.inspect(sql.engine).get_table_names())
    ids: dict[str, Any] = {}
    engine = sql.engine.execution_options(immediate=True)
    with engine.begin() as connection:
        for table in Base.metadata.sorted_tables:
            if table.name not in present or not table.name.startswith(("core_", f"{owner}_")):
                continue
            there = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
            kept = connection.execute(sa.text(f"SELECT * FROM {table.name} LIMIT 1")).mappings().first()  # noqa: S608
            if kept is None:
                row = {c.name: _value(c, table, ids) for c in table.columns if c.name in there and c.computed is None}
                kept = _insert(connection, table, row)
            ids.update({f"{table.name}.{name}": value for name, value in kept.items()})
    return _counts(owner)


def _insert(connection: sa.Connection, table: sa.Table, row: dict[str, Any]) -> dict[str, Any]:
    """Insert a full row, or one with only what must be there when a check does not allow all at once."""
    try:
        with connection.begin_nested():
            connection.execute(table.insert().values(row))
    except sa.exc.IntegrityError:
        bare = {c.name for c in table.columns if c.nullable}
        row = {name: None if name in bare else value for name, value in row.items()}
        connection.execute(table.insert().values(row))
    return row


def _counts(owner: str) -> dict[str, int]:
    with sql.engine.connect() as connection:
        return {
            table.name: connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
            for table in _owned(owner)
            if table.name in _present(owner)
        }


@pytest.mark.parametrize("owner", OWNERS)
def test_migrations_go_up_down_and_up_again_with_rows(owner: str, tmp_path: Path) -> None:
    with _instance(tmp_path, *(() if owner == "core" else (owner,))):
        migrate.upgrade()
        first = _present(owner)
        assert {table.name for table in _owned(owner)} <= first
        rows = _insert_rows(owner)
        assert set(rows.values()) == {1}
        migrate.upgrade()
        assert _counts(owner) == rows, "an upgrade with nothing to do touched rows"
        core_rows = _counts("core")
        migrate.downgrade(owner)
        assert _present(owner) == set()
        if owner != "core":
            assert _counts("core") == core_rows, "taking a plugin's tables away touched core's rows"
        migrate.upgrade()
        assert _present(owner) == first
        assert set(_insert_rows(owner).values()) == {1}
        assert migrate.behind() == []


@pytest.mark.parametrize("owner", OWNERS)
def test_models_and_migrations_agree(owner: str, tmp_path: Path) -> None:
    with _instance(tmp_path, *(() if owner == "core" else (owner,))):
        migrate.upgrade()
        assert migrate.drift(owner) == []


@pytest.mark.parametrize("owner", PLUGINS)
def test_foreign_keys_point_home_or_at_core_and_say_what_happens(owner: str, tmp_path: Path) -> None:
    with _instance(tmp_path, owner):
        for table in _owned(owner):
            for key in table.foreign_keys:
                assert key.column.table.name.startswith(("core_", f"{owner}_"))
                if key.column.table.name == "core_member":
                    assert key.ondelete in ("CASCADE", "SET NULL"), f"{table.name}.{key.parent.name}"
        for table in _owned("core"):
            assert all(key.column.table.name.startswith("core_") for key in table.foreign_keys)


@pytest.mark.parametrize("owner", PLUGINS)
def test_a_plugin_that_is_off_is_skipped_and_its_rows_stay(owner: str, tmp_path: Path) -> None:
    with _instance(tmp_path, *PLUGINS):
        migrate.upgrade()
        rows = _insert_rows(owner)
    others = tuple(name for name in PLUGINS if name != owner)
    with _instance(tmp_path, *others):
        migrate.upgrade()
        assert migrate.behind() == []
        assert migrate.parked() == [owner]
        assert _counts(owner) == rows
        for other in others:
            assert migrate.drift(other) == []
    with _instance(tmp_path, *PLUGINS):
        migrate.upgrade()
        assert _counts(owner) == rows
        assert migrate.parked() == []


@pytest.mark.parametrize("owner", PLUGINS)
def test_purging_a_parked_plugin_takes_its_tables_and_no_others(owner: str, tmp_path: Path) -> None:
    with _instance(tmp_path, *PLUGINS):
        migrate.upgrade()
        _insert_rows(owner)
        with pytest.raises(ValueError, match="switch the plugin off"):
            migrate.purge(owner)
        before = set(sa.inspect(sql.engine).get_table_names())
    with _instance(tmp_path, *(name for name in PLUGINS if name != owner)):
        assert migrate.purge(owner) > 0
        left = set(sa.inspect(sql.engine).get_table_names())
        assert _present(owner) == set()
        assert {name for name in before if not name.startswith((f"{owner}_", f"alembic_{owner}"))} <= left


@pytest.mark.parametrize("owner", PLUGINS)
def test_a_member_who_goes_takes_or_frees_the_rows_of_a_plugin_that_is_off(owner: str, tmp_path: Path) -> None:
    with _instance(tmp_path, *PLUGINS):
        migrate.upgrade()
        _insert_rows(owner)
    with _instance(tmp_path, *(name for name in PLUGINS if name != owner)):
        with sql.engine.execution_options(immediate=True).begin() as connection:
            connection.execute(sa.text("DELETE FROM core_member"))
        with sql.engine.connect() as connection:
            for table in _owned(owner):
                for key in table.foreign_keys:
                    if key.column.table.name == "core_member":
                        left = connection.scalar(sa.select(sa.func.count()).where(key.parent.is_not(None)))
                        assert left == 0, f"{table.name}.{key.parent.name} still points at the member"
