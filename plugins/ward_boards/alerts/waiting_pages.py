"""Pages of urgent alerts that wait for a second person."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core import neighbours
from core.database import now, sql, transaction
from core.web.access import requires, viewer
from plugins.ward_boards.alerts import second_person, vocabulary
from plugins.ward_boards.alerts.drafting import UnfitDraft
from plugins.ward_boards.alerts.rights import ISSUE
from plugins.ward_boards.alerts.second_person import NothingWaits, OwnProposal, Waiting
from plugins.ward_boards.alerts.services import AlertOver, NoSuchAlert, StaleAlert

FOLDER = "ward_boards/alerts"


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    bp.add_url_rule("/alerts/waiting", "waiting_alerts", show_all)
    bp.add_url_rule("/alerts/waiting/<waiting_id>", "waiting_alert", show)
    bp.add_url_rule("/alerts/waiting/<waiting_id>/agree", "agree_to_alert", agree, methods=["POST"])
    bp.add_url_rule("/alerts/waiting/<waiting_id>/turn-down", "turn_down_alert", turn_down, methods=["POST"])


@requires(ISSUE)
def show_all() -> str:
    """List what waits in the viewer's wards."""
    rows = second_person.waiting(sql.session, viewer(), now=now())
    return render_template(f"{FOLDER}/waiting.html", rows=rows)


@requires(ISSUE)
def show(waiting_id: str) -> str:
    """Show the whole of one, with exactly who would read it."""
    return _page(_found(waiting_id))


@requires(ISSUE)
def agree(waiting_id: str) -> Any:
    """Send what another person wrote."""
    found = _found(waiting_id)
    try:
        with transaction() as db:
            alert_id = second_person.agree(db, viewer(), waiting_id, now=now())
    except NothingWaits:
        return _gone()
    except OwnProposal:
        return _page(found, _("You wrote this yourself. Another person must agree to it.")), 403
    except UnfitDraft as unfit:
        return _page(found, " ".join(unfit.faults.values())), 422
    except (AlertOver, StaleAlert, NoSuchAlert):
        words = _("The alert that this would change was changed or is over. Turn this down, and write it anew.")
        return _page(found, words), 409
    flash(_("The alert is out. Members of these wards get a mail."))
    return redirect(url_for("ward_boards.alert", alert_id=alert_id), 303)


@requires(ISSUE)
def turn_down(waiting_id: str) -> Any:
    """Drop it; whoever wrote it is told."""
    _found(waiting_id)
    try:
        with transaction() as db:
            second_person.turn_down(db, viewer(), waiting_id, now=now())
    except NothingWaits:
        return _gone()
    flash(_("It will not be sent."))
    return redirect(url_for("ward_boards.waiting_alerts"), 303)


def _found(waiting_id: str) -> Waiting:
    try:
        return second_person.find(sql.session, viewer(), waiting_id, now=now())
    except NothingWaits:
        abort(404)


def _gone() -> Any:
    flash(_("Somebody was quicker: this does not wait any more."))
    return redirect(url_for("ward_boards.waiting_alerts"), 303)


def _page(found: Waiting, problem: str = "") -> str:
    return render_template(
        f"{FOLDER}/waiting_one.html",
        found=found,
        problem=problem,
        words=vocabulary,
        recipients=neighbours.alert_recipients(sql.session, found.draft.audience),
    )
