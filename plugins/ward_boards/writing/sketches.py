"""A small drawing of a ward with its squares, so that a letter and a number say where they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache

from plugins.ward_boards.writing.places import PER_LATITUDE, PER_LONGITUDE, WardPlaces, squares_of


@dataclass(frozen=True)
class Sketch:
    """A drawing in metres, north up: the outline as an SVG path, and each square with its left upper corner."""

    name: str
    width: int
    height: int
    side: int
    outline: str
    squares: tuple[tuple[int, int, str], ...]


def of_ward(ward: WardPlaces) -> Sketch | None:
    """Return the drawing of a ward, or None when it has no outline."""
    return _drawn(ward.name, ward.boundary) if ward.squares else None


@lru_cache(maxsize=64)
def _drawn(name: str, boundary: str) -> Sketch:
    squares = squares_of(boundary)
    side = squares[0].side
    left, top = min(each.column for each in squares) * side, (max(each.row for each in squares) + 1) * side
    width = (max(each.column for each in squares) + 1) * side - left
    height = top - min(each.row for each in squares) * side
    rings = [ring for polygon in json.loads(boundary)["coordinates"] for ring in polygon]
    lines = (
        " ".join(f"{round(x * PER_LONGITUDE) - left},{top - round(y * PER_LATITUDE)}" for x, y in ring)
        for ring in rings
    )
    placed = tuple((each.column * side - left, top - (each.row + 1) * side, each.name) for each in squares)
    return Sketch(name, width, height, side, " ".join(f"M{line}z" for line in lines), placed)
