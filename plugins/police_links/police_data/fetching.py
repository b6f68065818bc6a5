"""The daily look at the open data. Each ward is stored by itself; what cannot be had leaves the last good copy."""

from __future__ import annotations

import json
import logging
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import wards
from core.database import new_id, reading, transaction
from core.instance import instance
from core.models import Ward
from plugins.police_links.police_data.models import CrimeCount, Neighbourhood, Priority
from plugins.police_links.police_data.source import GivenPriority, NoAnswer, PoliceData

log = logging.getLogger(__name__)
AGAIN_AFTER_SECONDS = 3 * 3600
MONTHS_AT_ONCE = 3
"""So many months back are filled in a day; a year of a new instance is there in four."""
MONTHS_KEPT = 25
MOST_PRIORITIES = 10


def fetch(now: datetime) -> float | None:
    """Read priorities and figures of every ward; try again sooner when the source did not answer."""
    config = instance().config
    try:
        with PoliceData(config.police_data_url) as source:
            _fetch_priorities(source, wards.police_force(config.borough), now.date())
            _fetch_figures(source)
    except NoAnswer as problem:
        log.warning("the open data of the police could not be read (%s); what we have stays", problem)
        return AGAIN_AFTER_SECONDS
    return None


def _fetch_priorities(source: PoliceData, force: str, today: date) -> None:
    known = source.neighbourhoods(force)
    for place in wards.boards():
        # The Met calls a neighbourhood by its ward's code, sometimes with an N behind it.
        name = next((name for name in (place.code, f"{place.code}N") if name in known), None)
        if name is not None:
            given = source.priorities(force, name)
            with transaction() as db:
                store_priorities(db, place.code, name, given, today=today)


def store_priorities(db: Session, ward_code: str, name: str, given: list[GivenPriority], *, today: date) -> None:
    """Replace what a ward's officers say they work on."""
    db.execute(sa.delete(Priority).where(Priority.ward_code == ward_code))
    for one in given[:MOST_PRIORITIES]:
        db.add(Priority(id=new_id(), ward_code=ward_code, **vars(one)))
    db.merge(Neighbourhood(ward_code=ward_code, name=name, read_on=today))
    db.flush()


def _fetch_figures(source: PoliceData) -> None:
    newest = source.newest_month()
    with reading() as db:
        outlines = _outlines(db)
        have = {(row.ward_code, row.month) for row in db.execute(sa.select(CrimeCount.ward_code, CrimeCount.month))}
    for code, outline in outlines.items():
        missing = [month for month in months_back(newest, MONTHS_KEPT - 1) if (code, month) not in have]
        for month in missing[:MONTHS_AT_ONCE]:
            counts = source.crimes(outline, month)
            with transaction() as db:
                store_counts(db, code, month, counts)
    oldest = months_back(newest, MONTHS_KEPT)[-1]
    with transaction() as db:
        db.execute(sa.delete(CrimeCount).where(CrimeCount.month <= oldest))


def store_counts(db: Session, ward_code: str, month: str, counts: dict[str, int]) -> None:
    """Replace a ward's figures of a month; a month without any report is kept as such."""
    db.execute(sa.delete(CrimeCount).where(CrimeCount.ward_code == ward_code, CrimeCount.month == month))
    for category, count in (counts or {"none": 0}).items():
        db.add(CrimeCount(ward_code=ward_code, month=month, category=category, count=count))
    db.flush()


def months_back(newest: str, how_many: int) -> list[str]:
    """Return the newest month and those before it, `how_many` in all and one more."""
    day = date.fromisoformat(f"{newest}-01")
    found = [newest]
    for _number in range(how_many):
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(f"{day:%Y-%m}")
    return found


def _outlines(db: Session) -> dict[str, str]:
    rows = db.execute(sa.select(Ward.code, Ward.boundary).where(Ward.kind == "ward", Ward.boundary.is_not(None)))
    return {code: outline_of(boundary) for code, boundary in rows if boundary}


def outline_of(boundary: str) -> str:
    """Return the largest ring of a ward's GeoJSON as data.police.uk wants it: `lat,lng:lat,lng:…`."""
    shape = json.loads(boundary)
    polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
    ring = max((polygon[0] for polygon in polygons), key=len)
    return ":".join(f"{point[1]:.5f},{point[0]:.5f}" for point in ring)
