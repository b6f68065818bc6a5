"""Five hundred made members for the demonstration, so that its pages are as full as those of a real borough.

Nobody can sign in as one of them: they have no password. They want to be told nothing, so that the terminal shows
only the mails of the people whom somebody plays.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import aliases, notifications, wards
from core.database import new_id, now
from core.models import Member, Membership

CROWD = 500
VERIFIED_DAYS = 365


def make(db: Session, domain: str, size: int = CROWD) -> list[str]:
    """Make verified members, spread over the wards; return their ids in a fixed order. Writes rows, tells nobody."""
    homes = [place.code for place in wards.boards() if place.kind == "ward"]
    taken = set(db.scalars(sa.select(Member.alias)))
    today = now().date()
    made: list[str] = []
    people, memberships = [], []
    for number in range(size):
        alias = aliases.suggest(taken.__contains__)
        taken.add(alias)
        member_id = new_id()
        people.append(
            {
                "id": member_id,
                "alias": alias,
                "email": f"neighbour{number + 1}@{domain}",
                "fs_uniquifier": new_id(),
                "joined_on": today - timedelta(days=number % 300),
            }
        )
        memberships.append(
            {
                "member_id": member_id,
                "ward_code": homes[number % len(homes)],
                "method": "demonstration",
                "verified_on": today,
                "until_on": today + timedelta(days=VERIFIED_DAYS - number % 100),
            }
        )
        made.append(member_id)
    db.execute(sa.insert(Member), people)
    db.execute(sa.insert(Membership), memberships)
    quiet = replace(notifications.choice(db, made[0]), by_mail=False, by_web=False, letters=False)
    for member_id in made:
        notifications.choose(db, member_id, quiet)
    return made
