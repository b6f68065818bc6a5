"""Pages of the alerts, added to the plugin's one blueprint."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import neighbours, permissions, wards
from core.contributions import Viewer
from core.database import now, sql, transaction
from core.instance import instance
from core.web.access import public, requires, viewer
from core.web.security import limiter
from plugins.ward_boards.alerts import cap, publishing, queries, second_person, services, vocabulary, waiting_pages
from plugins.ward_boards.alerts.drafting import UnfitDraft
from plugins.ward_boards.alerts.forms import AlertForm, CancelForm, form_id_of, revision_of
from plugins.ward_boards.alerts.queries import AlertRow
from plugins.ward_boards.alerts.rights import ISSUE, READ
from plugins.ward_boards.alerts.services import AlertOver, SecondNeeded, StaleAlert, Target

FOLDER = "ward_boards/alerts"
WRITES = ["GET", "POST"]


def register(bp: Blueprint) -> None:
    """Add the alert pages to the blueprint `ward_boards`."""
    bp.add_url_rule("/alerts", "alerts", show_list)
    bp.add_url_rule("/alerts.atom", "alerts_feed", feed)
    bp.add_url_rule("/feeds/cap.atom", "cap_feed", feed)  # where collectors of CAP alerts look for it
    bp.add_url_rule("/alerts/new", "new_alert", new, methods=WRITES)
    waiting_pages.register(bp)
    bp.add_url_rule("/alerts/<alert_id>", "alert", show)
    bp.add_url_rule("/alerts/<alert_id>.cap", "alert_cap", cap_file)
    bp.add_url_rule("/alerts/<alert_id>/update", "update_alert", update, methods=WRITES)
    bp.add_url_rule("/alerts/<alert_id>/cancel", "cancel_alert", cancel, methods=WRITES)


@public
def show_list() -> str:
    """List open alerts, most severe first, and behind them those that are over; visitors see public ones."""
    moment, who = now(), viewer()
    rows = queries.open_alerts(sql.session, who, now=moment)
    return render_template(
        f"{FOLDER}/list.html",
        alerts=rows,
        marks=queries.marks_of(sql.session, rows),
        past=queries.past_alerts(sql.session, who, now=moment),
        may_read_all=permissions.allowed(who, READ),
        may_issue=permissions.allowed(who, ISSUE),
        waiting_count=len(second_person.waiting(sql.session, who, now=moment)),
        words=vocabulary,
    )


@public
def show(alert_id: str) -> str:
    """Show one alert with its history and what neighbours did with it."""
    row = _readable(alert_id)
    return render_template(
        f"{FOLDER}/alert.html",
        alert=row,
        history=queries.history(sql.session, row.id),
        may_change=row.is_open and _may_change(viewer(), row),
        words=vocabulary,
    )


@public
def cap_file(alert_id: str) -> Response:
    """Give an alert as CAP 1.2: to anyone when it is public, else to those who may read it."""
    return _cap_response(_readable(alert_id))


@public
def feed() -> Response:
    """Give the public alerts of this borough as an Atom feed."""
    moment = now()
    written = publishing.atom_feed(queries.public_alerts(sql.session, now=moment), now=moment)
    response = Response(written, mimetype=publishing.ATOM_MIMETYPE)
    response.headers["Cache-Control"] = "public, max-age=60"
    return response


@requires(ISSUE)
@limiter.limit("30/hour", methods=["POST"])
def new() -> Any:
    """Write a new alert for wards the viewer answers for."""
    form = _form(viewer())
    if not form.is_submitted():
        form.start()
        return _page("new", form)
    moment = now()
    try:
        form.require_readable()
        with transaction() as db:
            draft = form.draft(now=moment)
            if "preview" in request.form:
                draft = services.checked(viewer(), draft, moment)
                return _page("new", form, draft=draft, recipients=neighbours.alert_recipients(db, draft.audience))
            alert_id = services.issue(db, viewer(), draft=draft, now=moment, alert_id=form_id_of(form))
    except UnfitDraft as unfit:
        form.say(unfit.faults)
        return _page("new", form), 422
    except SecondNeeded as second:
        return _wait(second)
    flash(_("The alert is out. Members of these wards get a mail."))
    return redirect(url_for("ward_boards.alert", alert_id=alert_id), 303)


@requires(ISSUE)
@limiter.limit("60/hour", methods=["POST"])
def update(alert_id: str) -> Any:
    """Replace an alert by a changed one."""
    row = _changeable(alert_id)
    form = _form(viewer())
    form.keep_audience(row.audience)
    if not form.is_submitted():
        if not row.is_open:
            return redirect(url_for("ward_boards.alert", alert_id=row.id), 303)
        form.show(row)
        return _page("update", form, alert=row)
    moment = now()
    try:
        form.require_readable()
        target = Target(row.id, revision_of(form.revision))
        with transaction() as db:
            services.update(db, viewer(), target=target, draft=form.draft(now=moment), now=moment)
    except UnfitDraft as unfit:
        form.say(unfit.faults)
        return _page("update", form, alert=row), 422
    except SecondNeeded as second:
        return _wait(second)
    except StaleAlert as stale:
        form.revision.data = str(stale.revision)
        return _page("update", form, alert=_changeable(alert_id), is_stale=True), 409
    except AlertOver:
        return _page("update", form, alert=_changeable(alert_id), is_over=True), 409
    flash(_("The alert is changed. Members get a mail, and other boroughs get the new version."))
    return redirect(url_for("ward_boards.alert", alert_id=row.id), 303)


@requires(ISSUE)
@limiter.limit("60/hour", methods=["POST"])
def cancel(alert_id: str) -> Any:
    """Take an alert back, saying why."""
    row = _changeable(alert_id)
    form = CancelForm()
    if not form.is_submitted():
        if not row.is_open:
            return redirect(url_for("ward_boards.alert", alert_id=row.id), 303)
        form.revision.data = str(row.revision)
        return _page("cancel", form, alert=row)
    try:
        target = Target(row.id, revision_of(form.revision))
        with transaction() as db:
            services.cancel(db, viewer(), target=target, reason=form.reason.data or "", now=now())
    except UnfitDraft as unfit:
        form.reason.errors = list(unfit.faults.values())
        return _page("cancel", form, alert=row), 422
    except StaleAlert as stale:
        form.revision.data = str(stale.revision)
        return _page("cancel", form, alert=_changeable(alert_id), is_stale=True), 409
    except AlertOver:
        return _page("cancel", form, alert=_changeable(alert_id), is_over=True), 409
    flash(_("The alert is cancelled. Members get a mail, and other boroughs are told to remove it."))
    return redirect(url_for("ward_boards.alert", alert_id=row.id), 303)


def _wait(second: SecondNeeded) -> Any:
    """Keep it for a second person, and say so to the one who wrote it."""
    with transaction() as db:
        kept = second_person.propose(db, viewer(), second.draft, second.target, now=now())
    flash(_("It is not out yet: this is the third urgent alert in seven days. A second person must agree first."))
    return redirect(url_for("ward_boards.waiting_alert", waiting_id=kept.id), 303)


def _readable(alert_id: str) -> AlertRow:
    row = queries.one_alert(sql.session, viewer(), alert_id, now=now())
    return row if row is not None else abort(404)


def _changeable(alert_id: str) -> AlertRow:
    row = _readable(alert_id)
    if not row.is_own:
        abort(404)
    for code in row.areas:
        permissions.require(viewer(), ISSUE, code)
    return row


def _may_change(who: Viewer, row: AlertRow) -> bool:
    return row.is_own and set(row.areas) <= permissions.wards_where(who, ISSUE)


def _form(who: Viewer) -> AlertForm:
    form = AlertForm()
    whole = _("The whole of %(name)s", name=instance().config.borough_name)
    form.offer_areas(wards.boards(), permissions.wards_where(who, ISSUE), whole)
    form.offer_peers(neighbours.alert_recipients(sql.session, "all_verified"))
    return form


def _page(name: str, form: Any, **values: Any) -> str:
    return render_template(f"{FOLDER}/{name}.html", form=form, words=vocabulary, **values)


def _cap_response(row: AlertRow) -> Response:
    written = publishing.cap_file(row, queries.history(sql.session, row.id))
    if written is None:
        abort(404)
    response = Response(written, mimetype=cap.MIMETYPE)
    response.headers["Content-Disposition"] = f"inline; filename={row.id}.cap"
    return response
