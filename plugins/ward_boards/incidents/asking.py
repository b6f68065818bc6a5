"""Once a day: ask the writers of matters that went quiet. An alias gets a neutral mail; who hides is asked on the page.

Nobody is asked twice about the same silence: the day of asking is kept until there is news. A member behind a
hidden post cannot be mailed, for we do not know who they are.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import notifications
from core.database import transaction
from plugins.ward_boards.incidents.models import CLOSED, Incident
from plugins.ward_boards.incidents.states import ASK_AFTER
from plugins.ward_boards.models import PUBLISHED, WITHDRAWN, Post, Thread
from plugins.ward_boards.moments import day_of

AT_ONCE = 200
SOON_SECONDS = 5.0


def run(now: datetime) -> float | None:
    """Ask about what is due; asks to be run again soon when there is more than one run should hold up others for."""
    with transaction() as db:
        count = ask(db, day_of(now))
    return SOON_SECONDS if count == AT_ONCE else None


def ask(db: Session, today: date) -> int:
    """Ask the writers of up to `AT_ONCE` matters that went quiet; return of how many."""
    due = (
        sa.select(Incident.thread_id, Post.member_id, Post.state)
        .join(Thread, Thread.id == Incident.thread_id)
        .join(Post, sa.and_(Post.thread_id == Thread.id, Post.number == 1))
        .where(Incident.state != CLOSED, Incident.asked_on.is_(None), Incident.news_on <= today - ASK_AFTER)
        .where(Thread.state.in_((PUBLISHED, WITHDRAWN)))
        .order_by(Incident.news_on, Incident.thread_id)
        .limit(AT_ONCE)
    )
    rows = db.execute(due).all()
    for row in rows:
        db.execute(sa.update(Incident).where(Incident.thread_id == row.thread_id).values(asked_on=today))
        if row.member_id is not None and row.state == PUBLISHED:
            _mail(db, row.member_id, row.thread_id)
    return len(rows)


def _mail(db: Session, member_id: str, thread_id: str) -> None:
    text = _("Some time ago you started a thread. Is there anything new? One click on its page is enough.")
    notifications.tell_member(db, member_id, _("Is there anything new?"), text, f"/threads/{thread_id}#matter")
