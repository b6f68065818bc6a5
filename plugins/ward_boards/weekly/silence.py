"""The alarm: a board on which nobody has written for three weeks, and who is asked to bring it back to life."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import notifications, wards
from core.models import Member, RoleGrant
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.weekly import queries
from plugins.ward_boards.weekly.models import Deputy, Silence

SILENT_AFTER_DAYS = 21
AGAIN_AFTER_DAYS = 7


def sound(db: Session, now: datetime) -> list[str]:
    """Tell the deputies of each board that has been silent too long, once a week; return the boards' codes.

    A board without deputies tells its coordinators and officers, and one without those the admins. Whoever looks
    after several gets one mail. Boards on which nobody ever wrote are watched from the first time we look.
    """
    today = day_of(now)
    talk = queries.last_talk(db)
    known = {row.ward_code: row for row in db.scalars(sa.select(Silence))}
    silent = []
    for place in wards.boards():
        row = known.get(place.code)
        if row is None:
            row = Silence(ward_code=place.code, since_on=today)
            db.add(row)
        last = day_of(talk[place.code]) if place.code in talk else row.since_on
        if _is_due(last, row.told_on, today):
            row.told_on = today
            silent.append(place)
    db.flush()
    _tell(db, silent)
    return [place.code for place in silent]


def _is_due(last: date, told_on: date | None, today: date) -> bool:
    if today - last < timedelta(days=SILENT_AFTER_DAYS):
        return False
    return told_on is None or told_on < last or today - told_on >= timedelta(days=AGAIN_AFTER_DAYS)


def _tell(db: Session, silent: Sequence[wards.WardRow]) -> None:
    by_member: dict[str, list[wards.WardRow]] = {}
    for place in silent:
        for member_id in in_charge(db, place.code):
            by_member.setdefault(member_id, []).append(place)
    subject = _("A board would like to hear from you")
    for member_id, places in by_member.items():
        names = ", ".join(place.name for place in places)
        text = _("Nobody has written for %(n)s days on: %(names)s.", n=SILENT_AFTER_DAYS, names=names)
        path = f"/boards/{places[0].code}" if len(places) == 1 else "/boards"
        notifications.tell_member(db, member_id, subject, text, path)


def in_charge(db: Session, ward_code: str) -> list[str]:
    """Return the members who look after a board: its deputies, else its staff, else the admins."""
    here = (RoleGrant.ward_code == ward_code) | RoleGrant.ward_code.is_(None)
    staff = sa.select(RoleGrant.member_id).where(RoleGrant.role.in_(("coordinator", "officer")), here)
    admins = sa.select(RoleGrant.member_id).where(RoleGrant.role == "admin")
    for chosen in (sa.select(Deputy.member_id).where(Deputy.ward_code == ward_code), staff, admins):
        found = db.scalars(sa.select(Member.id).where(Member.id.in_(chosen), Member.active).order_by(Member.id)).all()
        if found:
            return list(found)
    return []
