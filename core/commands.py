"""Light tools for commands, core's and plugins': the instance option, one-line errors, lists.

Imports click only, so that `boroughwatch --help` stays quick.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

CANNOT_START = 78
"""Exit code of a start that no second try can help. Source: sysexits.h, EX_CONFIG."""


class Failure(click.ClickException):
    """An error on one line of standard error that says what to do."""

    def show(self, file: Any = None) -> None:
        """Print without click's prefix, on one line."""
        click.echo(f"boroughwatch: {' '.join(self.message.split())}", err=True)


class StartFailure(Failure):
    """An instance that cannot start as it is configured."""

    exit_code = CANNOT_START


class Misuse(Failure):
    """A command line that could not be understood."""

    exit_code = 2


@contextmanager
def on_one_line() -> Iterator[None]:
    """Say on one line what click would say on four."""
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as problem:
        where = problem.ctx.command_path if problem.ctx else "boroughwatch"
        raise Misuse(f"{problem.format_message()} See '{where} --help'.") from None


def fail(sentence: str) -> NoReturn:
    """Stop the command with exit code 1 and a sentence that says what to do."""
    raise Failure(sentence)


def cannot_start(sentence: str) -> NoReturn:
    """Stop with `CANNOT_START` and a sentence that says what to do."""
    raise StartFailure(sentence)


data_option = click.option(
    "--data",
    "data_dir",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="BOROUGHWATCH_DATA",
    required=True,
    help="The instance's folder; or set BOROUGHWATCH_DATA.",
)


def in_instance(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--data` (or BOROUGHWATCH_DATA) and run it inside that instance's app."""

    @data_option
    @wraps(command)
    def run(*args: Any, data_dir: Path, **kwargs: Any) -> Any:
        with open_app(data_dir).app_context():
            return command(*args, **kwargs)

    return run


def open_app(data_dir: Path) -> Any:
    """Return the app of an instance; what is wrong with it becomes a one-line error."""
    opener: Callable[[Path], Any] = click.get_current_context().find_root().obj["open_app"]
    return opener(data_dir)


def serve_application(made_by: str, data_dir: Path, host: str, port: int) -> None:
    """Serve an application of a plugin by itself until asked to stop; `made_by` is its `module:function`."""
    serve: Callable[[str, Path, str, int], None] = click.get_current_context().find_root().obj["serve"]
    serve(made_by, data_dir, host, port)


def listing(rows: Iterable[Mapping[str, Any]], as_json: bool, empty: str = "Nothing to list.") -> None:
    """Print rows as JSON, or as aligned columns."""
    rows = list(rows)
    if as_json:
        click.echo(json.dumps(rows, default=str, ensure_ascii=False, indent=2))
        return
    if not rows:
        click.echo(empty)
        return
    names = list(rows[0])
    widths = {name: max(len(name), *(len(str(row[name])) for row in rows)) for name in names}
    click.echo("  ".join(name.upper().ljust(widths[name]) for name in names).rstrip())
    for row in rows:
        click.echo("  ".join(str(row[name]).ljust(widths[name]) for name in names).rstrip())


json_option = click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
