"""Commands about places: boundaries and postcodes from ONS files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from core import progress
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
            with progress.bar(file.name, file.stat().st_size) as show:
                told = (lambda done, _total: show(done)) if show else None
                counts = postcodes.import_postcodes(file, told)
        except postcodes.NotADirectory as problem:
            fail(str(problem))
        click.echo(f"{file.name}: {_postcode_sentence(counts)}")


def _postcode_sentence(counts: Any) -> str:
    text = f"{counts.residential} postcodes where people live, {counts.terminated + counts.large_user} refused "
    text += f"({counts.terminated} ended, {counts.large_user} of firms), {counts.outside} next door."
    if counts.unchecked:
        text += " The file does not say which have ended or belong to firms."
    return text


COMMANDS = (wards_group, postcodes_group)
