"""What goes by itself: who was at a session is nobody's business a week later, and old wishes are no wishes."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from core.database import transaction
from plugins.police_links.models import Booking, ContactSession, SessionRequest
from plugins.police_links.questions import traces

BOOKING_KEPT_DAYS = 7
REQUEST_KEPT_DAYS = 180


def forget(at: datetime) -> None:
    """Delete bookings of sessions that ended a week ago, requests half a year old, and questions after 90 days."""
    over = sa.select(ContactSession.id).where(ContactSession.ends_at < at - timedelta(days=BOOKING_KEPT_DAYS))
    old = SessionRequest.requested_on < at.date() - timedelta(days=REQUEST_KEPT_DAYS)
    with transaction() as db:
        db.execute(sa.delete(Booking).where(Booking.session_id.in_(over)))
        db.execute(sa.delete(SessionRequest).where(old))
        traces.forget(db, at)
