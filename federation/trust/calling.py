"""Calls those who look at neighbours' alerts, when one is urgent."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import notifications

ROLES = ("admin", "coordinator")
PATH = "/federation/waiting"


def call_reviewers(db: Session) -> None:
    """Tell each admin and coordinator, in words that say nothing of what it is about."""
    for role in ROLES:
        text = _("Something urgent has come in. Please look at it within fifteen minutes.")
        notifications.tell_role(db, role, _("Something waits for you"), text, PATH)
