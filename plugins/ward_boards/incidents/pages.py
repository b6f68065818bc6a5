"""Pages of incidents: say that a matter is over, that it is not, that it goes on; and which went quiet."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core import permissions
from core.database import now, sql, transaction
from core.web.access import requires, signed_in, viewer
from plugins.ward_boards import access, conversation
from plugins.ward_boards.addresses import board_or_404
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.incidents import queries, services
from plugins.ward_boards.incidents.forms import CloseForm, ReopenForm
from plugins.ward_boards.incidents.states import NotNow
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.publishing import Refused

BOTH = ["GET", "POST"]


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    bp.add_url_rule("/threads/<thread_id>/close", "close_matter", close, methods=BOTH)
    bp.add_url_rule("/threads/<thread_id>/reopen", "reopen_matter", reopen, methods=BOTH)
    bp.add_url_rule("/threads/<thread_id>/goes-on", "matter_goes_on", go_on, methods=["POST"])
    bp.add_url_rule("/boards/<code>/no-news", "no_news", quiet)


@signed_in
def close(thread_id: str) -> Any:
    """Say how a matter ended."""
    view = _acting(thread_id)
    form = CloseForm()
    form.prepare()
    if not form.is_submitted():
        return render_template("ward_boards/incidents/close.html", form=form, thread=view)
    if not form.validate():
        return render_template("ward_boards/incidents/close.html", form=form, thread=view), 422
    try:
        with transaction() as db:
            services.close(db, viewer(), view, form.outcome.data, form.note.data or "", today=day_of(now()))
        flash(_("Thank you. Readers now see how it ended."))
    except Refused as refusal:
        form.note.errors = refusal.reasons
        return render_template("ward_boards/incidents/close.html", form=form, thread=view), 422
    except NotNow:
        flash(_("Nothing was changed: somebody has said meanwhile that it is over."))
    return _back(view)


@signed_in
def reopen(thread_id: str) -> Any:
    """Say why a matter is not over."""
    view = _acting(thread_id)
    form = ReopenForm()
    if not form.is_submitted():
        return render_template("ward_boards/incidents/reopen.html", form=form, thread=view)
    if not form.validate():
        return render_template("ward_boards/incidents/reopen.html", form=form, thread=view), 422
    try:
        with transaction() as db:
            services.reopen(db, viewer(), view, form.reason.data, today=day_of(now()))
        flash(_("It is open again."))
    except Refused as refusal:
        form.reason.errors = refusal.reasons
        return render_template("ward_boards/incidents/reopen.html", form=form, thread=view), 422
    except NotNow:
        flash(_("Nothing was changed: it is open already."))
    return _back(view)


@signed_in
def go_on(thread_id: str) -> Any:
    """Answer that nothing has changed; the next question comes in two weeks."""
    view = _acting(thread_id)
    try:
        with transaction() as db:
            services.go_on(db, viewer(), view, today=day_of(now()))
        flash(_("Thank you. We ask again in two weeks."))
    except NotNow:
        flash(_("Nothing was changed: somebody has said meanwhile that it is over."))
    return _back(view)


@requires(access.MODERATE)
def quiet(code: str) -> str:
    """List the matters of a board that nobody tells anything of, for its moderators."""
    place = board_or_404(code)
    permissions.require(viewer(), access.MODERATE, code)
    rows = queries.quiet_on(sql.session, code, day_of(now()))
    return render_template("ward_boards/incidents/quiet.html", board=place, rows=rows)


def _acting(thread_id: str) -> ThreadView:
    """Return the thread if the viewer may read it and say how it stands.

    Raises:
        Denied: they read it and are neither its writer nor a moderator of one of its boards.
    """
    view = conversation.thread_view(sql.session, viewer(), thread_id)
    if view is None or view.incident is None:
        abort(404)
    services.require_to_act(view)
    return view


def _back(view: ThreadView) -> Any:
    return redirect(url_for("ward_boards.thread", thread_id=view.id, _anchor="matter"), 303)
