"""Marking that a court case is active: the thread takes no replies until the mark is gone.

Source: Contempt of Court Act 1981, section 2 and schedule 1: active from an arrest, a warrant, a summons or a charge.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
from core.contributions import Viewer
from plugins.ward_boards.complaints.models import Proceedings
from plugins.ward_boards.services import settle


def set_active(db: Session, viewer: Viewer, thread_id: str, *, active: bool, today: date) -> None:
    """Set or take away the mark; doing it twice changes nothing more."""
    row = db.get(Proceedings, thread_id)
    if active == (row is not None):
        return
    if active:
        db.add(Proceedings(thread_id=thread_id, since_on=today))
        db.flush()
    else:
        db.execute(sa.delete(Proceedings).where(Proceedings.thread_id == thread_id))
    settle(db, thread_id)
    audit.record(
        db, viewer.member_id, f"ward_boards.proceedings_{'on' if active else 'off'}", f"thread {thread_id}", ""
    )
