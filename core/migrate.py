"""Migrations: Alembic once per owner, each with a version table of its own, core first.

With one shared table, switching a plugin off would stop every upgrade; so a plugin that is off is
skipped, its tables stay parked, and the others go on.
"""

from __future__ import annotations

from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from core.database import Base, UTCDateTime, sql
from core.instance import instance

CORE = "core"
BY_HAND = "gin_"
"""How the names of indexes begin that exist on PostgreSQL only, and that models do not know."""


def owners() -> list[str]:
    """Return whose tables are ours to migrate: core first, then the loaded plugins that have tables."""
    return [CORE, *sorted(instance().contributions.schemas)]


def upgrade() -> None:
    """Bring every owner's tables to their newest form."""
    for owner in owners():
        _run(owner, lambda config: command.upgrade(config, "head"))


def downgrade(owner: str, to: str = "base") -> None:
    """Take one owner's tables back; the others stay."""
    _run(owner, lambda config: command.downgrade(config, to))


def drift(owner: str) -> list[Any]:
    """Return how an owner's tables differ from its models; empty when they agree."""
    load_models()
    with sql.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options(owner))
        return list(compare_metadata(context, Base.metadata))


def behind() -> list[str]:
    """Return the owners whose tables are not in their newest form."""
    late = []
    for owner in owners():
        script = ScriptDirectory.from_config(_config(owner))
        with sql.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"version_table": version_table(owner)})
            if set(context.get_current_heads()) != set(script.get_heads()):
                late.append(owner)
    return late


def parked() -> list[str]:
    """Return the owners that have tables here but are not loaded."""
    names = sa.inspect(sql.engine).get_table_names()
    found = {name.removeprefix("alembic_") for name in names if name.startswith("alembic_")}
    return sorted(found - set(owners()))


def purge(owner: str) -> int:
    """Drop every table of a parked plugin; the only way its data is deleted. Returns how many tables went.

    Raises:
        ValueError: the plugin is loaded, or has no tables here.
    """
    if owner not in parked():
        raise ValueError(f"'{owner}' has no parked tables; switch the plugin off first, then purge it")
    with sql.engine.begin() as connection:
        # With a virtual table go the tables that SQLite made beside it; none of them can be dropped by itself.
        made = [name for name in _virtual(connection) if name.startswith(f"{owner}_")]
        for name in made:
            connection.execute(sa.schema.DropTable(sa.Table(name, sa.MetaData())))
    metadata = sa.MetaData()
    metadata.reflect(sql.engine, only=lambda name, _: name.startswith(f"{owner}_") or name == version_table(owner))
    ours = [table for table in metadata.sorted_tables if table.name.startswith((f"{owner}_", version_table(owner)))]
    with sql.engine.begin() as connection:
        for table in reversed(ours):
            table.drop(connection)
    return len(ours) + len(made)


def load_models() -> None:
    """Import the models of every loaded owner, so that the metadata is whole."""
    import core.models  # noqa: F401  # imported for its tables

    for schema in instance().contributions.schemas.values():
        import_module(f"{schema.package}.models")


def version_table(owner: str) -> str:
    """Return the name of the table that holds an owner's revision."""
    return f"alembic_{owner}"


def options(owner: str) -> dict[str, Any]:
    """Return what Alembic must know to see one owner's tables only."""
    prefix = f"{owner}_"
    with sql.engine.connect() as connection:
        virtual = _virtual(connection)

    def include_name(name: str | None, kind: str, _parents: Any) -> bool:
        if kind == "index":
            return not (name or "").startswith(BY_HAND)
        return kind != "table" or bool(name and name.startswith(prefix) and not _belongs(name, virtual))

    def include_object(_thing: Any, name: str | None, kind: str, *_more: Any) -> bool:
        return kind != "table" or bool(name and name.startswith(prefix))

    return {
        "version_table": version_table(owner),
        "include_name": include_name,
        "include_object": include_object,
        "render_as_batch": True,
        "compare_type": True,
        "render_item": _render_item,
    }


def _virtual(connection: sa.Connection) -> list[str]:
    """Return the virtual tables of SQLite (of full-text search); models do not know them, their owners make them."""
    if connection.dialect.name != "sqlite":
        return []
    found = "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%'"
    return list(connection.scalars(sa.text(found)))


def _belongs(name: str, virtual: list[str]) -> bool:
    """Whether a table is a virtual one, or one that SQLite keeps for it."""
    return any(name == each or name.startswith(f"{each}_") for each in virtual)


def _render_item(kind: str, thing: Any, _context: Any) -> str | bool:
    # Migrations must run without our own types, which may be gone by then.
    return "sa.DateTime()" if kind == "type" and isinstance(thing, UTCDateTime) else False


def _package(owner: str) -> str:
    return CORE if owner == CORE else instance().contributions.schemas[owner].package


def _config(owner: str) -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(files("core") / "migrations"))
    config.set_main_option("version_locations", str(Path(str(files(_package(owner)))) / "migrations" / "versions"))
    config.set_main_option("path_separator", "newline")
    config.attributes["owner"] = owner
    return config


def _run(owner: str, action: Any) -> None:
    load_models()
    config = _config(owner)
    with sql.engine.connect().execution_options(immediate=True) as connection:
        config.attributes["connection"] = connection
        action(config)
        connection.commit()
