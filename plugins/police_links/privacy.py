"""What this plugin holds on a member: places at sessions, wishes for one, and what they want answered there."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import ErasurePart, ExportPart
from plugins.police_links.models import Booking, ContactSession, SessionRequest
from plugins.police_links.questions import traces


def export(db: Session, member_id: str) -> ExportPart:
    """Return the member's places, wishes and wanted questions as plain records."""
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
    return ExportPart(name="police_links", records=records + traces.records(db, member_id))


def erase(db: Session, member_id: str) -> ErasurePart:
    """Delete the member's places, wishes and wants; what others want answered too stays, without a name as before."""
    gone = traces.erase(db, member_id)
    for table in (Booking, SessionRequest):
        gone += len(db.execute(sa.delete(table).where(table.member_id == member_id).returning(table.id)).all())
    return ErasurePart(deleted=gone)
