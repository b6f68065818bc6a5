"""The command `boroughwatch ward_boards`: the search index made anew."""

from __future__ import annotations

import click

from core.commands import in_instance


@click.group("ward_boards")
def ward_boards() -> None:
    """Boards. Example: boroughwatch ward_boards rebuild-search --data DIR."""


@ward_boards.command("rebuild-search")
@in_instance
def rebuild_search() -> None:
    """Make the search index anew from posts and alerts. Example: boroughwatch ward_boards rebuild-search --data DIR."""
    from plugins.ward_boards.search import jobs

    click.echo(f"{jobs.rebuild()} posts and alerts can be found.")
