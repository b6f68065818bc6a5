"""Postcode directories as files: ONSPD and NSPL of any year by their column names, and Code-Point Open.

Sources: ONSPD and NSPL user guides (ONS); Code-Point Open technical specification (OS); names as met in the files.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from operator import itemgetter
from pathlib import Path

from core import wards
from core.geometry import Point, from_national_grid

ONSPD, NSPL, CODE_POINT, OTHER = "onspd", "nspl", "code_point_open", "other"
TELL_EVERY_ROWS = 5_000
Progress = Callable[[int, int], None]
"""Called with bytes read and bytes in all."""

COLUMNS = {
    "postcode": re.compile(r"pcds|pcd2|pcd8|pcd7|pcd"),
    "borough": re.compile(r"lad\d\d?cd|oslaua|laua"),
    "ward": re.compile(r"wd\d\d?cd|osward|ward"),
    "ended": re.compile(r"doterm"),
    "user": re.compile(r"usertype|usrtypind"),
    "quality": re.compile(r"osgrdind|gridind"),
    "east": re.compile(r"oseast1m|east1m"),
    "north": re.compile(r"osnrth1m|north1m"),
    "lat": re.compile(r"lat"),
    "long": re.compile(r"long"),
}
FIELDS = tuple(COLUMNS)
NEEDED = ("postcode", "borough", "ward")
CODE_POINT_COLUMNS = {"postcode": 0, "borough": 8, "ward": 9, "quality": 1, "east": 2, "north": 3}
CODE_POINT_WIDTH = 10
# ONSPD lists civil parishes, NSPL does not; otherwise the two share their names in the newer years.
_ONLY_ONSPD = re.compile(r"osward|oslaua|parish|parncp\d\dcd|par\d\dcd")


class NotADirectory(ValueError):
    """The file is not a postcode directory we can read; the message says what is missing."""


Row = tuple[str, ...]
"""One line, in the order of `FIELDS`; empty where the file has no such column."""


@dataclass
class DirectoryFile:
    """A file being read: its product and columns are known once the first row came out of `rows`."""

    path: Path
    product: str = OTHER
    columns: tuple[str, ...] = ()
    malformed: int = 0
    """Lines that are too short to hold all columns."""

    @property
    def is_unchecked(self) -> bool:
        """Whether the file does not tell which postcodes have ended or belong to large users."""
        return self.product != CODE_POINT and not {"ended", "user"} <= set(self.columns)

    @property
    def has_points(self) -> bool:
        """Whether each line should hold a place on the map."""
        return {"east", "north"} <= set(self.columns) or {"lat", "long"} <= set(self.columns)

    def rows(self, progress: Progress | None = None) -> Iterator[Row]:
        """Yield each line; tells how far it is.

        Raises:
            NotADirectory: the columns for postcode, borough and ward are not in it.
        """
        size = self.path.stat().st_size
        with self.path.open("rb") as raw:
            reader = csv.reader(TextIOWrapper(raw, encoding="utf-8-sig", newline=""))
            first = next((row for row in reader if row and not row[0].startswith("#")), None)
            if first is None:
                raise NotADirectory(f"{self.path.name} is empty")
            pick, width = self._look(first)
            if self.product == CODE_POINT:
                yield pick([*first, ""])
            for number, row in enumerate(reader):
                if len(row) < width:
                    self.malformed += bool(row)
                    continue
                row.append("")  # what the columns that are not in the file point at
                yield pick(row)
                if progress and number % TELL_EVERY_ROWS == 0:
                    progress(min(raw.tell(), size), size)
        if progress:
            progress(size, size)

    def _look(self, first: list[str]) -> tuple[Callable[[list[str]], Row], int]:
        """Learn the columns from the first line; return how to pick them, and how wide a line must be."""
        found = _columns(first, self.path.name)
        self.columns = tuple(found)
        if found == CODE_POINT_COLUMNS:
            self.product = CODE_POINT
        elif any(_ONLY_ONSPD.fullmatch(head.strip().lower()) for head in first):
            self.product = ONSPD
        elif {"ended", "user"} <= set(found):
            self.product = NSPL
        return itemgetter(*(found.get(name, -1) for name in FIELDS)), max(found.values()) + 1


def point_of(row: Row) -> Point | None:
    """Return where the postcode lies, or None when the line has no grid reference.

    99.999999 and 0 stand for none. Latitude and longitude are believed before the grid, being exact.
    """
    east, north, lat, long = row[6:10]
    try:
        if lat and long and 49 < float(lat) < 61:
            return float(long), float(lat)
        if east and north and float(east) > 0 and float(north) > 0:
            return from_national_grid(float(east), float(north))
    except ValueError:
        pass
    return None


def ground_of(row: Row) -> tuple[str, str] | None:
    """Return the square metre (or the degrees) of the postcode as written, to be compared; None without one."""
    east, north, lat, long = row[6:10]
    if east.strip("0") and north.strip("0"):
        return east, north
    return (lat, long) if lat and not lat.startswith("99.9") and lat.strip("0.") else None


def _columns(first: list[str], name: str) -> dict[str, int]:
    if len(first) == CODE_POINT_WIDTH and wards.normalise_postcode(first[0]):
        return dict(CODE_POINT_COLUMNS)
    heads = [head.strip().lower() for head in first]
    found: dict[str, int] = {}
    for meaning, pattern in COLUMNS.items():
        at = next((at for at, head in enumerate(heads) if pattern.fullmatch(head)), None)
        if at is not None:
            found[meaning] = at
    missing = [meaning for meaning in NEEDED if meaning not in found]
    if missing:
        raise NotADirectory(
            f"{name} has no column for {' and '.join(missing)}; expected an ONS Postcode Directory, a National "
            "Statistics Postcode Lookup (columns like pcds, lad25cd, wd25cd) or a Code-Point Open file"
        )
    return found
