"""Made priorities and figures for the demonstration, so that ward pages and weekly letters can be judged full.

They say that they are made. Where the machine can reach data.police.uk, the first daily look replaces them.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from core import wards
from plugins.police_links.police_data import fetching
from plugins.police_links.police_data.source import GivenPriority

MADE = "Made for the demonstration: "
NAME = "demonstration"
PRIORITIES = (
    ("bicycles taken from racks by the station", "Racks were moved into view of the ticket hall."),
    ("callers who say they are from a company", "Leaflets went to four streets; the ward team came to the library."),
    ("noise on the green late on Fridays", "Two evening walks with the council's noise team."),
    ("vans opened overnight along the canal", ""),
)
KINDS = (
    ("anti-social-behaviour", 31),
    ("violent-crime", 27),
    ("theft-from-the-person", 18),
    ("vehicle-crime", 14),
    ("bicycle-theft", 9),
    ("burglary", 8),
    ("shoplifting", 6),
)
MONTHS, AGE_DAYS = 13, 50


def fill(db: Session, today: date) -> str:
    """Give every ward two priorities and a year of figures; return what was made, as a sentence."""
    homes = [place.code for place in wards.boards() if place.kind == "ward"]
    newest = (today - timedelta(days=AGE_DAYS)).strftime("%Y-%m")
    for place, code in enumerate(homes):
        fetching.store_priorities(db, code, NAME, [_priority(place + more, today) for more in (0, 1)], today=today)
        for back, month in enumerate(fetching.months_back(newest, MONTHS)):
            counts = {kind: usual + (place * 7 + back * 5 + usual) % 11 - 5 for kind, usual in KINDS}
            fetching.store_counts(db, code, month, counts)
    return f"Priorities and {MONTHS} months of figures were made for {len(homes)} wards."


def _priority(number: int, today: date) -> GivenPriority:
    issue, action = PRIORITIES[number % len(PRIORITIES)]
    # One in four is old, so that the badge for stale ones can be seen.
    set_on = today - timedelta(days=130 if number % 4 == 3 else 20 + number % 9)
    acted_on = set_on + timedelta(days=12) if action else None
    return GivenPriority(issue=f"{MADE}{issue}.", issued_on=set_on, action=action, acted_on=acted_on)
