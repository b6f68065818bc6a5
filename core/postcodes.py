"""The postcode directory: what this borough needs of a file of ONS or Ordnance Survey, judged row by row.

Kept are this borough's postcodes and those of its neighbours, so that "that is in Hackney" can be told
from "we do not know it". A file holds places only, and so does the table. Nothing is asked of another server.
"""

from __future__ import annotations

import csv
import json
import math
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from core import wards
from core.database import reading, transaction
from core.geometry import METRES_PER_DEGREE, Point, Ring, metres_from_area
from core.instance import instance
from core.postcode_files import DirectoryFile, NotADirectory, Progress, Row, ground_of, point_of

MADE = "made for the demo"
BATCH_ROWS = 2_000
LARGE_USER = "1"
NEAREST_WITHIN_METRES = 300.0
"""ONS clips wards at high water, so quays lie outside them. Source: issue 3, CIVIC section 2."""
MOST_ON_ONE_POINT = 50
"""More postcodes on one metre of ground are a delivery office with its PO boxes, not homes: one postcode is
about 15 addresses, and the largest towers of the borough have less than half as many."""

# Positional quality, ONS 1 to 9 and Code-Point Open 10 to 90. Source: ONSPD user guide; OS technical specification.
SECTOR_MEAN, OLD_POINT, NO_POINT = "6", "8", "9"


@dataclass
class PostcodeCounts:
    """What an import did: rows kept per kind, rows of elsewhere, and rows that make no sense."""

    residential: int = 0
    nearest: int = 0
    """Among the residential: rows without a ward of ours, put into the ward their point lies in or next to."""
    terminated: int = 0
    large_user: int = 0
    shared_point: int = 0
    """Refused like those of large users: PO boxes, or on a point that very many share."""
    outside: int = 0
    elsewhere: int = 0
    malformed: int = 0
    unplaced: int = 0
    """Rows of this borough without a grid reference: their ward is a guess, so it is not taken."""
    unknown_ward: int = 0
    """Rows of this borough whose ward is none of our boards and whose point is near none: a file of another year."""
    unchecked: bool = False
    """The file does not say which postcodes have ended or belong to large users."""
    product: str = ""


def import_postcodes(path: Path, progress: Progress | None = None) -> PostcodeCounts:
    """Read a directory file into the table, in one transaction; what the file does not name stays.

    Postcodes made for the demo go when a real file comes in. What an admin said of a postcode stays, and wins.

    Raises:
        NotADirectory: no such file, or the columns for postcode, borough and ward are not in it.
    """
    judge = _judged(path, progress)
    if not judge.kept:
        name = wards.borough_name(instance().config.borough)
        raise NotADirectory(f"{path.name} has no postcode of {name} or its neighbours; is it the file of another area?")
    _replace(judge.kept, path.name, judge.counts.product)
    return judge.counts


def import_demo_postcodes() -> int:
    """Read the made postcodes that come with us, unless a real directory is there; return how many were kept."""
    from core.models import Postcode

    with reading() as db:
        if db.scalar(sa.select(sa.func.count()).select_from(Postcode).where(Postcode.source != MADE)):
            return 0
    with _demo_file() as path:
        kept = _judged(path, None).kept
    with transaction() as db:
        for row in kept.values():
            db.merge(Postcode(**row, source=MADE, product=MADE))
    return len(kept)


def _demo_file() -> AbstractContextManager[Path]:
    return as_file(files("core") / "data" / "demo_postcodes.csv")


def _judged(path: Path, progress: Progress | None) -> _Judge:
    file = DirectoryFile(path)
    judge = _Judge(file)
    try:
        for row in file.rows(progress):
            judge.take(row)
    except FileNotFoundError:
        raise NotADirectory(f"there is no file {path}") from None
    except (UnicodeDecodeError, csv.Error):
        raise NotADirectory(f"{path.name} is not a CSV file in UTF-8; unpack the download and name the .csv") from None
    judge.refuse_shared_points()
    judge.counts.malformed += file.malformed
    judge.counts.unchecked = file.is_unchecked
    judge.counts.product = file.product
    return judge


