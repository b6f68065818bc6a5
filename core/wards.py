"""The places: London's wards and boroughs by GSS code, this instance's boards, and postcode look-up.

Names and codes of all 33 boroughs come with us; postcodes and outlines come by importer
(`core.postcodes`, `core.boundaries`). Nothing here knows a person.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from core.database import reading

CACHE = "boroughwatch.boards"
CACHE_SECONDS = 300
"""Another process may import new names; five minutes later this one knows them too."""

# BS 7666 part 0, pattern PostCodeType, after normalising. A pattern of form, not a list of postcodes.
POSTCODE = re.compile(
    r"GIR 0AA|(?:[A-PR-UWYZ][0-9][0-9]?|[A-PR-UWYZ][A-HK-Y][0-9][0-9]?|[A-PR-UWYZ][0-9][A-HJKPSTUW]"
    r"|[A-PR-UWYZ][A-HK-Y][0-9][ABEHMNPRVWXY]) [0-9][ABD-HJLNP-UW-Z]{2}"
)
LOOKS_LIKE_A_DIGIT = str.maketrans("OI", "01")


class UnknownBorough(LookupError):
    """The code is not one of London's 33 boroughs; the message says what was expected."""


@dataclass(frozen=True)
class WardRow:
    """A board's place: GSS code, name, and `borough` or `ward`."""

    code: str
    name: str
    kind: str


@dataclass(frozen=True)
class PostcodeAnswer:
    """The ward of a postcode, or why there is none.

    `refusal` is `unknown` (not in the directory), `terminated` (no longer in use), `large_user` (a firm
    or a sorting office, where nobody lives) or `outside` (another borough); None with a ward.
    """

    ward_code: str | None
    refusal: str | None


@lru_cache(maxsize=1)
def _london() -> tuple[dict[str, dict[str, Any]], dict[str, list[WardRow]], dict[str, str]]:
    folder = files("core") / "data"
    boroughs = json.loads((folder / "london_boroughs.json").read_text(encoding="utf-8"))["boroughs"]
    listed = json.loads((folder / "london_wards.json").read_text(encoding="utf-8"))["wards"]
    wards = {borough: [WardRow(code, name, "ward") for code, name in rows] for borough, rows in listed.items()}
    names = {row.code: row.name for rows in wards.values() for row in rows}
    names.update({row["code"]: row["name"] for row in boroughs})
    return {row["code"]: row for row in boroughs}, wards, names


def boroughs() -> tuple[tuple[str, str], ...]:
    """Return (code, name) of London's 33 boroughs by name."""
    return tuple(sorted(((code, row["name"]) for code, row in _london()[0].items()), key=lambda pair: pair[1]))


def _borough(code: str) -> dict[str, Any]:
    row = _london()[0].get(code)
    if row is None:
        raise UnknownBorough(f"'{code}' is not a London borough; expected a GSS code like E09000030")
    return row


def borough_name(code: str) -> str:
    """Return the name of a London borough.

    Raises:
        UnknownBorough: so that a mistyped configuration stops the start.
    """
    return str(_borough(code)["name"])


def police_force(borough_code: str) -> str:
    """Return the id of the borough's police force at data.police.uk; raises UnknownBorough."""
    return str(_borough(borough_code)["police_force"])


def neighbours(borough_code: str) -> tuple[str, ...]:
    """Return the codes of the boroughs next to one: those by land, then those across the river."""
    row = _borough(borough_code)
    return (*row["neighbours"], *row["across_river"])


def wards_of(borough_code: str) -> tuple[WardRow, ...]:
    """Return a London borough's wards by name, from the list that comes with us; raises UnknownBorough."""
    _borough(borough_code)
    return tuple(sorted(_london()[1][borough_code], key=lambda row: row.name))


def borough_of(ward_code: str) -> str | None:
    """Return the borough of a ward on the list that comes with us, or None when it is on none."""
    return next((code for code, rows in _london()[1].items() if any(row.code == ward_code for row in rows)), None)


def load_borough(db: Session, borough_code: str) -> int:
    """Write the borough and its wards; those that are there already keep their names. Returns how many were new.

    Raises:
        UnknownBorough: no such borough.
    """
    from core.models import Ward

    wanted = [WardRow(borough_code, borough_name(borough_code), "borough"), *wards_of(borough_code)]
    present = set(db.scalars(sa.select(Ward.code)))
    fresh = [row for row in wanted if row.code not in present]
    db.add_all(Ward(code=row.code, borough_code=borough_code, name=row.name, kind=row.kind) for row in fresh)
    db.flush()
    return len(fresh)


def boards() -> tuple[WardRow, ...]:
    """Return the places of this instance: the borough first, then its wards by name; empty before set-up.

    Wards that ended are not among them.
    """
    return _places().boards


def forget_boards() -> None:
    """Read the places anew at the next question; call after the commit that changed them."""
    current_app.extensions.pop(CACHE, None)


def name_of(code: str, on: date | None = None) -> str:
    """Return the name of a ward or borough, ours or another's, today or on a day; the code when nobody knows it.

    A ward that ended keeps its last name.
    """
    places = _places()
    if on is not None:
        for from_on, name in reversed(places.dated_names.get(code, ())):
            if from_on <= on:
                return name
    return places.names.get(code) or _london()[2].get(code, code)


