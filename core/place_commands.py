"""Commands about places: boundaries and postcodes from ONS files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from core import progress
from core.commands import fail, in_instance, json_option, listing

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.group("wards")
def wards_group() -> None:
    """Bring in ward boundaries, or change wards. Example: boroughwatch wards import FILE.geojson --data DIR."""


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


@wards_group.command("change")
@click.argument("file", type=FILE)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of the change, for rows without a date.")
@click.option(
    "--least-share", type=click.FloatRange(0, 1), default=0.05, show_default=True, help="Pass over smaller parts."
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write nothing.")
@json_option
@in_instance
def wards_change(file: Path, on: datetime | None, least_share: float, dry_run: bool, as_json: bool) -> None:
    """Rename, split, merge or end wards by a list of changes. Nothing that was written is lost.

    Example: boroughwatch wards change CHANGES.csv --dry-run --data DIR.
    """
    from core import event_log, ward_change_files, ward_changes, ward_plans, wards
    from core.database import now, reading, transaction
    from core.instance import instance

    try:
        rows = ward_change_files.read(file, on.date() if on else None)
        with reading() if dry_run else transaction() as db:
            wanted = ward_plans.plan(
                db, rows, borough=instance().config.borough, today=now().date(), least_share=least_share
            )
            done = None if dry_run else ward_changes.apply(db, wanted)
    except (ward_change_files.NotChanges, ward_plans.NotPossible) as problem:
        fail(str(problem))
    wards.forget_boards()
    names = {code: name for _on, code, name in wanted.named}
    listing([_step_row(step, names) for step in wanted.steps], as_json, "Nothing to change.")
    for sentence in _change_sentences(wanted, done):
        click.echo(sentence, err=True)
    if done is not None:
        event_log.dispatch()  # plugins move what is theirs now; what fails the worker tries again


def _step_row(step: Any, names: dict[str, str]) -> dict[str, str]:
    from core import wards

    to = ", ".join(f"{code} {names.get(code) or wards.name_of(code)}" for code in step.new_codes)
    return {"on": str(step.on), "ward": f"{step.old_code} {wards.name_of(step.old_code)}", "kind": step.kind, "to": to}


def _change_sentences(wanted: Any, done: Any) -> Iterator[str]:
    if wanted.done_before:
        yield f"{wanted.done_before} rows were carried out before and were passed over."
    if wanted.elsewhere:
        yield f"{wanted.elsewhere} rows are about other boroughs and were passed over."
    for row in wanted.too_small:
        part = f"{row.share:.1%} of {row.old_code} in {row.new_code}"
        yield f"{row.place}: {part} is too small a part and was passed over."
    if done is None:
        yield "This was a dry run: nothing was written."
        return
    yield (
        f"Wards changed: {done.steps}, of which new: {done.new_wards}. Moved: homes {done.homes}, roles {done.grants}, "
        f"follows {done.follows}, postcodes {done.postcodes}."
    )
    if done.unsure_homes:
        yield f"{done.unsure_homes} members of split wards were asked on which side they live."
    for postcode in done.overrides:
        yield f"{postcode}: what you said of it named a ward that was split. Say it anew with 'postcodes set'."
    if done.steps:
        yield "Next: 'wards import' with the new boundaries, then 'postcodes import'."


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
