"""Pages about neighbours: what everybody may know, and the admin's ceremony and health pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import jobs
from core.contributions import Viewer
from core.database import now, sql, transaction
from core.permissions import allowed
from core.web.access import public, requires, viewer
from core.web.published import for_everybody
from core.web.security import limiter
from federation import ceremony, mirrors, peers, queries, services
from federation.forms import ConfirmForm, ProposeForm, ReasonForm
from federation.models import Peer
from federation.peers import CeremonyRefused
from federation.permission_names import MANAGE, SAY_SEEN
from federation.public import actor, health
from federation.public import pages as public_pages
from federation.refusals import in_words
from federation.repair import pages as repair_pages
from federation.repair import queries as repair_queries
from federation.repair import sightings
from federation.subscriptions import JOB
from federation.trust import pages as trust_pages
from federation.trust import words as trust_words

PAGES = Blueprint("federation", __name__, template_folder="templates")
trust_pages.register(PAGES)
public_pages.register(PAGES)
repair_pages.register(PAGES)


def _me() -> str | None:
    return viewer().member_id


@PAGES.get("/federation")
@public
def index() -> str:
    """Tell everybody what crosses the border, and with whom."""
    known = queries.peer_rows(sql.session, ("verified",))
    return render_template(
        "federation/index.html",
        peers=sorted(known, key=lambda p: p.name),
        may_manage=allowed(viewer(), MANAGE),
        handle=actor.handle() if actor.is_on() else None,
    )


@PAGES.get("/federation/alerts")
@public
def alerts() -> str:
    """Show neighbours' alerts: to members all, to visitors those meant for everybody."""
    found = queries.neighbour_alerts(sql.session, now(), everyone=not viewer().is_signed_in)
    shown = {"may_say": allowed(viewer(), SAY_SEEN), "words": trust_words}
    here = sightings.here(sql.session, [row.id for row in found], _me())
    return render_template("federation/alerts.html", alerts=found, seen_here=here, **shown)


@PAGES.get("/federation/mirrors/<mirror_id>/<document_name>")
@public
def mirror(mirror_id: str, document_name: str) -> Response:
    """Show the copy of what a neighbour publishes, so that its members can see whether they are told the same."""
    body = mirrors.body_of(sql.session, mirror_id, document_name)
    if body is None:
        abort(404)
    return for_everybody(body)


@PAGES.get("/federation/peers")
@requires(MANAGE)
def peer_list() -> str:
    """List neighbours in every state."""
    return render_template("federation/peers.html", **_groups())


def _groups() -> dict[str, Any]:
    rows = sorted(queries.peer_rows(sql.session), key=lambda row: row.name)
    return {
        "received": [row for row in rows if row.state == "received"],
        "open": [row for row in rows if row.state in ("proposed", "awaiting_confirmation")],
        "current": [row for row in rows if row.state in ("verified", "suspended")],
        "ended": [row for row in rows if row.state == "revoked"],
    }


@PAGES.route("/federation/peers/new", methods=["GET", "POST"])
@requires(MANAGE)
@limiter.limit("20/hour", methods=["POST"])
def propose() -> Any:
    """Ask another instance to become a neighbour."""
    form = ProposeForm()
    if form.validate_on_submit():
        try:
            peer_id = ceremony.propose(form.url.data or "", form.message.data or "", _me())
        except CeremonyRefused as refusal:
            form.url.errors = [in_words(refusal)]
        else:
            flash(_("Asked. Now telephone the other admin and compare the six words."))
            return redirect(url_for("federation.show", peer_id=peer_id), 303)
    return render_template("federation/propose.html", form=form), 422 if form.errors else 200


@PAGES.get("/federation/peers/<peer_id>")
@requires(MANAGE)
def show(peer_id: str) -> Any:
    """Show one neighbour: what to do next, and the safety number."""
    return _page(peer_id)


def _page(peer_id: str, **forms: Any) -> Any:
    row = queries.peer_row(sql.session, peer_id)
    if row is None:
        abort(404)
    number = None if row.state == "received" else peers.number_of(sql.session.get_one(Peer, peer_id))
    shown = {"confirm_form": ConfirmForm(formdata=None), "reason_form": ReasonForm(formdata=None), **forms}
    shown["trust"] = trust_pages.of_peer(peer_id)
    has_errors = any(form.errors for form in forms.values())
    wrong = next(iter(forms.values()), None)
    page = render_template("federation/peer.html", peer=row, number=number, summary=wrong, **shown)
    return page, 422 if has_errors else 200


