"""The officers' side of contact sessions: publish, call off, and see how many ask. Numbers, never names."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from core import wards
from core.database import now, sql, transaction
from core.permissions import require, wards_where
from core.web.access import requires, viewer
from plugins.police_links import contact_sessions, queries, session_requests
from plugins.police_links.contact_sessions import PUBLISH, BadPlan, Plan, SessionClosed
from plugins.police_links.forms import CancelForm, SessionForm


def add_rules(bp: Blueprint) -> None:
    """Add the officers' pages to the plugin's blueprint."""
    bp.add_url_rule("/sessions/new", "new_session", new_session, methods=["GET", "POST"])
    bp.add_url_rule(
        "/sessions/<string(length=32):session_id>/cancel", "cancel_session", cancel_session, methods=["GET", "POST"]
    )
    bp.add_url_rule("/requests", "requests", request_list)


@requires(PUBLISH)
def new_session() -> Any:
    """Publish a session for one of the viewer's wards."""
    may = wards_where(viewer(), PUBLISH)
    form = SessionForm()
    form.ward_code.choices = [(row.code, _place_name(row)) for row in wards.boards() if row.code in may]
    if request.method == "GET" and request.args.get("ward") in may:
        form.ward_code.data = request.args["ward"]
    session_id = _publish(form) if form.validate_on_submit() else None
    if session_id is None:
        page = render_template("police_links/new_session.html", form=form)
        return page, (422 if form.is_submitted() else 200)
    return redirect(url_for("police_links.session", session_id=session_id), 303)


def _place_name(row: wards.WardRow) -> str:
    return str(_("All of %(borough)s", borough=row.name)) if row.kind == "borough" else row.name


def _publish(form: SessionForm) -> str | None:
    """Return the new session's id, or None with the reason on the field that is wrong."""
    starts, ends = form.starts_at.moment, form.ends_at.moment
    if starts is None or ends is None:
        return None
    plan = Plan(
        ward_code=form.ward_code.data,
        title=form.title.data or "",
        place=form.place.data or "",
        details=form.details.data or "",
        starts_at=starts,
        ends_at=ends,
        capacity=form.capacity.data or 0,
    )
    told = 0
    try:
        with transaction() as db:
            session_id = contact_sessions.publish(db, viewer(), plan, now())
            if form.answers_requests.data:
                told = session_requests.answer(db, viewer(), plan.ward_code, session_id)
    except BadPlan as wrong:
        field = form[wrong.field]
        field.errors = [*field.errors, str(wrong)]
        return None
    flash(_("Published. Members can book now."))
    if told:
        flash(ngettext("%(num)s person who asked is told.", "%(num)s people who asked are told.", told))
    return session_id


@requires(PUBLISH)
def cancel_session(session_id: str) -> Any:
    """Ask for a reason, then call the session off and tell those who booked."""
    found = queries.session_row(sql.session, session_id)
    if found is None:
        abort(404)
    require(viewer(), PUBLISH, found.ward_code)
    form = CancelForm()
    if not form.validate_on_submit():
        page = render_template("police_links/cancel_session.html", form=form, session=found)
        return page, (422 if form.is_submitted() else 200)
    try:
        with transaction() as db:
            told = contact_sessions.cancel(db, viewer(), session_id, reason=form.reason.data or "", at=now())
    except SessionClosed:
        flash(_("This is over, so it cannot be called off."), "warn")
    else:
        people = ngettext("%(num)s person is told.", "%(num)s people are told.", told)
        flash(_("Called off. %(people)s", people=people))
    return redirect(url_for("police_links.session", session_id=session_id), 303)


@requires(PUBLISH)
def request_list() -> str:
    """Show how many ask in each of the viewer's wards, when it suits and what about."""
    may = wards_where(viewer(), PUBLISH)
    wishes = queries.open_requests(sql.session, may)
    return render_template(
        "police_links/requests.html",
        counts=queries.request_counts(sql.session, may),
        wishes=wishes,
        suits_label=session_requests.suits_label,
        wards=[row for row in wards.boards() if row.code in may],
    )
