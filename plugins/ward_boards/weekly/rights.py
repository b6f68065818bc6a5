"""Names of permissions of the weekly letter, and who holds one as a deputy."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Rule, Viewer
from plugins.ward_boards.weekly.models import Deputy

SEND = "ward_boards.send_letter"
APPOINT = "ward_boards.appoint_deputy"


def rules(db: Session, viewer: Viewer) -> list[Rule]:
    """Return where the viewer may send letters as a deputy; nowhere once they are not verified any more."""
    if viewer.member_id is None or not viewer.is_verified:
        return []
    codes = db.scalars(sa.select(Deputy.ward_code).where(Deputy.member_id == viewer.member_id)).all()
    return [Rule(allow=True, wards=frozenset(codes), reason="a deputy of this board")] if codes else []
