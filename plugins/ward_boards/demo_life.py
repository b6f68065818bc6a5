"""A month of made talk for the demonstration, so that every page can be judged full: threads, answers, endings.

Which thread stands where and who answers follows from counting, not from chance: every demonstration is the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from core import posting, wards
from core.contributions import Viewer
from plugins.ward_boards import conversation, demo_pictures, publishing
from plugins.ward_boards.incidents import services as incidents
from plugins.ward_boards.incidents import states
from plugins.ward_boards.models import PUBLIC, VERIFIED
from plugins.ward_boards.publishing import Entry
from plugins.ward_boards.search import me_too

THREADS = 50
DAYS = 28


@dataclass(frozen=True)
class Subject:
    """Something neighbours talk about; `{ward}` becomes the name of the board."""

    category: str
    title: str
    text: str


SUBJECTS = (
    Subject(
        "crime",
        "Parcels taken from the hall in {ward}",
        "Two parcels were gone by the evening. The front door does not close by itself since the weekend.",
    ),
    Subject(
        "crime",
        "Bicycle wheels taken overnight",
        "Three bicycles at the same rack had no front wheel this morning. The frames were still locked.",
    ),
    Subject(
        "crime",
        "Car windows broken along the park side",
        "Four windows on one side of the street. Bags had been left on the seats in each of them.",
    ),
    Subject(
        "suspicious",
        "Door handles tried after dark",
        "We heard the handle go down twice around ten. When the light went on, steps went away quickly.",
    ),
    Subject(
        "suspicious",
        "Calls that ask for bank details",
        "The caller said they were from a bank and wanted a code read out. We hung up and rang the bank ourselves.",
    ),
    Subject(
        "nuisance",
        "Loud engines on Friday nights in {ward}",
        "It starts after eleven and goes on until two. It is the third Friday in a row.",
    ),
    Subject(
        "nuisance",
        "Rubbish left behind the shops",
        "Mattresses and bags again. The council takes them away when it is reported with a photo.",
    ),
    Subject(
        "nuisance",
        "Fireworks on the green",
        "They were aimed low, and one landed near the playground. It went on for an hour.",
    ),
    Subject(
        "safety",
        "Two street lamps out near the station",
        "The way from the station is dark for about a minute's walk. It has been like this for ten days.",
    ),
    Subject(
        "safety",
        "How we made our front doors safer",
        "The whole stair now has a plate over the lock, and a light that comes on by itself. "
        "It cost less than we feared.",
    ),
    Subject(
        "meeting",
        "Tea and talk for {ward} on Saturday",
        "From two until four at the community hall. Bring what worries you, or just a cake.",
    ),
    Subject(
        "meeting",
        "Marking bicycles, free of charge",
        "Bring your bicycle and something that shows it is yours. It takes five minutes.",
    ),
    Subject(
        "general",
        "New in {ward}: what should we know?",
        "We moved in last week. Which things do people here look out for?",
    ),
)

ANSWERS = (
    "Thank you for telling us. We will keep our eyes open.",
    "The same on our side of the street, a few days ago.",
    "I have told the council, and they gave a number for it. They say ten working days.",
    "We saw nothing, but our light was on until midnight.",
    "It helps to say the time as well. Was it before or after the shops close?",
    "Good that you wrote it down. A friend of mine waited a week and then nobody could say when it was.",
    "I rang 101 about it. They asked how often it happens, so please report it too.",
    "Shall we ask for a date with the officers? Five people have asked already.",
    "It has been quiet here since Tuesday.",
    "I can bring a ladder, if somebody has the lamp.",
    "Our building asked for a new closer, and the door has shut properly since then.",
    "Let us know how it ends, please.",
)

PICTURED = 13
"""So many of the newest threads have a picture, if one is drawn for their title."""
PUBLIC_EVERY, HIDDEN_EVERY, SECOND_BOARD_EVERY, ENDED_EVERY = 9, 4, 5, 3


def fill(db: Session, staff: Viewer, crowd: Sequence[Viewer], *, now: datetime) -> int:
    """Open fifty threads over the last four weeks, with answers; return how many answers were given."""
    answers = 0
    for number in range(THREADS):
        opened = now - timedelta(hours=24 * DAYS * (THREADS - number) / THREADS + 3)
        thread_id = _open(db, staff, crowd, number, opened)
        for place in range(number * 7 % 13):
            at = opened + timedelta(hours=(place + 1) * 2 + number % 3)
            if at < now:
                writer = crowd[(number * 11 + place * 5 + 1) % len(crowd)]
                answers += answer(db, writer, thread_id, ANSWERS[(number + place) % len(ANSWERS)], at)
        if number % ENDED_EVERY == 0:
            _end(db, staff, thread_id, number, now)
    return answers


def _open(db: Session, staff: Viewer, crowd: Sequence[Viewer], number: int, at: datetime) -> str:
    places = wards.boards()
    place = places[number * 4 % len(places)]
    codes = [place.code]
    if number % SECOND_BOARD_EVERY == 0:
        codes.append(places[(number * 4 + 1) % len(places)].code)
    subject = SUBJECTS[number % len(SUBJECTS)]
    is_public = number % PUBLIC_EVERY == 0
    writer = staff if is_public else crowd[number * 13 % len(crowd)]
    entry = Entry(
        title=subject.title.format(ward=place.name),
        text=subject.text,
        ward_codes=tuple(codes),
        category=subject.category,
        tier=PUBLIC if is_public else VERIFIED,
        sign_as=hidden_way(writer, place.code) if number % HIDDEN_EVERY == 1 else "",
    )
    placed = publishing.open_thread(db, writer, entry, now=at)
    if number >= THREADS - PICTURED:
        demo_pictures.attach(db, placed.post_id, subject.title)
    for other in range(number * 5 % 7):
        me_too.me_too(db, crowd[(number * 17 + other * 3) % len(crowd)], placed.thread_id)
    return placed.thread_id


def hidden_way(viewer: Viewer, ward_code: str) -> str:
    """Return the first way to sign that hides the writer, or the alias where there is none."""
    names = [option.name for option in posting.options(viewer, ward_code)]
    return next((name for name in names if name != posting.DEFAULT_OPTION), "")


def answer(db: Session, viewer: Viewer, thread_id: str, text: str, at: datetime) -> bool:
    """Write under one's alias in a thread; whether it took the answer."""
    thread = conversation.thread_view(db, viewer, thread_id)
    if thread is None or not thread.takes_replies:
        return False
    publishing.reply(db, viewer, thread, text, sign_as="", now=at)
    return True


def _end(db: Session, staff: Viewer, thread_id: str, number: int, now: datetime) -> None:
    thread = conversation.thread_view(db, staff, thread_id)
    if thread is None:
        return
    outcomes = list(states.outcome_words())
    with suppress(incidents.NoIncident, states.NotNow):
        incidents.close(db, staff, thread, outcomes[number % len(outcomes)], "", today=now.date())
