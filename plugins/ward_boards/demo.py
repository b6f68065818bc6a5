"""Made content for the demonstration: threads with answers on several boards, and one alert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from core import permissions, wards
from core.contributions import Viewer
from core.database import now
from core.instance import instance
from plugins.ward_boards import demo_life, publishing
from plugins.ward_boards.alerts import services as alerts
from plugins.ward_boards.alerts.drafting import AlertDraft
from plugins.ward_boards.publishing import Entry
from plugins.ward_boards.weekly import services as letters

CROWD = "neighbour"


@dataclass(frozen=True)
class Talk:
    """One thread: who opens it, on how many boards, and who answers what. `hidden` asks for another name."""

    opener: str
    title: str
    text: str
    category: str
    answers: Sequence[tuple[str, str]]
    boards: int = 1
    tier: str = "verified"
    hidden: bool = False
    hours_ago: int = 2


TALKS = (
    Talk(
        "officer",
        "Welcome: what these boards are for",
        "Write what you saw, when and where, and what would help. Please do not write who somebody might be. "
        "In an emergency call 999 first; this board is read by neighbours, not by a control room.",
        "general",
        (),
        boards=0,
        tier="public",
        hours_ago=150,
    ),
    Talk(
        "verified",
        "Two bikes taken from the racks by the station",
        "Both went between 17:00 and 18:30 yesterday. The locks were cut and left on the ground. "
        "The racks on the other side are in view of the ticket hall, so they may be the better choice.",
        "crime",
        (
            ("verified2", "Thank you. I have moved mine to the other side."),
            ("coordinator", "We have asked for the lamp above the racks to be mended. It has been out for a week."),
        ),
        boards=2,
        hours_ago=26,
    ),
    Talk(
        "verified2",
        "Callers who say they are from the water company",
        "Two callers asked to come in and look at the taps. The company says it has nobody here this week. "
        "You may always ask a caller to wait outside while you ring the number on your bill.",
        "suspicious",
        (("reviewer", "They were in our street as well, around noon. Nobody let them in."),),
        boards=3,
        hours_ago=20,
    ),
    Talk(
        "verified",
        "Shouting in the stairwell at night",
        "It was the third night in a row, always after one. I would rather not say which house I live in.",
        "nuisance",
        (("coordinator", "You are not alone with this. Come to the next contact session, or ask for one."),),
        hidden=True,
        hours_ago=9,
    ),
    Talk(
        "coordinator",
        "Evening walk on Thursday: who comes along?",
        "We meet at 19:00 outside the library and walk for an hour. Bring a torch and good shoes.",
        "meeting",
        (("verified", "I will be there."), ("verified2", "So will I, a little later.")),
        boards=2,
        hours_ago=5,
    ),
)

ALERTS = (
    (
        "Vans broken into overnight along the canal",
        "Five vans were opened with a tool in one night. Only those with tools in the back were touched.",
        "Take tools indoors tonight, or park where people pass by. Do not walk up to anybody: call 999.",
        "vehicle-crime",
    ),
    (
        "Mopeds: phones snatched from people on foot",
        "Three phones were snatched this evening by riders who came up from behind on the pavement. "
        "All three people were using the phone near the kerb.",
        "Keep away from the kerb while you use your phone. If it happens, let go, and call 999.",
        "theft-from-the-person",
    ),
)


def fill(db: Session, people: Mapping[str, str]) -> list[str]:
    """Open the threads, let others answer, and issue one alert; return what was made."""
    crowd = [permissions.viewer_of(db, people[name]) for name in people if name.startswith(CROWD)]
    viewers = {name: permissions.viewer_of(db, found) for name, found in people.items() if not name.startswith(CROWD)}
    homes = [place.code for place in wards.boards() if place.kind == "ward"]
    answers = 0
    for place, talk in enumerate(TALKS):
        codes = homes[place * 3 : place * 3 + talk.boards] or [wards.boards()[0].code]
        answers += _talk(db, viewers, talk, tuple(codes))
    threads = len(TALKS)
    if crowd:
        answers += demo_life.fill(db, viewers["officer"], crowd, now=now())
        threads += demo_life.THREADS
    _alert(db, viewers["officer"], tuple(homes[:3]))
    letters.write_drafts(db, now())
    return [
        f"{threads} threads with {answers} answers and an alert for {len(homes[:3])} wards were made.",
        "The weekly letters wait for the officer and the coordinator at /letters.",
    ]


def _talk(db: Session, viewers: Mapping[str, Viewer], talk: Talk, codes: tuple[str, ...]) -> int:
    at = now() - timedelta(hours=talk.hours_ago)
    opener = viewers[talk.opener]
    entry = Entry(
        talk.title,
        talk.text,
        codes,
        talk.category,
        talk.tier,
        demo_life.hidden_way(opener, codes[0]) if talk.hidden else "",
    )
    placed = publishing.open_thread(db, opener, entry, now=at)
    for number, (name, text) in enumerate(talk.answers, 1):
        demo_life.answer(db, viewers[name], placed.thread_id, text, at + timedelta(minutes=35 * number))
    return len(talk.answers)


def _alert(db: Session, officer: Viewer, areas: tuple[str, ...]) -> None:
    at = now()
    # The two boroughs of a demonstration tell of different things, so that one sees whose alert came over.
    headline, description, instruction, event = ALERTS[int(instance().config.borough[1:]) // 2 % len(ALERTS)]
    draft = AlertDraft(
        headline=headline,
        description=description,
        instruction=instruction,
        category="Security",
        event=event,
        severity="Moderate",
        urgency="Expected",
        certainty="Observed",
        areas=areas,
        onset=at,
        expires=at + timedelta(days=2),
        audience="all_verified",
    )
    alerts.issue(db, officer, draft=draft, now=at)
