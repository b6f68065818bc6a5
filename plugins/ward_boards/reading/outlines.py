"""The wards' outlines as shapes of one drawing: made once for each import of boundaries, kept by the process.

The boundaries are those an admin imported (`core.boundaries`); nothing is fetched from anywhere.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask import current_app

from core import wards
from core.boundaries import simplify_ring
from core.database import reading
from core.geometry import Point, Ring, is_inside, metres_from_line
from core.models import Ward

CACHE = "ward_boards.outlines"
WIDTH = 1000
MARGIN = 12
DETAIL_METRES = 25.0
"""A thousand points across a borough of some ten kilometres: what is smaller is not to be seen."""


@dataclass(frozen=True)
class Shape:
    """A ward as it is drawn: its path, and a point well inside for its number."""

    code: str
    path: str
    x: int
    y: int


@dataclass(frozen=True)
class Drawing:
    """All wards with an outline, and the size of the drawing."""

    shapes: tuple[Shape, ...]
    width: int
    height: int


def drawing() -> Drawing | None:
    """Return the drawing, or None when no outline was imported.

    Kept until the places change (`core.wards` notices an import at once in its own process, elsewhere within
    minutes); then the outlines are read again, and drawn again only if they are others.
    """
    places = wards.boards()
    kept = current_app.extensions.get(CACHE)
    if kept is not None and kept[0] is places:
        found: Drawing | None = kept[2]
        return found
    with reading() as db:
        chosen = sa.select(Ward.code, Ward.boundary).where(Ward.kind == "ward", Ward.boundary.is_not(None))
        rows = [(code, text) for code, text in db.execute(chosen.order_by(Ward.code)) if text]
    known = {place.code for place in places}
    rows = [(code, text) for code, text in rows if code in known]
    revision = hashlib.sha256(repr(rows).encode()).hexdigest()
    made = kept[2] if kept is not None and kept[1] == revision else _drawn(rows)
    current_app.extensions[CACHE] = (places, revision, made)
    return made


def _drawn(rows: Sequence[tuple[str, str]]) -> Drawing | None:
    areas = {code: rings for code, text in rows if (rings := _rings(json.loads(text)))}
    points = [point for rings in areas.values() for ring in rings for point in ring]
    if not points:
        return None
    west, south = min(x for x, _y in points), min(y for _x, y in points)
    east, north = max(x for x, _y in points), max(y for _x, y in points)
    stretch = math.cos(math.radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / max((east - west) * stretch, (north - south) * 0.5, 1e-6)

    def placed(point: Point) -> tuple[int, int]:
        return round(MARGIN + (point[0] - west) * stretch * scale), round(MARGIN + (north - point[1]) * scale)

    shapes = []
    for code, rings in areas.items():
        x, y = placed(_middle(rings))
        shapes.append(Shape(code, "".join(_path([placed(point) for point in ring]) for ring in rings), x, y))
    width, height = placed((east, south))
    return Drawing(tuple(shapes), width + MARGIN, height + MARGIN)


def _rings(geometry: dict[str, Any]) -> list[Ring]:
    rings = [[(float(x), float(y)) for x, y in ring] for polygon in geometry["coordinates"] for ring in polygon]
    simple = [simplify_ring(ring, DETAIL_METRES) for ring in rings]
    return [ring for ring in simple if len(ring) >= 4]


def _path(points: Sequence[tuple[int, int]]) -> str:
    corners = [f"{x} {y}" for x, y in points[:-1]]
    return f"M{'L'.join(corners)}Z"


def _middle(rings: Sequence[Ring]) -> Point:
    """Return a point far from every edge: the best of a grid, so that a number stands inside a crooked ward too."""
    outer = max(rings, key=_extent)
    xs, ys = [x for x, _y in outer], [y for _x, y in outer]
    steps = 24
    best, farthest = (sum(xs) / len(xs), sum(ys) / len(ys)), -1.0
    for across in range(1, steps):
        for down in range(1, steps):
            point = (
                min(xs) + (max(xs) - min(xs)) * across / steps,
                min(ys) + (max(ys) - min(ys)) * down / steps,
            )
            if is_inside(point, rings):
                room = min(metres_from_line(point, one, two) for one, two in zip(outer, outer[1:], strict=False))
                if room > farthest:
                    best, farthest = point, room
    return best


def _extent(ring: Ring) -> float:
    xs, ys = [x for x, _y in ring], [y for _x, y in ring]
    return (max(xs) - min(xs)) * (max(ys) - min(ys))
