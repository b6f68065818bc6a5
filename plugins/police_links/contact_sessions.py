"""Contact sessions: officers publish and cancel them, verified members take places without a name.

Places are counted inside the writing transaction, on a locked session row: two people can never share the
last one. The organiser learns a number, nothing else.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import format_datetime
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, event_log, notifications
from core.contributions import Viewer
from core.events import ContactSessionBooked, ContactSessionCancelled
from core.permissions import require
from plugins.police_links import queries
from plugins.police_links.london_time import to_london
from plugins.police_links.models import Booking, ContactSession

PUBLISH = "police_links.publish_session"
BOOK = "police_links.book_session"
LONGEST = timedelta(hours=12)
FURTHEST = timedelta(days=366)
MOST_PLACES = 500


class NoSuchSession(LookupError):
    """There is no contact session of this id."""


class SessionFull(Exception):
    """Every place is taken."""


class SessionClosed(Exception):
    """It was cancelled, or it has begun: no places are given any more."""


class BadPlan(ValueError):
    """The session as planned cannot take place; `field` says which part is wrong, the text what to do."""

    def __init__(self, field: str, text: str) -> None:
        """Keep the form field and a sentence for the person who typed it."""
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Plan:
    """A session about to be published; times are aware UTC."""

    ward_code: str
    title: str
    place: str
    details: str
    starts_at: datetime
    ends_at: datetime
    capacity: int


@dataclass(frozen=True)
class Place:
    """The answer to a booking. `cancel_token` is None when the place was held before (a double click)."""

    booking_id: str
    is_new: bool
    cancel_token: str | None


def check_plan(plan: Plan, at: datetime) -> None:
    """Refuse a plan that cannot be kept.

    Raises:
        BadPlan: it begins in the past or too far off, ends before it begins, lasts too long, or has no places.
    """
    if plan.starts_at <= at:
        raise BadPlan("starts_at", _("This time has passed. Choose a day and time that is still to come."))
    if plan.starts_at > at + FURTHEST:
        raise BadPlan("starts_at", _("This is more than a year away. Check the year."))
    if plan.ends_at <= plan.starts_at:
        raise BadPlan("ends_at", _("The end is before the start. Choose a later end."))
    if plan.ends_at - plan.starts_at > LONGEST:
        raise BadPlan("ends_at", _("This is longer than 12 hours. Check the day of the end."))
    if not 1 <= plan.capacity <= MOST_PLACES:
        raise BadPlan("capacity", _("Give a number of places from 1 to %(most)s.", most=MOST_PLACES))


def publish(db: Session, viewer: Viewer, plan: Plan, at: datetime) -> str:
    """Write a session and return its id; audited. The row keeps the publisher's role, not the person.

    Raises:
        Denied: the viewer may not publish for this ward.
        BadPlan: see `check_plan`.
    """
    require(viewer, PUBLISH, plan.ward_code)
    check_plan(plan, at)
    session = ContactSession(
        ward_code=plan.ward_code,
        title=plan.title,
        place=plan.place,
        details=plan.details,
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        capacity=plan.capacity,
        published_by_role="officer",
        revised_on=at.date(),
    )
    db.add(session)
    db.flush()
    audit.record(db, viewer.member_id, "police_links.session_published", session.id)
    return session.id


def cancel(db: Session, viewer: Viewer, session_id: str, *, reason: str, at: datetime) -> int:
    """Call a session off and queue a mail to each booker; return how many. Cancelling twice tells nobody twice.

    Raises:
        NoSuchSession: there is none.
        Denied: the viewer may not publish for its ward.
        SessionClosed: it is over already.
    """
    session = _locked(db, session_id)
    require(viewer, PUBLISH, session.ward_code)
    if session.state == "cancelled":
        return 0
    if session.ends_at <= at:
        raise SessionClosed(session_id)
    session.state = "cancelled"
    session.cancel_reason = reason
    session.sequence += 1
    session.revised_on = at.date()
    told = queries.bookers(db, session_id)
    text = _(
        "What you booked for %(when)s will not take place. You need not do anything.",
        when=spoken(session.starts_at),
    )
    if reason:
        text = f"{text}\n\n{reason}"
    for member_id in told:
        notifications.tell_member(db, member_id, _("A change in your diary"), text, f"/police/sessions/{session_id}")
    audit.record(db, viewer.member_id, "police_links.session_cancelled", session_id, reason)
    event_log.append(db, ContactSessionCancelled(session_id=session_id))
    return len(told)


def book(db: Session, viewer: Viewer, session_id: str, at: datetime) -> Place:
    """Take a place for the viewer, or answer with the place they hold already.

    Appends `ContactSessionBooked` and queues a mail with the way to give the place back.

    Raises:
        NoSuchSession: there is none.
        Denied: the viewer may not book; only verified members may.
        SessionClosed: cancelled or begun.
        SessionFull: no place is left.
    """
    session = _locked(db, session_id)
    require(viewer, BOOK, session.ward_code)
    if viewer.member_id is None:
        raise NoSuchSession(session_id)
    mine = sa.select(Booking.id).where(Booking.session_id == session_id, Booking.member_id == viewer.member_id)
    held = db.scalar(mine)
    if held is not None:
        return Place(held, is_new=False, cancel_token=None)
    if session.state != "open" or session.starts_at <= at:
        raise SessionClosed(session_id)
    taken = db.scalar(sa.select(sa.func.count()).where(Booking.session_id == session_id)) or 0
    if taken >= session.capacity:
        raise SessionFull(session_id)
    token = secrets.token_urlsafe(24)
    booking = Booking(session_id=session_id, member_id=viewer.member_id, cancel_token_hash=hash_token(token))
    db.add(booking)
    db.flush()
    event_log.append(db, ContactSessionBooked(session_id=session_id))
    when = spoken(session.starts_at)
    text = _("Your place on %(when)s is kept. If you cannot come, please give it back here:", when=when)
    notifications.tell_member(db, viewer.member_id, _("Your place is kept"), text, f"/police/bookings/{token}")
    return Place(booking.id, is_new=True, cancel_token=token)


def give_back(db: Session, member_id: str, session_id: str) -> bool:
    """Free the member's own place; False when they held none."""
    mine = (Booking.session_id == session_id, Booking.member_id == member_id)
    return bool(db.execute(sa.delete(Booking).where(*mine).returning(Booking.id)).all())


def give_back_by_token(db: Session, token: str) -> str | None:
    """Free the place behind a cancel token and return its session's id; None when the token is spent or wrong."""
    gone = sa.delete(Booking).where(Booking.cancel_token_hash == hash_token(token)).returning(Booking.session_id)
    return db.scalar(gone)


def session_of_token(db: Session, token: str) -> str | None:
    """Return the session a cancel token belongs to, or None; changes nothing."""
    return db.scalar(sa.select(Booking.session_id).where(Booking.cancel_token_hash == hash_token(token)))


def hash_token(token: str) -> str:
    """Return what is stored of a cancel token. It is random and long, so a plain hash holds."""
    return hashlib.sha256(token.encode()).hexdigest()


def spoken(moment: datetime) -> str:
    """Return a moment as words, on London's clock."""
    return str(format_datetime(to_london(moment).replace(tzinfo=None), "EEEE d MMMM, HH:mm", rebase=False))


def _locked(db: Session, session_id: str) -> ContactSession:
    # FOR UPDATE holds bookers of one session apart on PostgreSQL; on SQLite the writing transaction already does.
    found = db.scalar(sa.select(ContactSession).where(ContactSession.id == session_id).with_for_update())
    if found is None:
        raise NoSuchSession(session_id)
    return found
