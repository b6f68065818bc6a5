"""The map of the borough: each ward a link to its board, with the same list beside it."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for

from core import permissions
from core.database import now, sql
from core.web.access import public, viewer
from plugins.ward_boards import addresses
from plugins.ward_boards.reading import borough_map, outlines


def register(bp: Blueprint) -> None:
    """Add the map."""
    bp.add_url_rule("/boards/map", "map", show)


@public
def show() -> str:
    """Draw the wards by open alerts and activity; without imported outlines only the list."""
    who = viewer()
    found = borough_map.figures(sql.session, who, now=now())
    return render_template(
        "ward_boards/reading/map.html",
        section=url_for("ward_boards.index"),
        figures=found,
        by_code={figure.code: figure for figure in found.wards},
        drawing=outlines.drawing(),
        boards_at=addresses.before_board_code(),
        days=borough_map.LIVELY_DAYS,
        manages=permissions.allowed(who, "core.manage"),
        year=now().year,
    )
