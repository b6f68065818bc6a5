"""What pages, feeds and the API read: columns in frozen rows, never table objects."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.police_links.models import Booking, ContactSession, Door, SessionRequest

KEPT_AFTER_DAYS = 30
"""So long a session stays in calendar feeds after its end."""


@dataclass(frozen=True)
class DoorRow:
    """A door that someone here has edited."""

    id: str
    ward_code: str
    kind: str
    title: str
    url: str | None
    is_for: str
    not_for: str
    hours: str
    source: str
    last_checked_on: date | None


@dataclass(frozen=True)
class SessionRow:
    """A contact session with the number of places taken; never who took them."""

    id: str
    ward_code: str
    title: str
    place: str
    details: str
    starts_at: datetime
    ends_at: datetime
    capacity: int
    state: str
    cancel_reason: str
    sequence: int
    revised_on: date
    booked: int

    @property
    def is_cancelled(self) -> bool:
        """Whether it will not take place."""
        return self.state == "cancelled"

    @property
    def places_left(self) -> int:
        """How many more people can book."""
        return max(0, self.capacity - self.booked)


@dataclass(frozen=True)
class RequestRow:
    """One open request of a ward, without the member."""

    ward_code: str
    suits: str
    about: str
    requested_on: date


def door_rows(db: Session, ward_codes: Collection[str]) -> list[DoorRow]:
    """Return the edited doors of these wards, by ward and kind."""
    return [DoorRow(*row) for row in db.execute(_door_statement(), {"codes": sorted(ward_codes)})]


@lru_cache(maxsize=1)
def _door_statement() -> sa.Select[Any]:
    """Build the query once; every board asks it, and building costs more than running."""
    door = Door.__table__.c
    columns = [door[name] for name in DoorRow.__dataclass_fields__]
    chosen = sa.select(*columns).where(door.ward_code.in_(sa.bindparam("codes", expanding=True)))
    return chosen.order_by(door.ward_code, door.kind)


@lru_cache(maxsize=1)
def _sessions() -> sa.Select[Any]:
    session, booking = ContactSession.__table__.c, Booking.__table__.c
    booked = sa.select(sa.func.count()).where(booking.session_id == session.id).scalar_subquery()
    return sa.select(*(session[name] for name in SessionRow.__dataclass_fields__ if name != "booked"), booked)


def session_row(db: Session, session_id: str) -> SessionRow | None:
    """Return one session, or None when there is none of that id."""
    row = db.execute(_sessions().where(ContactSession.id == session_id)).one_or_none()
    return SessionRow(*row) if row else None


def coming_sessions(
    db: Session, at: datetime, ward_codes: Collection[str] | None = None, *, limit: int = 100, after: str | None = None
) -> list[SessionRow]:
    """Return sessions that are not over, soonest first, cancelled ones too; `None` means every ward.

    `after` is the id of the last one already seen.
    """
    values: dict[str, Any] = {"at": at, "most": limit}
    if ward_codes is not None:
        values["codes"] = sorted(ward_codes)
    if after is not None:
        values["after"] = after
    return [SessionRow(*row) for row in db.execute(_coming(ward_codes is not None, after is not None), values)]


@lru_cache(maxsize=4)
def _coming(in_wards: bool, goes_on: bool) -> sa.Select[Any]:
    session = ContactSession.__table__.c
    chosen = _sessions().where(session.ends_at > sa.bindparam("at"))
    if in_wards:
        chosen = chosen.where(session.ward_code.in_(sa.bindparam("codes", expanding=True)))
    if goes_on:
        last = ContactSession.__table__.alias("last").c
        seen = sa.select(last.starts_at).where(last.id == sa.bindparam("after")).scalar_subquery()
        later = sa.and_(session.starts_at == seen, session.id > sa.bindparam("after"))
        chosen = chosen.where(sa.or_(session.starts_at > seen, later))
    return chosen.order_by(session.starts_at, session.id).limit(sa.bindparam("most", type_=sa.Integer))


def feed_sessions(db: Session, at: datetime, ward_codes: Collection[str] | None = None) -> list[SessionRow]:
    """Return what belongs in a calendar feed: all to come, and those over for less than `KEPT_AFTER_DAYS`."""
    return coming_sessions(db, at - timedelta(days=KEPT_AFTER_DAYS), ward_codes, limit=500)


def booked_sessions(db: Session, member_id: str, at: datetime) -> list[SessionRow]:
    """Return the sessions not yet over at which this member has a place, soonest first."""
    mine = sa.select(Booking.session_id).where(Booking.member_id == member_id)
    chosen = _sessions().where(ContactSession.id.in_(mine), ContactSession.ends_at > at)
    return [SessionRow(*row) for row in db.execute(chosen.order_by(ContactSession.starts_at))]


def has_place(db: Session, session_id: str, member_id: str) -> bool:
    """Whether this member holds a place at the session."""
    found = sa.select(Booking.id).where(Booking.session_id == session_id, Booking.member_id == member_id)
    return db.execute(found).first() is not None


def bookers(db: Session, session_id: str) -> list[str]:
    """Return the members to be told about a change. For mails only: no page and no organiser sees this."""
    return list(db.scalars(sa.select(Booking.member_id).where(Booking.session_id == session_id)))


def request_counts(db: Session, ward_codes: Collection[str]) -> dict[str, int]:
    """Return how many members wait for a session, by ward; wards without requests are absent."""
    chosen = sa.select(SessionRequest.ward_code, sa.func.count()).where(SessionRequest.ward_code.in_(ward_codes))
    return {code: count for code, count in db.execute(chosen.group_by(SessionRequest.ward_code))}


def open_requests(db: Session, ward_codes: Collection[str]) -> list[RequestRow]:
    """Return the open requests of these wards, without names; in an order that tells nothing about who."""
    columns = (SessionRequest.ward_code, SessionRequest.suits, SessionRequest.about, SessionRequest.requested_on)
    chosen = sa.select(*columns).where(SessionRequest.ward_code.in_(ward_codes))
    ordered = chosen.order_by(SessionRequest.ward_code, SessionRequest.requested_on, SessionRequest.id).limit(200)
    return [RequestRow(*row) for row in db.execute(ordered)]


def has_request(db: Session, ward_code: str, member_id: str) -> bool:
    """Whether this member already waits for a session in this ward."""
    mine = (SessionRequest.ward_code == ward_code, SessionRequest.member_id == member_id)
    return db.execute(sa.select(SessionRequest.id).where(*mine)).first() is not None


def session_wards(db: Session, at: datetime) -> dict[str, datetime]:
    """Return the start of the next open session of each ward that has one."""
    coming = sa.select(ContactSession.ward_code, sa.func.min(ContactSession.starts_at)).where(
        ContactSession.ends_at > at, ContactSession.state == "open"
    )
    return {code: starts for code, starts in db.execute(coming.group_by(ContactSession.ward_code))}
