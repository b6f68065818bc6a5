"""Made content for the demonstration: contact sessions in the next days, one with places taken and questions put."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from sqlalchemy.orm import Session

from core import permissions, wards
from core.contributions import Viewer
from core.database import now
from plugins.police_links import contact_sessions, demo_open_data
from plugins.police_links.contact_sessions import Plan
from plugins.police_links.london_time import LONDON
from plugins.police_links.questions import asking

SESSIONS = (
    (2, 18, "Meet the ward team", "Library, ground floor", "Come with any question. No need to give a name.", 12),
    (4, 10, "Bike marking", "Outside the station", "Bring your bike. Marking takes five minutes and is free.", 30),
    (7, 19, "Talk about noise at night", "Community hall", "With the council's noise team.", 20),
)
BOOKERS = ("verified", "verified2")
QUESTIONS = (
    "Who checks the lights on the path behind the station?",
    "Will there be patrols near the school when it gets dark early?",
)


def fill(db: Session, people: Mapping[str, str]) -> list[str]:
    """Publish sessions in the first wards, book places at the first, put questions to it; return what was made."""
    officer = permissions.viewer_of(db, people["officer"])
    homes = [place.code for place in wards.boards() if place.kind == "ward"]
    made = [
        contact_sessions.publish(db, officer, _plan(code, *session), now())
        for code, session in zip(homes, SESSIONS, strict=False)
    ]
    for name in BOOKERS:
        contact_sessions.book(db, permissions.viewer_of(db, people[name]), made[0], now())
    _ask(db, [permissions.viewer_of(db, people[name]) for name in BOOKERS], made[0])
    open_data = demo_open_data.fill(db, now().date())
    return [
        open_data,
        f"{len(made)} contact sessions were published; {len(BOOKERS)} places are taken, "
        f"{len(QUESTIONS)} questions were put.",
    ]


def _ask(db: Session, members: list[Viewer], session_id: str) -> None:
    """Put questions to a session, each by another member, and let all want the first one answered."""
    put = [
        asking.ask(db, member, session_id, words, now())[0] for member, words in zip(members, QUESTIONS, strict=True)
    ]
    for member in members:
        asking.me_too(db, member, session_id, put[0], at=now())


def _plan(ward_code: str, days: int, hour: int, *words: str | int) -> Plan:
    title, place, details, capacity = words
    day = (now().astimezone(LONDON) + timedelta(days=days)).date()
    starts = datetime.combine(day, time(hour), LONDON).astimezone(UTC)
    return Plan(ward_code, str(title), str(place), str(details), starts, starts + timedelta(hours=1), int(capacity))
