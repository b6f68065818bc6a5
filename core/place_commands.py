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
    from core import postcode_files, postcodes

    for file in files:
        try:
            with progress.bar(file.name, file.stat().st_size) as show:
                told = (lambda done, _total: show(done)) if show else None
                counts = postcodes.import_postcodes(file, told)
        except postcode_files.NotADirectory as problem:
            fail(str(problem))
        click.echo(f"{file.name}: {_postcode_sentence(counts)}")


@postcodes_group.command("set")
@click.argument("postcode")
@click.argument("ward")
@in_instance
def postcodes_set(postcode: str, ward: str) -> None:
    """Say in which WARD a postcode lies (GSS code, or 'none' where nobody lives), whatever a directory says.

    Example: boroughwatch postcodes set "E3 4AB" E05009320 --data DIR.
    """
    from core import postcode_overrides, wards
    from core.database import now, transaction

    code = None if ward.casefold() == "none" else ward.upper()
    try:
        with transaction() as db:
            written = postcode_overrides.set_ward(db, postcode, code, None, now().date())
    except postcode_overrides.NotAPostcode as problem:
        fail(str(problem))
    except postcode_overrides.NotOurWard as problem:
        known = "\n".join(f"  {row.code} {row.name}" for row in wards.boards() if row.kind == "ward")
        fail(f"{problem} Known are, beside 'none':\n{known}")
    click.echo(f"{written} lies in {wards.name_of(code)} now." if code else f"{written} is no home now.")


@postcodes_group.command("unset")
@click.argument("postcode")
@in_instance
def postcodes_unset(postcode: str) -> None:
    """Let the directory decide again. Example: boroughwatch postcodes unset "E3 4AB" --data DIR."""
    from core import postcode_overrides
    from core.database import transaction

    try:
        with transaction() as db:
            was_set = postcode_overrides.unset(db, postcode, None)
    except postcode_overrides.NotAPostcode as problem:
        fail(str(problem))
    click.echo("The directory decides again." if was_set else "Nobody had said anything of it. Nothing was changed.")


def _postcode_sentence(counts: Any) -> str:
    firms = counts.large_user + counts.shared_point
    text = f"{counts.residential} postcodes where people live, {counts.terminated + firms} refused "
    text += f"({counts.terminated} ended, {firms} of firms and PO boxes), {counts.outside} next door."
    if counts.nearest:
        text += f" {counts.nearest} were put into the ward their place lies in or next to."
    if counts.unknown_ward:
        text += f" {counts.unknown_ward} have a ward that is not on our list and were left out; "
        text += "import the ward boundaries first, then the file again."
    if counts.unplaced:
        text += f" {counts.unplaced} have no place on the map and were left out."
    if counts.unchecked:
        text += " The file does not say which have ended or belong to firms."
    return text


COMMANDS = (wards_group, postcodes_group)
