"""Carrying out what a moderator decided, and saying in a sentence what came of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core.database import now, transaction
from plugins.ward_boards.moderation import appeals, claims, services, threads
from plugins.ward_boards.services import PostGone


def carry_out(deed: Callable[[Session, datetime], object], done: str) -> str:
    """Do something in a transaction of its own; return `done`, or why nothing was changed."""
    try:
        with transaction() as db:
            deed(db, now())
    except (PostGone, claims.CaseClosed, threads.ThreadGone):
        return _("Nothing was changed: it is no longer as you saw it.")
    except claims.Claimed:
        return _("Nothing was changed: somebody else looks at it just now.")
    except services.OwnPost:
        return _("Nothing was changed: you cannot decide about your own post. Ask another coordinator.")
    except appeals.NotYoursToDecide:
        return _("Nothing was changed: somebody of another ward must decide this.")
    except threads.WouldWiden:
        return _("Nothing was changed: more people could read it than its writers meant.")
    except threads.NotYourBoard:
        return _("Nothing was changed: you can only take a thread off a board that you moderate, and not off the last.")
    return done
