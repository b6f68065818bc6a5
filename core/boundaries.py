"""Ward outlines: reads ONS boundary files (GeoJSON) of any year, keeps them simplified with each ward."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core import wards
from core.database import now, transaction
from core.geometry import Point, metres_from_line
from core.instance import instance

CODE = re.compile(r"wd\d\d?cd", re.IGNORECASE)
NAME = re.compile(r"wd\d\d?nm", re.IGNORECASE)
BOROUGH = re.compile(r"lad\d\d?cd", re.IGNORECASE)
KEEP_WITHIN_METRES = 15.0
DECIMALS = 5  # about one metre


class NotBoundaries(ValueError):
    """The file is not a boundary file we can use; the message says what is wrong and what to do."""


@dataclass(frozen=True)
class BoundaryCounts:
    """What an import did: wards outlined and renamed, ours that the file lacks, and codes that we do not know."""

    outlined: int
    renamed: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def import_boundaries(path: Path) -> BoundaryCounts:
    """Store each ward's outline, simplified, and its name as of the file; other boroughs' features are passed over.

    Raises:
        NotBoundaries: not GeoJSON in degrees, no ward codes in it, or none of them ours.
    """
    from core.models import Ward
    from core.ward_names import call

    features = _features(path)
    home = instance().config.borough
    renamed, unknown, done = [], [], set()
    living = sa.and_(Ward.kind == "ward", Ward.ended_on.is_(None))
    with transaction() as db:
        ours = {row.code: row for row in db.scalars(sa.select(Ward).where(living))}
        for code, name, borough, geometry in features:
            ward = ours.get(code)
            if ward is None:
                unknown += [code] if borough == home else []
                continue
            ward.boundary = json.dumps(_simplified(geometry), separators=(",", ":"))
            if name and name != ward.name:
                renamed.append(f"{ward.name} -> {name}")
                call(db, code, name[:80], now().date())
            done.add(code)
        if not done:
            raise NotBoundaries(
                f"{path.name} has no ward of {wards.borough_name(home)} that is on our list; "
                "download 'Wards (December 2024) Boundaries' or later"
            )
        missing = sorted(set(ours) - done)
    wards.forget_boards()
    return BoundaryCounts(len(done), tuple(renamed), tuple(missing), tuple(sorted(unknown)))


def _features(path: Path) -> list[tuple[str, str, str | None, Mapping[str, Any]]]:
    try:
        whole = json.loads(path.read_text(encoding="utf-8-sig"))
        listed = whole["features"]
        found = [_feature(feature) for feature in listed if feature.get("geometry")]
    except FileNotFoundError:
        raise NotBoundaries(f"there is no file {path}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotBoundaries(f"{path.name} is not a GeoJSON file of wards with columns like WD24CD") from None
    for _code, _name, _borough, geometry in found:
        for ring in _rings(geometry):
            if any(abs(x) > 180 or abs(y) > 90 for x, y in ring):
                raise NotBoundaries(
                    f"{path.name} is in metres of the National Grid; download the GeoJSON, which is in degrees (WGS 84)"
                )
    return found


def _feature(feature: Mapping[str, Any]) -> tuple[str, str, str | None, Mapping[str, Any]]:
    code = name = borough = None
    for head, value in feature["properties"].items():
        if CODE.fullmatch(head):
            code = value
        elif NAME.fullmatch(head):
            name = value
        elif BOROUGH.fullmatch(head):
            borough = value
    if not code:
        raise KeyError("ward code")
    return str(code), str(name or ""), borough, feature["geometry"]


def _rings(geometry: Mapping[str, Any]) -> list[list[Point]]:
    if geometry["type"] not in ("Polygon", "MultiPolygon"):
        raise ValueError("not an area")
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [[(float(point[0]), float(point[1])) for point in ring] for polygon in polygons for ring in polygon]


def _simplified(geometry: Mapping[str, Any]) -> dict[str, Any]:
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    kept = []
    for polygon in polygons:
        rings = [simplify_ring([(float(point[0]), float(point[1])) for point in ring]) for ring in polygon]
        if len(rings[0]) >= 4:
            kept.append([ring for ring in rings if len(ring) >= 4])
    return {"type": "MultiPolygon", "coordinates": kept}


def simplify_ring(ring: list[Point], within_metres: float = KEEP_WITHIN_METRES) -> list[Point]:
    """Return a closed ring with the points that matter (Douglas-Peucker), rounded to about a metre.

    A ring smaller than the tolerance comes back with fewer than four points.
    """
    if len(ring) < 4:
        return []
    # The far point splits the ring in two lines; otherwise its first and last point, being the same, span no line.
    far = max(range(len(ring)), key=lambda at: metres_from_line(ring[at], ring[0], ring[0]))
    keep = _line(ring[: far + 1], within_metres)[:-1] + _line(ring[far:], within_metres)
    return [(round(x, DECIMALS), round(y, DECIMALS)) for x, y in keep]


def _line(points: list[Point], within_metres: float) -> list[Point]:
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        inner = range(first + 1, last)
        if not inner:
            continue
        at = max(inner, key=lambda index: metres_from_line(points[index], points[first], points[last]))
        if metres_from_line(points[at], points[first], points[last]) > within_metres:
            keep.add(at)
            spans += [(first, at), (at, last)]
    return [points[index] for index in sorted(keep)]
