"""What the map of the borough shows of each ward: open alerts and how lively its board is, as this viewer may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import permissions, wards
from core.contributions import Viewer
from core.instance import instance
from plugins.ward_boards import access
from plugins.ward_boards.alerts import queries as alert_queries
from plugins.ward_boards.models import ThreadWard
from plugins.ward_boards.reading.models import PublicPlace

LIVELY_DAYS = 7
SEVERE, SOME, CALM = "severe", "some", "calm"
SEVERE_RANKS = 2
"""CAP's `Extreme` and `Severe` come first in the order of severity."""


@dataclass(frozen=True)
class WardFigure:
    """One ward on the map and in the list. `level` is `severe`, `some` or `calm`, by the worst open alert."""

    number: int
    code: str
    name: str
    level: str
    alerts_count: int
    threads_count: int


@dataclass(frozen=True)
class Figures:
    """All wards by name, and the alerts and threads of the borough's own board."""

    wards: tuple[WardFigure, ...]
    borough: WardFigure


def figures(db: Session, viewer: Viewer, *, now: datetime) -> Figures:
    """Return what to show. Three queries, or four for viewers who see public copies on some boards only."""
    ranks = _open_ranks(db, viewer, now)
    lively = _lively(db, viewer, now)
    borough, *places = wards.boards()
    numbered = []
    for number, place in enumerate([borough, *places]):
        own = ranks.get(place.code, [])
        # What holds for the whole borough holds in each of its wards.
        felt = own if number == 0 else [*own, *ranks.get(borough.code, [])]
        level = CALM if not felt else SEVERE if min(felt) < SEVERE_RANKS else SOME
        numbered.append(WardFigure(number, place.code, place.name, level, len(felt), lively.get(place.code, 0)))
    return Figures(tuple(numbered[1:]), numbered[0])


def _open_ranks(db: Session, viewer: Viewer, now: datetime) -> dict[str, list[int]]:
    ours = {place.code for place in wards.boards()} | {instance().config.borough}
    found: dict[str, list[int]] = {}
    for alert in alert_queries.open_alerts(db, viewer, now=now):
        for code in ours.intersection(alert.areas):
            found.setdefault(code, []).append(alert.severity_rank)
    return found


def _lively(db: Session, viewer: Viewer, now: datetime) -> dict[str, int]:
    """Return how many threads of each board were alive in the last week; of copies, how many came out."""
    since = now - timedelta(days=LIVELY_DAYS)
    read = permissions.wards_where(viewer, access.READ)
    counts: dict[str, int] = {}
    if read or permissions.allowed(viewer, access.READ_COORDINATORS):
        place = ThreadWard
        alive = sa.select(place.ward_code, sa.func.count()).where(
            place.is_listed, place.last_post_at >= since, access.readable(viewer)
        )
        counts = {code: count for code, count in db.execute(alive.group_by(place.ward_code))}
    if len(read) < len(wards.boards()):
        out = sa.select(PublicPlace.ward_code, sa.func.count()).where(
            PublicPlace.from_at >= since, PublicPlace.from_at <= now
        )
        for code, count in db.execute(out.group_by(PublicPlace.ward_code)):
            if code not in read:
                counts[code] = count
    return counts
