"""What a list of ward changes comes to, checked against the wards there are; nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import wards
from core.models import Ward, WardChange
from core.ward_change_files import ChangeRow

RENAME, SPLIT, MERGE, END = "rename", "split", "merge", "end"
LEAST_SHARE = 0.05
"""A smaller part of a ward is a corrected border or noise of the drawing; whoever lives there is told nothing new."""


class NotPossible(ValueError):
    """A change does not fit the wards there are; the message says which, where in the file, and what to do."""


@dataclass(frozen=True)
class Step:
    """What becomes of one ward: its successors with their parts, the largest first; without it among them it ends."""

    on: date
    old_code: str
    kind: str
    to: tuple[tuple[str, float | None], ...]

    @property
    def new_codes(self) -> tuple[str, ...]:
        """The successors, the largest first."""
        return tuple(code for code, _share in self.to)

    @property
    def ends(self) -> bool:
        """Whether the old ward is no ward any more."""
        return self.old_code not in self.new_codes


@dataclass
class Plan:
    """All steps in the order of their days, new wards and names by day, and what was passed over and why."""

    steps: list[Step] = field(default_factory=list)
    named: list[tuple[date, str, str]] = field(default_factory=list)
    too_small: list[ChangeRow] = field(default_factory=list)
    done_before: int = 0
    elsewhere: int = 0


@dataclass
class _Place:
    """A ward while the plan is made: its name, and the day it ended."""

    name: str
    ended_on: date | None


def plan(
    db: Session, rows: Sequence[ChangeRow], *, borough: str, today: date, least_share: float = LEAST_SHARE
) -> Plan:
    """Return what these rows do to the wards of a borough, day after day.

    Raises:
        NotPossible: a ward that is not ours, a code that ends and begins on one day, a day to come, a missing name.
    """
    found = Plan()
    columns = sa.select(Ward.code, Ward.name, Ward.ended_on).where(Ward.kind == "ward")
    places = {row.code: _Place(row.name, row.ended_on) for row in db.execute(columns)}
    changes = sa.select(WardChange.old_code, WardChange.on_date)
    before = {(row.old_code, row.on_date) for row in db.execute(changes)}
    ours: dict[date, list[ChangeRow]] = {}
    for row in rows:
        if row.borough and row.borough != borough:
            found.elsewhere += 1
        elif row.on is None:
            raise NotPossible(f"{row.place}: there is no date; add a column 'date', or give the day with --on")
        elif row.on > today:
            raise NotPossible(f"{row.place}: {row.on} is still to come; run this again on that day")
        elif (row.old_code, row.on) in before:
            found.done_before += 1
        else:
            ours.setdefault(row.on, []).append(row)
    for on in sorted(ours):
        _plan_day(found, places, ours[on], borough=borough, least=least_share)
    return found


def _plan_day(found: Plan, places: dict[str, _Place], rows: list[ChangeRow], *, borough: str, least: float) -> None:
    kept = _without_slivers(found, rows, least)
    by_old: dict[str, list[ChangeRow]] = {}
    sources: dict[str, set[str]] = {}
    for row in kept:
        by_old.setdefault(row.old_code, []).append(row)
        sources.setdefault(row.new_code, set()).add(row.old_code)
    for row in rows:
        _check_old(places, row)
    ending = {old for old, several in by_old.items() if old not in {row.new_code for row in several}}
    stood = {code for code, place in places.items() if place.ended_on is None}
    for row in rows:
        if row.new_code:
            _check_new(places, row, ending=ending, borough=borough)
            _name(found, places, row)
    for old, several in by_old.items():
        step = _step(old, several, sources, stood=stood, borough=borough)
        if step.new_codes == (old,) and not any(each[1] == old and each[0] == step.on for each in found.named):
            continue  # the same ward under the same name
        found.steps.append(step)
        if step.ends:
            places[old].ended_on = step.on


def _without_slivers(found: Plan, rows: list[ChangeRow], least: float) -> list[ChangeRow]:
    """Return the rows that count, each pair of wards once: the others are too small a part of their old ward."""
    large = {row.old_code for row in rows if row.share is None or row.share >= least}
    kept: dict[tuple[str, str], ChangeRow] = {}
    for row in rows:
        if row.share is not None and row.share < least and row.old_code in large:
            found.too_small.append(row)
        else:
            kept.setdefault((row.old_code, row.new_code), row)
    return list(kept.values())


def _check_old(places: dict[str, _Place], row: ChangeRow) -> None:
    place = places.get(row.old_code)
    if place is None:
        raise NotPossible(f"{row.place}: {row.old_code} is not a ward of this borough; leave rows of others out")
    if place.ended_on is not None:
        raise NotPossible(f"{row.place}: {row.old_code} {place.name} ended on {place.ended_on} and cannot change again")


def _check_new(places: dict[str, _Place], row: ChangeRow, *, ending: set[str], borough: str) -> None:
    if row.new_code in ending:
        raise NotPossible(
            f"{row.place}: {row.new_code} ends on {row.on} itself, so nothing can go into it on that day; "
            "give the ward that follows it"
        )
    place = places.get(row.new_code)
    if place is not None and place.ended_on is not None:
        raise NotPossible(f"{row.place}: {row.new_code} ended on {place.ended_on}; a code is never used again")
    theirs = wards.borough_of(row.new_code)
    if place is None and theirs not in (None, borough):
        raise NotPossible(f"{row.place}: {row.new_code} is a ward of {wards.borough_name(str(theirs))}")
    if place is None and not row.new_name:
        raise NotPossible(f"{row.place}: {row.new_code} is new here and has no name; fill in new_name")


def _name(found: Plan, places: dict[str, _Place], row: ChangeRow) -> None:
    assert row.on is not None  # noqa: S101  # nosec B101  # rows without a day were refused before
    named = {code: name for on, code, name in found.named if on == row.on}
    place = places.get(row.new_code)
    if row.new_code in named and row.new_name and named[row.new_code] != row.new_name:
        raise NotPossible(f"{row.place}: {row.new_code} is '{named[row.new_code]}' above and '{row.new_name}' here")
    if place is None or (row.new_name and place.name != row.new_name):
        found.named.append((row.on, row.new_code, row.new_name))
        places[row.new_code] = _Place(row.new_name, None)


def _step(old: str, rows: list[ChangeRow], sources: dict[str, set[str]], *, stood: set[str], borough: str) -> Step:
    on = rows[0].on
    assert on is not None  # noqa: S101  # nosec B101  # rows without a day were refused before
    to = tuple((row.new_code, row.share) for row in sorted(rows, key=lambda row: (-(row.share or 0), row.new_code)))
    if any(not code for code, _share in to):
        if len(to) > 1:
            raise NotPossible(f"{rows[0].place}: {old} both goes on and ends without a successor; leave one out")
        return Step(on, old, END, ((borough, None),))
    if len(to) > 1:
        return Step(on, old, SPLIT, to)
    new = to[0][0]
    is_merge = new != old and (len(sources[new]) > 1 or new in stood)
    return Step(on, old, MERGE if is_merge else RENAME, to)
