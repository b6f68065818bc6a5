"""What this plugin holds on a member: places at sessions and wishes for one."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import ErasurePart, ExportPart
from plugins.police_links.models import Booking, ContactSession, SessionRequest


def export(db: Session, member_id: str) -> ExportPart:
    """Return the member's places and wishes as plain records."""
    places = sa.select(ContactSession.title, ContactSession.ward_code, ContactSession.starts_at).join(
        Booking, Booking.session_id == ContactSession.id
    )
    wishes = sa.select(
        SessionRequest.ward_code, SessionRequest.suits, SessionRequest.about, SessionRequest.requested_on
    ).where(SessionRequest.member_id == member_id)
    records = [
        {"kind": "place", "title": title, "ward": ward, "starts_at": starts.isoformat()}
        for title, ward, starts in db.execute(places.where(Booking.member_id == member_id))
    ]
    records += [
        {"kind": "request", "ward": ward, "suits": suits, "about": about, "requested_on": on.isoformat()}
        for ward, suits, about, on in db.execute(wishes)
    ]
    return ExportPart(name="police_links", records=records)


def erase(db: Session, member_id: str) -> ErasurePart:
    """Delete the member's places and wishes; nothing is kept."""
    gone = 0
    for table in (Booking, SessionRequest):
        gone += len(db.execute(sa.delete(table).where(table.member_id == member_id).returning(table.id)).all())
    return ErasurePart(deleted=gone)
