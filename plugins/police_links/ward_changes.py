"""When a ward changed: its doors are its successors' doors too; sessions and requests go to the largest of them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import new_id
from core.events import WardsChanged
from plugins.police_links.models import ContactSession, Door, SessionRequest


def follow(db: Session, event: WardsChanged) -> None:
    """Copy what was set of the old ward's doors; with the ward at its end move sessions and requests too.

    A ward that goes on keeps its own. Doing it again changes nothing.
    """
    for code in event.new_codes:
        if code != event.old_code:
            _copy_doors(db, event.old_code, code)
    if event.old_code in event.new_codes:
        return
    first = event.new_codes[0]
    db.execute(sa.delete(Door).where(Door.ward_code == event.old_code))
    db.execute(sa.update(ContactSession).where(ContactSession.ward_code == event.old_code).values(ward_code=first))
    asked = sa.select(SessionRequest.member_id).where(SessionRequest.ward_code == first)
    old = SessionRequest.ward_code == event.old_code
    db.execute(sa.delete(SessionRequest).where(old, SessionRequest.member_id.in_(asked)))
    db.execute(sa.update(SessionRequest).where(old).values(ward_code=first))


def _copy_doors(db: Session, old: str, new: str) -> None:
    """Repeat edited doors for another ward; what somebody set there stays."""
    set_there = set(db.scalars(sa.select(Door.kind).where(Door.ward_code == new)))
    names = [column.name for column in Door.__table__.columns if column.name not in ("id", "ward_code")]
    for row in db.execute(sa.select(*(Door.__table__.c[name] for name in names)).where(Door.ward_code == old)):
        if row.kind not in set_there:
            db.add(Door(id=new_id(), ward_code=new, **row._mapping))
    db.flush()
