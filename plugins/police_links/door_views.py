"""The pages for those who keep the doors right: admins for the borough, officers for their wards."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import wards
from core.database import now, sql, transaction
from core.instance import instance
from core.permissions import require, wards_where
from core.web.access import requires, viewer
from plugins.police_links import directory
from plugins.police_links.directory import EDIT, DoorDraft
from plugins.police_links.doors import KINDS
from plugins.police_links.forms import DoorForm, PressForm


def add_rules(bp: Blueprint) -> None:
    """Add the editing pages to the plugin's blueprint."""
    bp.add_url_rule("/doors", "doors", door_list)
    bp.add_url_rule("/doors/<ward_code>/<kind>", "edit_door", edit_door, methods=["GET", "POST"])
    bp.add_url_rule("/doors/<ward_code>/<kind>/reset", "reset_door", reset_door, methods=["POST"])


@requires(EDIT)
def door_list() -> str:
    """List the doors of one place, and the places the viewer may edit."""
    may = wards_where(viewer(), EDIT)
    places = [row for row in wards.boards() if row.code in may]
    home = viewer().home_ward
    first = home if home in may and instance().config.borough not in may else places[0].code
    chosen = request.args.get("ward") or first
    if chosen not in {row.code for row in places}:
        require(viewer(), EDIT, chosen)
    return render_template(
        "police_links/doors.html",
        places=places,
        chosen=chosen,
        doors=directory.all_doors(sql.session, chosen),
        press=PressForm(),
        borough=instance().config.borough,
    )


@requires(EDIT)
def edit_door(ward_code: str, kind: str) -> Any:
    """Change one door of one place."""
    _check_place(ward_code, kind)
    require(viewer(), EDIT, ward_code)
    shown = next(door for door in directory.all_doors(sql.session, ward_code) if door.kind == kind)
    words = shown.words
    form = DoorForm(
        data=None
        if request.method == "POST"
        else {
            "title": words.title,
            "is_for": words.is_for,
            "not_for": words.not_for,
            "url": shown.url or "",
            "hours": shown.hours,
            "source": shown.source,
        }
    )
    if not form.validate_on_submit():
        page = render_template("police_links/edit_door.html", form=form, door=shown, ward_code=ward_code)
        return page, (422 if form.is_submitted() else 200)
    draft = DoorDraft(
        title=form.title.data or "",
        is_for=form.is_for.data or "",
        not_for=form.not_for.data or "",
        url=form.url.data or None,
        hours=form.hours.data or "",
        source=form.source.data or "",
        last_checked_on=now().date() if form.is_checked.data else _kept_date(shown, form.url.data or None),
    )
    with transaction() as db:
        directory.save_door(db, viewer(), ward_code, kind, draft=draft)
    flash(_("Saved. People see it now."))
    return redirect(url_for("police_links.doors", ward=ward_code), 303)


@requires(EDIT)
def reset_door(ward_code: str, kind: str) -> Any:
    """Drop what was set for this place."""
    _check_place(ward_code, kind)
    if not PressForm().validate_on_submit():
        abort(400)
    with transaction() as db:
        gone = directory.reset_door(db, viewer(), ward_code, kind)
    flash(_("Done. The usual text shows again.") if gone else _("Nothing was set here, so nothing changed."))
    return redirect(url_for("police_links.doors", ward=ward_code), 303)


def _kept_date(shown: Any, url: str | None) -> Any:
    """Keep the day of the last check only while the address is the one that was checked."""
    return shown.last_checked_on if shown.url == url else None


def _check_place(ward_code: str, kind: str) -> None:
    if kind not in KINDS or ward_code not in {row.code for row in wards.boards()}:
        abort(404)