def is_ward(code: str) -> bool:
    """Whether the code is a ward of this instance today; the borough's own code is not."""
    return any(row.code == code and row.kind == "ward" for row in boards())


def ended_on(code: str) -> date | None:
    """Return the day since which one of our wards is no ward any more, or None."""
    return _places().ended.get(code)


def successors(code: str) -> tuple[str, ...]:
    """Return the places of today that a ward of ours went into, the largest part first; empty while it stands."""
    return _places().successors(code)


def living(codes: Iterable[str]) -> tuple[str, ...]:
    """Return those of the codes that have not ended, in their order."""
    ended = _places().ended
    return tuple(code for code in codes if code not in ended)


def of_today(db: Session, codes: Iterable[str]) -> tuple[str, ...]:
    """Return the codes with each that has ended replaced by its successors, each once.

    For what is about to be written: it asks the database, so a list of places that another process read some minutes
    ago puts nothing where nobody looks any more.
    """
    from core.models import Ward

    wanted = tuple(codes)
    gone = set(db.scalars(sa.select(Ward.code).where(Ward.code.in_(wanted), Ward.ended_on.is_not(None))))
    if not gone:
        return wanted
    places = _read_places(db)
    now_there = (places.successors(code) if code in gone else (code,) for code in wanted)
    return tuple(dict.fromkeys(code for several in now_there for code in several))


@dataclass(frozen=True)
class _Places:
    boards: tuple[WardRow, ...]
    names: dict[str, str]
    dated_names: dict[str, list[tuple[date, str]]]
    ended: dict[str, date]
    went_to: dict[str, list[str]]

    def successors(self, code: str) -> tuple[str, ...]:
        """Follow the changes to places that stand today; a circle cannot be, for no ended code comes back."""
        if code not in self.ended:
            return ()
        found: dict[str, None] = {}
        for new in self.went_to.get(code, ()):
            found.update(dict.fromkeys(self.successors(new) or (new,)))
        return tuple(found)


def _places() -> _Places:
    kept = current_app.extensions.get(CACHE)
    if kept is not None and kept[0] > time.monotonic():
        cached: _Places = kept[1]
        return cached
    with reading() as db:
        found = _read_places(db)
    if found.boards:
        current_app.extensions[CACHE] = (time.monotonic() + CACHE_SECONDS, found)
    return found


def _read_places(db: Session) -> _Places:
    from core.models import Ward, WardChange, WardName

    rows = db.execute(sa.select(Ward.code, Ward.name, Ward.kind, Ward.ended_on)).all()
    boards = (WardRow(row.code, row.name, row.kind) for row in rows if row.ended_on is None)
    ended = {row.code: row.ended_on for row in rows if row.ended_on is not None}
    dated: dict[str, list[tuple[date, str]]] = {}
    for code, from_on, name in db.execute(
        sa.select(WardName.code, WardName.from_on, WardName.name).order_by(WardName.code, WardName.from_on)
    ):
        dated.setdefault(code, []).append((from_on, name))
    went_to: dict[str, list[str]] = {}
    if ended:
        largest_first = (sa.func.coalesce(WardChange.share_permille, 0).desc(), WardChange.new_code)
        moves = sa.select(WardChange.old_code, WardChange.new_code).where(WardChange.old_code != WardChange.new_code)
        for old, new in db.execute(moves.order_by(WardChange.old_code, *largest_first)):
            went_to.setdefault(old, []).append(new)
    return _Places(
        tuple(sorted(boards, key=lambda row: (row.kind != "borough", row.name))),
        {row.code: row.name for row in rows},
        dated,
        ended,
        went_to,
    )


def normalise_postcode(text: str) -> str | None:
    """Return a postcode as it is written (`E3 4AB`), or None when the text cannot be one.

    Case and spaces do not matter. The inward part begins with a digit, so a letter O or I there is
    read as 0 or 1. Source: BS 7666-0 PostCodeType.
    """
    bare = re.sub(r"[^A-Z0-9]", "", text.upper()) if len(text) <= 40 else ""
    if not 5 <= len(bare) <= 7:
        return None
    written = f"{bare[:-3]} {bare[-3].translate(LOOKS_LIKE_A_DIGIT)}{bare[-2:]}"
    return written if POSTCODE.fullmatch(written) else None


def ward_of_postcode(db: Session, text: str) -> PostcodeAnswer:
    """Return the ward a postcode lies in, or why it proves no residence here. What an admin said of it wins."""
    from core.models import Postcode, PostcodeOverride

    written = normalise_postcode(text)
    if written is None:
        return PostcodeAnswer(None, "unknown")
    said = db.execute(sa.select(PostcodeOverride.ward_code).where(PostcodeOverride.postcode == written)).one_or_none()
    if said is not None:
        return PostcodeAnswer(said.ward_code, None if said.ward_code else "large_user")
    row = db.execute(sa.select(Postcode.ward_code, Postcode.refusal).where(Postcode.postcode == written)).one_or_none()
    if row is None:
        return PostcodeAnswer(None, "unknown")
    if row.refusal:
        return PostcodeAnswer(None, row.refusal)
    return PostcodeAnswer(row.ward_code, None) if row.ward_code else PostcodeAnswer(None, "unknown")
