"""The mail on the day before: once per session, to those who hold a place."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _

from core import notifications
from core.database import reading, transaction
from plugins.police_links import queries
from plugins.police_links.contact_sessions import spoken
from plugins.police_links.london_time import is_tomorrow
from plugins.police_links.models import ContactSession


def remind(at: datetime) -> None:
    """Queue a mail to everyone with a place at a session of tomorrow, by London's calendar."""
    with reading() as db:
        near = sa.select(ContactSession.id, ContactSession.starts_at).where(
            ContactSession.state == "open",
            ContactSession.is_reminded.is_(False),
            ContactSession.starts_at > at,
            ContactSession.starts_at < at + timedelta(days=3),
        )
        due = [row.id for row in db.execute(near) if is_tomorrow(row.starts_at, at)]
    for session_id in due:
        _remind_of(session_id)


def _remind_of(session_id: str) -> None:
    """Tell the bookers of one session; in one transaction with the mark that they were told."""
    with transaction() as db:
        unmarked = sa.and_(ContactSession.is_reminded.is_(False), ContactSession.state == "open")
        chosen = sa.update(ContactSession).where(ContactSession.id == session_id, unmarked).values(is_reminded=True)
        marked = db.execute(chosen.returning(ContactSession.starts_at, ContactSession.place)).one_or_none()
        if marked is None:
            return
        text = _("Tomorrow: %(when)s, %(place)s.", when=spoken(marked.starts_at), place=marked.place)
        path = f"/police/sessions/{session_id}"
        for member_id in queries.bookers(db, session_id):
            notifications.tell_member(db, member_id, _("Your diary for tomorrow"), text, path)