@dataclass
class _Judge:
    """Keeps each row with its ward, or with the reason why it proves nothing, or drops it."""

    file: DirectoryFile
    counts: PostcodeCounts = field(default_factory=PostcodeCounts)
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = instance().config.borough
        self.near = frozenset(wards.neighbours(self.home))
        self.ours = {row.code for row in wards.boards() if row.kind == "ward"}
        self.outlines = _outlines()
        self.points: dict[str, tuple[str, str]] = {}

    def take(self, row: Row) -> None:
        """Judge one row of the file."""
        borough = row[1].strip()
        is_home = borough == self.home
        if not is_home and borough not in self.near:
            # A line without a borough is ours when its point lies in one of our wards; near is not enough there.
            point = point_of(row) if not borough else None
            if point is None or self._ward_near(point, 0.0) is None:
                self.counts.elsewhere += 1
                return
            is_home = True
        postcode = wards.normalise_postcode(row[0])
        if postcode is None:
            self.counts.malformed += 1
            return
        if is_home:
            self._take_home(postcode, row)
        else:
            self.counts.outside += 1
            self._keep(postcode, None, "outside")

    def _take_home(self, postcode: str, row: Row) -> None:
        ward, quality = row[2].strip(), row[5].strip()[:1]
        ground = ground_of(row)
        if ground:
            self.points[postcode] = ground
        if row[3].strip() or quality == OLD_POINT:
            self.counts.terminated += 1
            self._keep(postcode, None, "terminated")
        elif row[4].strip() == LARGE_USER:
            self.counts.large_user += 1
            self._keep(postcode, None, "large_user")
        elif quality == SECTOR_MEAN:
            self.counts.shared_point += 1
            self._keep(postcode, None, "large_user")
        elif quality == NO_POINT or (self.file.has_points and ward in self.ours and point_of(row) is None):
            self.counts.unplaced += 1
        else:
            self._place(postcode, ward, row)

    def _place(self, postcode: str, ward: str, row: Row) -> None:
        is_nearest = ward not in self.ours
        if is_nearest:
            point = point_of(row)
            found = self._ward_near(point, NEAREST_WITHIN_METRES) if point else None
            if found is None:
                self.counts.unknown_ward += 1
                return
            ward = found
            self.counts.nearest += 1
        self.counts.residential += 1
        self._keep(postcode, ward, None, is_nearest=is_nearest)

    def refuse_shared_points(self) -> None:
        """Turn homes on a point that very many postcodes share into PO boxes."""
        crowds = Counter(self.points.values())
        for postcode, point in self.points.items():
            row = self.kept.get(postcode)
            if row is None or row["refusal"] or crowds[point] <= MOST_ON_ONE_POINT:
                continue
            self.counts.residential -= 1
            self.counts.nearest -= row["is_nearest"]
            self.counts.shared_point += 1
            self._keep(postcode, None, "large_user")

    def _ward_near(self, point: Point, within_metres: float) -> str | None:
        found = [(outline.metres_from(point, within_metres), outline.code) for outline in self.outlines]
        distance, code = min(found, default=(math.inf, ""))
        return code if distance <= within_metres else None

    def _keep(self, postcode: str, ward: str | None, refusal: str | None, *, is_nearest: bool = False) -> None:
        self.kept[postcode] = {
            "postcode": postcode,
            "ward_code": ward,
            "refusal": refusal,
            "is_nearest": is_nearest,
        }


@dataclass(frozen=True)
class _Outline:
    code: str
    rings: tuple[Ring, ...]
    box: tuple[float, float, float, float]

    def metres_from(self, point: Point, within_metres: float) -> float:
        """Return the distance, or infinity for a point that is certainly farther than asked for."""
        # A degree of longitude is shorter than one of latitude: twice the margin is enough up to 60 degrees north.
        margin = within_metres / METRES_PER_DEGREE
        west, south, east, north = self.box
        if not (west - 2 * margin <= point[0] <= east + 2 * margin and south - margin <= point[1] <= north + margin):
            return math.inf
        return metres_from_area(point, self.rings)


def _outlines() -> tuple[_Outline, ...]:
    from core.models import Ward

    with reading() as db:
        rows = db.execute(sa.select(Ward.code, Ward.boundary).where(Ward.kind == "ward", Ward.boundary.is_not(None)))
        found = []
        for code, boundary in rows.all():
            shape = json.loads(boundary or "{}")
            rings = tuple([(x, y) for x, y in ring] for polygon in shape["coordinates"] for ring in polygon)
            xs, ys = zip(*(point for ring in rings for point in ring), strict=True)
            found.append(_Outline(code, rings, (min(xs), min(ys), max(xs), max(ys))))
    return tuple(found)


def _replace(kept: Mapping[str, Mapping[str, Any]], source: str, product: str) -> None:
    from core.models import Postcode

    rows = [{**row, "source": source[:40], "product": product} for row in kept.values()]
    with transaction() as db:
        db.execute(sa.delete(Postcode).where(Postcode.source == MADE))
        for start in range(0, len(rows), BATCH_ROWS):
            batch = rows[start : start + BATCH_ROWS]
            for part in range(0, len(batch), 500):  # SQLite takes a limited number of values in one IN
                codes = [row["postcode"] for row in batch[part : part + 500]]
                db.execute(sa.delete(Postcode).where(Postcode.postcode.in_(codes)))
            db.execute(sa.insert(Postcode), batch)
