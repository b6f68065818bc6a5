"""Asking the ward's team for a session: a list inside the site instead of one more mail to the team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import notifications
from core.contributions import Viewer
from core.permissions import require
from plugins.police_links import queries
from plugins.police_links.contact_sessions import PUBLISH
from plugins.police_links.models import SessionRequest

REQUEST = "police_links.request_session"
SUITS = ("weekday", "evening", "weekend", "any")


@dataclass(frozen=True)
class Wish:
    """When a session would suit (one of `SUITS`), and what about, in a few words or none."""

    suits: str
    about: str


def suits_label(suits: str) -> str:
    """Return a time of the week in words."""
    words: dict[str, str] = {
        "weekday": _("On a weekday, in the day"),
        "evening": _("On a weekday evening"),
        "weekend": _("At the weekend"),
        "any": _("Any time"),
    }
    return words[suits]


def ask(db: Session, viewer: Viewer, ward_code: str, wish: Wish, *, on: date) -> bool:
    """Put a wish on the ward's list; False when the member already has one there, which stays as it was.

    Raises:
        Denied: only verified members may ask.
    """
    require(viewer, REQUEST, ward_code)
    if viewer.member_id is None or queries.has_request(db, ward_code, viewer.member_id):
        return False
    db.add(
        SessionRequest(
            ward_code=ward_code, member_id=viewer.member_id, suits=wish.suits, about=wish.about, requested_on=on
        )
    )
    db.flush()
    return True


def withdraw(db: Session, member_id: str, ward_code: str) -> bool:
    """Take the member's own wish from the list; False when there was none."""
    mine = (SessionRequest.ward_code == ward_code, SessionRequest.member_id == member_id)
    return bool(db.execute(sa.delete(SessionRequest).where(*mine).returning(SessionRequest.id)).all())


def answer(db: Session, viewer: Viewer, ward_code: str, session_id: str) -> int:
    """Tell everyone who asked in this ward that a session is set, and clear the list; return how many.

    Raises:
        Denied: the viewer may not publish for this ward.
    """
    require(viewer, PUBLISH, ward_code)
    gone = sa.delete(SessionRequest).where(SessionRequest.ward_code == ward_code).returning(SessionRequest.member_id)
    members = list(db.scalars(gone))
    text = _("There is now a date for what you asked for. Places are limited; book yours here:")
    for member_id in members:
        notifications.tell_member(db, member_id, _("A date for you"), text, f"/police/sessions/{session_id}")
    return len(members)
