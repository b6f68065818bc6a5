"""Commands about places: boundaries and postcodes from ONS files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from core.commands import fail, in_instance

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("wards")
def wards_group() -> None:
    """Bring in ward boundaries. Example: boroughwatch wards import FILE.geojson --data DIR."""


@wards_group.command("import")
@click.argument("file", type=FILE)
@in_instance
def wards_import(file: Path) -> None:
    """Read a GeoJSON file of ONS, any year. Example: boroughwatch wards import FILE.geojson --data DIR."""
    from core import boundaries

    try:
        counts = boundaries.import_boundaries(file)
    except boundaries.NotBoundaries as problem:
        fail(str(problem))
    click.echo(f"{counts.outlined} wards have an outline now.")
    for code in counts.missing:
        click.echo(f"{code} is not in the file; it keeps what it had.", err=True)


@click.group("postcodes")
def postcodes_group() -> None:
    """Bring in the postcode directory. Example: boroughwatch postcodes import FILE.csv --data DIR."""


@postcodes_group.command("import")
@click.argument("files", type=FILE, nargs=-1, required=True)
@in_instance
def postcodes_import(files: tuple[Path, ...]) -> None:
    """Read ONSPD, NSPL or Code-Point Open files. Example: boroughwatch postcodes import FILE.csv --data DIR."""
    from core import postcodes

    for file in files:
        try:
            with _bar(file) as progress:
                counts = postcodes.import_postcodes(file, progress)
        except postcodes.NotADirectory as problem:
            fail(str(problem))
        click.echo(f"{file.name}: {_postcode_sentence(counts)}")


def _postcode_sentence(counts: Any) -> str:
    text = f"{counts.residential} postcodes where people live, {counts.terminated + counts.large_user} refused "
    text += f"({counts.terminated} ended, {counts.large_user} of firms), {counts.outside} next door."
    if counts.unchecked:
        text += " The file does not say which have ended or belong to firms."
    return text


class _bar:  # noqa: N801  # reads as a verb where it is used
    """A progress bar on standard error when that is a terminal; otherwise silence."""

    def __init__(self, file: Path) -> None:
        self._total = file.stat().st_size
        self._name = file.name

    def __enter__(self) -> Any:
        if not sys.stderr.isatty():
            return None
        from rich.console import Console
        from rich.progress import Progress

        self._progress = Progress(console=Console(stderr=True))
        self._progress.start()
        task = self._progress.add_task(self._name, total=self._total)
        return lambda done, _total: self._progress.update(task, completed=done)

    def __exit__(self, *_: object) -> None:
        if hasattr(self, "_progress"):
            self._progress.stop()


COMMANDS = (wards_group, postcodes_group)
