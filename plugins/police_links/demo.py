"""Made content for the demonstration: contact sessions in the next days, one with places taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.orm import Session

from core import permissions, wards
from core.database import now
from plugins.police_links import contact_sessions
from plugins.police_links.contact_sessions import Plan
from plugins.police_links.london_time import LONDON

SESSIONS = (
    (2, 18, "Meet the ward team", "Library, ground floor", "Come with any question. No need to give a name.", 12),
    (4, 10, "Bike marking", "Outside the station", "Bring your bike. Marking takes five minutes and is free.", 30),
    (7, 19, "Talk about noise at night", "Community hall", "With the council's noise team.", 20),
)
BOOKERS = ("verified", "verified2")


def fill(db: Session, people: Mapping[str, str]) -> list[str]:
    """Publish sessions in the first wards and book places at the first; return what was made."""
    officer = permissions.viewer_of(db, people["officer"])
    homes = [place.code for place in wards.boards() if place.kind == "ward"]
    made = [
        contact_sessions.publish(db, officer, _plan(code, *session), now())
        for code, session in zip(homes, SESSIONS, strict=False)
    ]
    for name in BOOKERS:
        contact_sessions.book(db, permissions.viewer_of(db, people[name]), made[0], now())
    return [f"{len(made)} contact sessions were published; {len(BOOKERS)} places are taken."]


def _plan(ward_code: str, days: int, hour: int, *words: str | int) -> Plan:
    title, place, details, capacity = words
    day = (now().astimezone(LONDON) + timedelta(days=days)).date()
    starts = datetime.combine(day, time(hour), LONDON).astimezone(UTC)
    return Plan(ward_code, str(title), str(place), str(details), starts, starts + timedelta(hours=1), int(capacity))