def _step(peer_id: str, done: str, step: Callable[[], object], form: Any = None, field: str = "") -> Any:
    """Take a step of the ceremony; a refusal is shown on the neighbour's page."""
    try:
        result = step()
    except CeremonyRefused as refusal:
        if form is None:
            form, field = ReasonForm(formdata=None), "reason"
        getattr(form, field).errors = [in_words(refusal)]
        return _page(peer_id, **{"confirm_form" if field == "words" else "reason_form": form})
    if isinstance(result, ceremony.Told) and result.problem:
        done = _("%(done)s We could not tell the other side yet; we keep trying.", done=done)
    flash(done)
    return redirect(url_for("federation.show", peer_id=peer_id), 303)


@PAGES.post("/federation/peers/<peer_id>/accept")
@requires(MANAGE)
def accept(peer_id: str) -> Any:
    """Open a received proposal: only now is the other side asked anything."""
    _known(peer_id)
    return _step(peer_id, _("Accepted. Now compare the six words."), lambda: ceremony.accept(peer_id, _me()))


@PAGES.post("/federation/peers/<peer_id>/confirm")
@requires(MANAGE)
@limiter.limit("30/hour")
def confirm(peer_id: str) -> Any:
    """Compare what the admin heard with what is true."""
    _known(peer_id)
    form = ConfirmForm()
    if not form.validate_on_submit():
        return _page(peer_id, confirm_form=form)
    return _step(
        peer_id,
        _("The words are the same. That is your half."),
        lambda: ceremony.confirm(peer_id, form.words.data or "", _me()),
        form,
        "words",
    )


@PAGES.post("/federation/peers/<peer_id>/suspend")
@requires(MANAGE)
def suspend(peer_id: str) -> Any:
    """Stop exchanging for now."""
    return _stop(peer_id, _("Stopped for now. What waits keeps waiting."), peers.suspend)


@PAGES.post("/federation/peers/<peer_id>/revoke")
@requires(MANAGE)
def revoke(peer_id: str) -> Any:
    """End it for good."""
    return _stop(peer_id, _("Ended. Their key is dead here and their alerts are no longer shown."), peers.revoke)


def _stop(peer_id: str, done: str, verb: Callable[..., None]) -> Any:
    _known(peer_id)
    form = ReasonForm()
    if not form.validate_on_submit():
        return _page(peer_id, reason_form=form)

    def step() -> ceremony.Told:
        with transaction() as db:
            verb(db, db.get_one(Peer, peer_id), _me(), form.reason.data or "")
        return ceremony.tell(peer_id)

    return _step(peer_id, done, step, form, "reason")


@PAGES.post("/federation/peers/<peer_id>/resume")
@requires(MANAGE)
def resume(peer_id: str) -> Any:
    """Go on with a suspended neighbour."""
    _known(peer_id)

    def step() -> ceremony.Told:
        with transaction() as db:
            peers.resume(db, db.get_one(Peer, peer_id), _me(), now())
        jobs.make_due(JOB)
        return ceremony.tell(peer_id)

    return _step(peer_id, _("We exchange alerts again."), step)


def _known(peer_id: str) -> None:
    if sql.session.get(Peer, peer_id) is None:
        abort(404)


@PAGES.get("/federation/deliveries")
@requires(MANAGE)
def deliveries() -> str:
    """Show how sending goes: per neighbour, and what was refused."""
    dead = [row for _place, row in queries.delivery_rows(sql.session, state="dead")]
    recent = [row for _place, row in queries.delivery_rows(sql.session, limit=30)]
    titles = queries.headlines(sql.session, {row.alert_id for row in (*dead, *recent)})
    known = queries.peer_rows(sql.session, ("verified", "suspended"))
    return render_template(
        "federation/deliveries.html",
        peers=known,
        dead=dead,
        recent=recent,
        titles=titles,
        now=now(),
        mended=repair_queries.mended(sql.session, now()),
        followed=health.read(sql.session),
    )


@PAGES.post("/federation/deliveries/retry")
@requires(MANAGE)
def retry() -> Any:
    """Try a neighbour, or one refused item, again now."""
    who: Viewer = viewer()
    peer_id, delivery_id = request.form.get("peer", ""), request.form.get("delivery", "")
    with transaction() as db:
        peer = db.get(Peer, peer_id) if peer_id else None
        if peer is not None:
            services.retry_peer(db, peer, who.member_id, now())
        found = peer is not None or services.retry_dead(db, delivery_id, who.member_id, now())
    if not found:
        abort(404)
    jobs.make_due(JOB)
    flash(_("We try again now. Look again in a minute."))
    return redirect(url_for("federation.deliveries"), 303)
