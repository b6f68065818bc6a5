"""The command `boroughwatch`: core's commands and those of the loaded plugins. Imports lightly."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from core import people_commands, place_commands, plugin_manager, server_commands
from core.commands import Failure, cannot_start, fail, in_instance, json_option, listing, on_one_line


def open_app(data_dir: Path) -> Any:
    """Make the app of an instance; what is wrong with its configuration becomes one line."""
    from core.app import create_app
    from core.config import ConfigError
    from core.crypto import SecretMissing
    from core.plugin_manager import PluginError

    try:
        return create_app(data_dir)
    except (ConfigError, PluginError, SecretMissing) as problem:
        cannot_start(_with_file(data_dir, problem))


def check(data_dir: Path) -> None:
    """Stop with one line when the configuration cannot work; cheaper than making an app."""
    from core.app import configured
    from core.config import ConfigError
    from core.plugin_manager import PluginError

    try:
        configured(data_dir)
    except (ConfigError, PluginError) as problem:
        cannot_start(_with_file(data_dir, problem))


def serve(made_by: str, data_dir: Path, host: str, port: int) -> None:
    """Serve an application that is made by `module:function`, without arguments, from BOROUGHWATCH_DATA."""
    from core import server

    problem = server.port_problem(host, port)
    if problem:
        fail(problem)
    server.web(data_dir.resolve(), host, port, made_by=made_by)


def _with_file(data_dir: Path, problem: Exception) -> str:
    """Name the settings file, where what went wrong names only the line."""
    file = str(data_dir.resolve() / "boroughwatch.toml")
    return str(problem) if file in str(problem) else f"{file}: {problem}"


class House(click.Group):
    """Core's commands, and whatever the plugins named by the instance's configuration bring."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the command line's beginning."""
        with on_one_line():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Read the rest of the command line and run the command."""
        with on_one_line():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all names, sorted."""
        return sorted({*self.commands, *self._plugin_commands()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name; a plugin can never replace one of core's."""
        return self.commands.get(cmd_name) or self._plugin_commands().get(cmd_name)

    def _plugin_commands(self) -> dict[str, click.Command]:
        if not hasattr(self, "_found"):
            self._found: dict[str, click.Command] = {}
            try:
                plugins = plugin_manager.load(_wanted())
                for _name, commands in plugins.ask("register_commands"):
                    self._found.update({str(command.name): command for command in commands})
            except plugin_manager.PluginError as problem:
                raise Failure(str(problem)) from None
        return self._found


def _wanted() -> list[str] | None:
    """Return the plugins of the instance this command line is about; all when it is about none."""
    from core.config import ConfigError, read, wanted_plugins

    data = os.environ.get("BOROUGHWATCH_DATA")
    for place, word in enumerate(sys.argv):
        if word == "--data" and place + 1 < len(sys.argv):
            data = sys.argv[place + 1]
        elif word.startswith("--data="):
            data = word.removeprefix("--data=")
    try:
        names = wanted_plugins(read(Path(data))) if data and (Path(data) / "boroughwatch.toml").exists() else None
    except ConfigError as problem:
        raise Failure(str(problem)) from None
    return None if names is None else list(names)


@click.group(cls=House, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="boroughwatch")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Run and look after a Boroughwatch instance.

    Example: boroughwatch demo
    """
    ctx.obj = {"open_app": open_app, "check": check, "serve": serve}


for _command in (*server_commands.COMMANDS, *people_commands.COMMANDS, *place_commands.COMMANDS):
    main.add_command(_command)


@main.group()
def db() -> None:
    """Look after the database. Example: boroughwatch db upgrade --data DIR."""


@db.command("upgrade")
@in_instance
def db_upgrade() -> None:
    """Bring all tables to their newest form. Example: boroughwatch db upgrade --data DIR."""
    from core import migrate

    migrate.upgrade()
    click.echo(f"The tables of {', '.join(migrate.owners())} have their newest form.")


@db.command("check")
@in_instance
def db_check() -> None:
    """Say whether tables and models agree. Example: boroughwatch db check --data DIR."""
    from core import migrate

    late = migrate.behind()
    if late:
        fail(f"The tables of {', '.join(late)} are old. Run 'boroughwatch db upgrade'.")
    drifted = [owner for owner in migrate.owners() if migrate.drift(owner)]
    if drifted:
        fail(f"The tables of {', '.join(drifted)} differ from what this version expects. Restore a backup.")
    click.echo("All tables are as they should be.")


@db.command("purge")
@click.argument("plugin")
@click.confirmation_option(prompt="This deletes the plugin's data for good. Go on?")
@in_instance
def db_purge(plugin: str) -> None:
    """Delete the tables of a plugin that is off. Example: boroughwatch db purge NAME --data DIR."""
    from core import migrate

    try:
        count = migrate.purge(plugin)
    except ValueError as problem:
        fail(str(problem))
    click.echo(f"{count} tables of {plugin} are gone.")


@main.command("plugins")
@json_option
@in_instance
def plugins_command(as_json: bool) -> None:
    """Say which plugins are loaded, off or parked. Example: boroughwatch plugins --data DIR."""
    from core import migrate
    from core.instance import instance

    loaded, parked = instance().plugins, set(migrate.parked())
    rows = []
    for plugin in plugin_manager.available():
        state = "loaded" if plugin.name in loaded else "parked" if plugin.name in parked else "off"
        rows.append({"name": plugin.name, "state": state, "distribution": plugin.distribution})
    known = {row["name"] for row in rows}
    rows += [{"name": name, "state": "parked", "distribution": "not installed"} for name in sorted(parked - known)]
    listing(rows, as_json, "No plugins are installed.")
    if not as_json:
        click.echo(_plugins_sentence(rows))


def _plugins_sentence(rows: list[dict[str, Any]]) -> str:
    counts = {state: sum(row["state"] == state for row in rows) for state in ("loaded", "off", "parked")}
    text = f"{counts['loaded']} of {len(rows)} plugins are loaded."
    if counts["parked"]:
        text += " A parked plugin keeps its data; 'boroughwatch db purge NAME' deletes it."
    return text


@main.command("doctor")
@json_option
@in_instance
def doctor_command(as_json: bool) -> None:
    """Say what is wrong with this installation. Example: boroughwatch doctor --data DIR."""
    from core import doctor

    found = doctor.findings()
    if as_json:
        listing([{"ok": finding.ok, "text": finding.text} for finding in found], as_json)
    else:
        for finding in found:
            click.echo(f"{'ok  ' if finding.ok else 'LOOK'}  {finding.text}")
    bad = sum(not finding.ok for finding in found)
    if bad:
        fail(f"{bad} of {len(found)} checks want your attention; see the lines marked LOOK.")
    if not as_json:
        click.echo("All is well.")


@main.group("audit")
def audit_group() -> None:
    """Look at the log of what staff did. Example: boroughwatch audit verify --data DIR."""


@audit_group.command("verify")
@click.option("--head", "heads", multiple=True, help="A hash noted before: it must still be there. May be repeated.")
@in_instance
def audit_verify(heads: tuple[str, ...]) -> None:
    """Say whether the log and the chains of plugins are whole. Example: boroughwatch audit verify --data DIR.

    Entries cut off at the end leave no trace inside. Note the heads it prints elsewhere, and give them with --head.
    """
    from core import chains
    from core.database import reading

    noted = [head.strip().lower() for head in heads]
    with reading() as db:
        found = chains.look_at(db, noted)
    problems = [chain.problem for chain in found if chain.problem]
    lost = sorted(set(noted).difference(*(chain.known for chain in found)))
    problems += [f"No entry has the hash {head}: entries were cut off, or it was noted elsewhere." for head in lost]
    for chain in found:
        if not chain.problem:
            click.echo(
                f"{chain.name}: entry {chain.length}, head {chain.head}" if chain.length else f"{chain.name}: empty"
            )
    if problems:
        fail(f"{' '.join(problems)} Compare with a backup before you trust what is written there.")
    click.echo("The log is whole: no entry was changed or removed.")


@main.group("retention")
def retention_group() -> None:
    """Delete what must not be kept longer. Example: boroughwatch retention run --dry-run --data DIR."""


@retention_group.command("run")
@click.option("--dry-run", is_flag=True, help="Say what would go and change nothing.")
@json_option
@in_instance
def retention_run(dry_run: bool, as_json: bool) -> None:
    """Delete now what the worker would delete in its time. Example: boroughwatch retention run --dry-run --data DIR."""
    from core import retention
    from core.database import now

    rows = [
        {"owner": owner, "what": part.name, "deleted": part.deleted}
        for owner, part in retention.run(now(), dry_run=dry_run)
    ]
    listing(rows, as_json)
    total = sum(int(str(row["deleted"])) for row in rows)
    if not as_json:
        click.echo(f"It would delete {total}. Nothing was changed." if dry_run else f"Deleted: {total}.")


if __name__ == "__main__":
    main()
