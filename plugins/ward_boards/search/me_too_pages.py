"""The buttons "Me too" and "Take it back" of a thread."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, url_for
from flask_babel import gettext as _

from core import permissions
from core.database import sql, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.ward_boards import access, conversation
from plugins.ward_boards.search import me_too


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    bp.add_url_rule("/threads/<thread_id>/me-too", "me_too", say, methods=["POST"])
    bp.add_url_rule("/threads/<thread_id>/me-too/undo", "me_too_undo", take_back, methods=["POST"])


@requires(access.POST)
@limiter.limit("60/hour")
def say(thread_id: str) -> Any:
    """Count the member as one who saw the same, and lead to the thread, where they can add what they know."""
    return _act(thread_id, me_too.me_too, _("Counted. You can add what you saw below."), _("You were counted already."))


@requires(access.POST)
@limiter.limit("60/hour")
def take_back(thread_id: str) -> Any:
    """Stop counting the member."""
    return _act(thread_id, me_too.take_back, _("You are not counted any more."), _("You were not counted."))


def _act(thread_id: str, verb: Any, done: str, nothing: str) -> Any:
    if conversation.thread_view(sql.session, viewer(), thread_id) is None:
        abort(404)
    try:
        with transaction() as db:
            changed = verb(db, viewer(), thread_id)
    except me_too.NotHere:
        raise permissions.Denied(access.POST, "this thread does not take it") from None
    flash(done if changed else nothing)
    return redirect(url_for("ward_boards.thread", thread_id=thread_id, _anchor="reply"), 303)
