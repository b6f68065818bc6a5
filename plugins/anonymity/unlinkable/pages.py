"""The one page of the members' side about voices of others: a moderator stops one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request
from flask_babel import gettext as _

from core.database import now, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.anonymity.unlinkable import bans
from plugins.anonymity.unlinkable.contributions import BAN


def register(bp: Blueprint) -> None:
    """Add the address to the blueprint."""
    bp.add_url_rule("/anonymity/bans", "stop_voice", stop_voice, methods=["POST"])


@requires(BAN)
@limiter.limit("120/hour")
def stop_voice() -> Any:
    """Stop the voice that wrote a post, and go back to its thread."""
    post_id = request.form.get("post_id", "")
    try:
        with transaction() as db:
            signature = bans.stop(db, viewer(), post_id, now=now())
    except bans.NoVoice:
        abort(404)
    except bans.WeekOver:
        flash(_("Nothing was changed: the week of this voice is over, so nobody can write with it any more."))
        return redirect("/moderation", 303)
    flash(_("The voice is stopped until Sunday night. Its posts of this week go from the boards within a minute."))
    return redirect(f"/threads/{signature.thread_id}", 303)
