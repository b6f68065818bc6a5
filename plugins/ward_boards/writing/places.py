"""Where something happened, never as a point: a ward, a part of it, or one of the 300 m squares that cover it.

The squares are cut from one grid over all of London, so a square keeps its letter and number whatever becomes of a
ward's outline. A stored place is `ward`, `ward/part` or `ward/part/square`; it reads without any outline.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import wards
from core.geometry import METRES_PER_DEGREE, Point, Ring, is_inside
from core.models import Ward

SIDE_METRES = 300
MOST_SQUARES = 90
"""A ward of the outskirts has more; its squares are then 600 m, or more, so that they can still be chosen from."""
MOST_WARDS = 4
PER_LATITUDE, PER_LONGITUDE = METRES_PER_DEGREE, METRES_PER_DEGREE * math.cos(math.radians(51.5))
"""Metres of a degree in London; flat is exact enough for squares."""
_NAMES = 26
_SAMPLES = 4
_FORM = re.compile(r"(E0[59]\d{6})(?:/(n|ne|e|se|s|sw|w|nw|c)(?:/([A-Z]\d{1,2}))?)?")


class Place(NamedTuple):
    """A stored place taken apart; `part` and `square` are empty for the whole ward."""

    ward_code: str
    part: str
    square: str


class Square(NamedTuple):
    """A square of a ward: its letter and number, the part of the ward it lies in, and where in the grid it is."""

    name: str
    part: str
    column: int
    row: int
    side: int

    def key(self, ward_code: str) -> str:
        """Return it as it is stored."""
        return f"{ward_code}/{self.part}/{self.name}"


@dataclass(frozen=True)
class WardPlaces:
    """What can be chosen in one ward; no squares and no parts when its outline was never imported."""

    code: str
    name: str
    squares: tuple[Square, ...]
    boundary: str = ""

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that have a square, in the order of a compass."""
        present = {square.part for square in self.squares}
        return tuple(part for part in _COMPASS if part in present)

    @property
    def keys(self) -> tuple[str, ...]:
        """Every place of it as it is stored."""
        areas = (self.code, *(f"{self.code}/{part}" for part in self.parts))
        return (*areas, *(square.key(self.code) for square in self.squares))


_COMPASS = ("n", "ne", "e", "se", "s", "sw", "w", "nw", "c")


def part_words() -> dict[str, str]:
    """Return the parts of a ward in plain words."""
    words = (_("north"), _("north-east"), _("east"), _("south-east"), _("south"), _("south-west"), _("west"))
    return dict(zip(_COMPASS, (*words, _("north-west"), _("middle")), strict=True))


def parse(key: str | None) -> Place | None:
    """Return a stored place taken apart, or None when the text is none."""
    found = _FORM.fullmatch(key or "")
    return None if found is None else Place(found[1], found[2] or "", found[3] or "")


def label(key: str | None) -> str:
    """Return a stored place in words, such as "Bow West, north-east, square C4"; empty when there is none."""
    place = parse(key)
    if place is None:
        return ""
    parts = [wards.name_of(place.ward_code)]
    parts += [part_words()[place.part]] if place.part else []
    parts += [_("square %(name)s", name=place.square)] if place.square else []
    return ", ".join(parts)


def of_wards(db: Session, ward_codes: Iterable[str]) -> list[WardPlaces]:
    """Return what can be chosen for a thread on these boards; for the borough's board every ward as a whole."""
    boards = {row.code: row for row in wards.boards()}
    chosen = [boards[code] for code in dict.fromkeys(ward_codes) if code in boards]
    outlined = [row.code for row in chosen if row.kind == "ward"][:MOST_WARDS]
    found = db.execute(sa.select(Ward.code, Ward.boundary).where(Ward.code.in_(outlined)))
    outlines = {code: (squares_of(boundary), boundary) for code, boundary in found if boundary}
    if any(row.kind == "borough" for row in chosen):
        chosen += [row for row in boards.values() if row.kind == "ward" and row not in chosen]
    return [WardPlaces(row.code, row.name, *outlines.get(row.code, ((), ""))) for row in chosen if row.kind == "ward"]


def choices(found: Iterable[WardPlaces]) -> dict[str, list[tuple[str, str]]]:
    """Return places as groups for a list to choose from."""
    words = part_words()
    groups: dict[str, list[tuple[str, str]]] = {}
    for ward in found:
        areas = [
            (ward.code, ward.name),
            *((f"{ward.code}/{part}", f"{ward.name}, {words[part]}") for part in ward.parts),
        ]
        groups[ward.name] = areas
        if ward.squares:
            groups[_("%(ward)s, squares", ward=ward.name)] = [
                (square.key(ward.code), _("%(part)s, square %(name)s", part=words[square.part], name=square.name))
                for square in ward.squares
            ]
    return groups


def check(db: Session, key: str, ward_codes: Iterable[str]) -> str | None:
    """Return what is wrong with a chosen place as a sentence, or None."""
    place = parse(key)
    if place is None or not wards.is_ward(place.ward_code):
        return str(_("We do not know this place. Choose one from the list."))
    codes = list(ward_codes)
    if place.ward_code not in codes and not any(not wards.is_ward(code) for code in codes):
        return str(_("This place is not on a board you chose. Choose another place, or add its board."))
    if key not in of_wards(db, [place.ward_code])[0].keys:
        return str(_("This square is not in the ward. Choose one from the list."))
    return None


@lru_cache(maxsize=128)
def squares_of(boundary: str) -> tuple[Square, ...]:
    """Return the squares that cover an outline (GeoJSON text), those in the north first; empty for no outline."""
    rings = [ring for polygon in json.loads(boundary).get("coordinates", ()) for ring in polygon]
    flat = [[(x * PER_LONGITUDE, y * PER_LATITUDE) for x, y in ring] for ring in rings]
    points = [point for ring in flat for point in ring]
    if not points:
        return ()
    side = SIDE_METRES
    while len(cells := _cells(flat, points, side)) > MOST_SQUARES:
        side *= 2
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    middle, half = ((west + east) / 2, (south + north) / 2), ((east - west) / 2 or 1, (north - south) / 2 or 1)
    found: dict[str, Square] = {}
    for column, row in sorted(cells, key=lambda cell: (-cell[1], cell[0])):
        centre = ((column + 0.5) * side, (row + 0.5) * side)
        name = f"{chr(ord('A') + column % _NAMES)}{row % _NAMES + 1}"
        found.setdefault(name, Square(name, _part(centre, middle, half), column, row, side))
    return tuple(found.values())


def _cells(rings: Sequence[Ring], points: Sequence[Point], side: int) -> list[tuple[int, int]]:
    columns = range(math.floor(min(x for x, _y in points) / side), math.floor(max(x for x, _y in points) / side) + 1)
    rows = range(math.floor(min(y for _x, y in points) / side), math.floor(max(y for _x, y in points) / side) + 1)
    steps = [(number + 0.5) / _SAMPLES for number in range(_SAMPLES)]
    return [
        (column, row)
        for column in columns
        for row in rows
        if any(is_inside(((column + dx) * side, (row + dy) * side), rings) for dx in steps for dy in steps)
    ]


def _part(centre: Point, middle: Point, half: Point) -> str:
    x, y = (centre[0] - middle[0]) / half[0], (centre[1] - middle[1]) / half[1]
    name = ("n" if y > 1 / 3 else "s" if y < -1 / 3 else "") + ("e" if x > 1 / 3 else "w" if x < -1 / 3 else "")
    return name or "c"
