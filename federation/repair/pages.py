"""The one button of this room: "seen here too"."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from core.database import now, transaction
from core.instance import instance
from core.web.access import requires, viewer
from core.web.security import limiter
from federation.permission_names import SAY_SEEN
from federation.repair import sightings


def register(bp: Blueprint) -> None:
    """Add the button's route to federation's blueprint."""
    bp.add_url_rule("/federation/alerts/<seen_id>/seen", "seen", seen, methods=["POST"])


@requires(SAY_SEEN)
@limiter.limit("60/hour")
def seen(seen_id: str) -> Any:
    """Keep, or take back, that the viewer has seen here what a neighbour's alert tells of."""
    is_seen = request.form.get("seen") != "no"
    with transaction() as db:
        try:
            alert_id = sightings.say(db, seen_id, str(viewer().member_id), now(), is_seen=is_seen).alert_id
        except sightings.NotHere:
            abort(404)
    flash(_("Thank you. Only the number of people goes to them, no name.") if is_seen else _("Taken back."))
    if request.form.get("from") == "board":
        page = str(instance().config.plugin["federation"]["alert_page"])
        return redirect(page.replace("{id}", alert_id), 303)
    return redirect(url_for("federation.alerts"), 303)
