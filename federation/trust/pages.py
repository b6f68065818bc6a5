"""Pages of this room: what waits to be looked at, how far a neighbour is trusted, and the agreement to print."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core import neighbours
from core.database import now, sql, transaction
from core.instance import instance
from core.web.access import requires, viewer
from federation import identity, peers
from federation.models import Peer
from federation.permission_names import MANAGE, REVIEW
from federation.trust import policies, queries, rules, services, standing, words
from federation.trust.forms import TrustForm

FOLDER = "federation/trust"


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint `federation`."""
    bp.add_url_rule("/federation/waiting", "waiting", waiting)
    bp.add_url_rule("/federation/waiting/<remote_id>", "waiting_one", waiting_one)
    bp.add_url_rule("/federation/waiting/<remote_id>/show", "show_alert", show_alert, methods=["POST"])
    bp.add_url_rule("/federation/waiting/<remote_id>/refuse", "refuse_alert", refuse_alert, methods=["POST"])
    bp.add_url_rule("/federation/peers/<peer_id>/trust", "trust", trust, methods=["GET", "POST"])
    bp.add_url_rule("/federation/peers/<peer_id>/agreement", "agreement", agreement)


@requires(REVIEW)
def waiting() -> str:
    """List neighbours' alerts that nobody has looked at."""
    return render_template(f"{FOLDER}/waiting.html", rows=queries.to_look_at(sql.session, now()), words=words)


@requires(REVIEW)
def waiting_one(remote_id: str) -> str:
    """Show the whole of one, and what the readers here have written that may be about the same."""
    return _page(remote_id)


def _page(remote_id: str, problem: str = "") -> str:
    row = queries.one(sql.session, remote_id, now())
    if row is None:
        abort(404)
    return render_template(
        f"{FOLDER}/waiting_one.html",
        row=row,
        problem=problem,
        words=words,
        may_be_shown=row.tlp not in rules.STRICT_LABELS and row.reason != standing.REMOVED,
    )


@requires(REVIEW)
def show_alert(remote_id: str) -> Any:
    """Let everybody read it whom it is meant for."""
    return _decide(remote_id, standing.show, _("It is shown now."))


@requires(REVIEW)
def refuse_alert(remote_id: str) -> Any:
    """Keep it from everybody; take it down where it is shown."""
    return _decide(remote_id, standing.refuse, _("It is not shown."))


def _decide(remote_id: str, verb: Callable[..., None], done: str) -> Any:
    try:
        with transaction() as db:
            verb(db, remote_id, viewer().member_id, now())
    except standing.NothingToDecide:
        if queries.one(sql.session, remote_id, now()) is None:
            abort(404)
        return _page(remote_id, _("This one cannot be shown to more people.")), 409
    flash(done)
    return redirect(url_for("federation.waiting"), 303)


def of_peer(peer_id: str) -> dict[str, Any]:
    """Return what a neighbour's page shows of this room."""
    return {
        "said": policies.of(sql.session, peer_id),
        "rule": standing.rule_of(sql.session, peer_id),
        "own": neighbours.assurance(sql.session),
        "words": words,
    }


@requires(MANAGE)
def trust(peer_id: str) -> Any:
    """Choose what of a neighbour is shown by itself, the least level, and which labels are taken."""
    peer, form = _held(peer_id), TrustForm()
    if not form.is_submitted():
        form.start(standing.rule_of(sql.session, peer_id))
    elif form.validate() and (rule := form.rule()) is not None:
        with transaction() as db:
            services.set_rule(db, db.get_one(Peer, peer_id), rule, viewer().member_id)
        flash(_("This holds for what comes from now on."))
        return redirect(url_for("federation.show", peer_id=peer_id), 303)
    page = render_template(f"{FOLDER}/trust.html", form=form, name=peers.title(peer), peer=peer, **of_peer(peer_id))
    return page, 422 if form.errors else 200


def _held(peer_id: str) -> Peer:
    peer = sql.session.get(Peer, peer_id)
    if peer is None or peer.state not in queries.HELD:
        abort(404)
    return peer


@requires(MANAGE)
def agreement(peer_id: str) -> str:
    """Make a sheet for both groups to sign: who they are, what is shared, and what each promises."""
    peer, ours = _held(peer_id), identity.own_keys()
    config = instance().config
    return render_template(
        f"{FOLDER}/agreement.html",
        peer=peer,
        name=peers.title(peer),
        ours={
            "name": config.site_name,
            "url": identity.own_url(),
            "thumbprint": ours.known_as(peer.our_thumbprint).thumbprint,
        },
        number=peers.number_of(peer),
        today=now(),
        **of_peer(peer_id),
    )
