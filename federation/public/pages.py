"""The public side's addresses: WebFinger, NodeInfo, the actor with its collections, alerts, and its inbox.

Nobody is asked who they are here, and no cookie counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from core import jobs
from core.database import now, sql, transaction
from core.web.access import machine, public, requires, viewer
from core.web.security import limiter
from federation import gate, strict_json
from federation.gate import WireProblem
from federation.http_signatures import Refused
from federation.permission_names import MANAGE
from federation.public import actor, followers, health, inbox, outbox, publishing
from federation.public.remote_actors import TooBusy

JRD = "application/jrd+json"
NODEINFO = "application/json"
NODEINFO_SCHEMA = "http://nodeinfo.diaspora.software/ns/schema/2.1"
FRESH, KEPT = "no-store", "public, max-age=300"
PROBLEM = "application/problem+json"


def register(bp: Blueprint) -> None:
    """Add the public side to the plugin's one blueprint of pages."""
    for rule, name, view in (
        ("/.well-known/webfinger", "webfinger", webfinger),
        ("/.well-known/nodeinfo", "nodeinfo_links", nodeinfo_links),
        ("/nodeinfo/2.1", "nodeinfo", nodeinfo),
        ("/actors/alerts", "public_actor", show_actor),
        ("/actors/alerts/outbox", "public_outbox", show_outbox),
        ("/actors/alerts/followers", "public_followers", show_followers),
        ("/public/alerts/<alert_id>", "public_alert", show_alert),
    ):
        bp.add_url_rule(rule, name, view)
    bp.add_url_rule("/actors/alerts/inbox", "public_inbox", take, methods=["POST"])
    bp.add_url_rule("/federation/public/retry", "public_retry", retry, methods=["POST"])


def _switched_on(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs) if actor.is_on() else abort(404)

    return checked


def _json(payload: Any, mimetype: str = actor.AS2, *, status: int = 200, kept: str = FRESH) -> Response:
    answer = Response(json.dumps(payload, ensure_ascii=False), status, mimetype=mimetype)
    answer.headers["Cache-Control"] = kept
    answer.headers["Vary"] = "Accept"
    answer.headers["Access-Control-Allow-Origin"] = "*"  # public, and sent without looking at cookies (RFC 7033, 5)
    return answer


def _wants_page() -> bool:
    kinds = (actor.AS2, "application/ld+json", "text/html")
    return request.accept_mimetypes.best_match(kinds, default=actor.AS2) == "text/html"


@public
@limiter.limit("120/minute")
@_switched_on
def webfinger() -> Response:
    """Say where the alerts' actor is; there is no other account to find."""
    asked = request.args.getlist("resource")
    if len(asked) != 1 or not asked[0]:
        return _problem(400, "bad_resource", "Ask for exactly one resource, like acct:alerts@host.")
    found = actor.webfinger(asked[0], request.args.getlist("rel"))
    if found is None:
        return _problem(404, "not_found", "There is no such account here.")
    return _json(found, JRD, kept=KEPT)


@public
@_switched_on
def nodeinfo_links() -> Response:
    """Say where NodeInfo is."""
    return _json({"links": [{"rel": NODEINFO_SCHEMA, "href": f"{actor.base()}/nodeinfo/2.1"}]}, NODEINFO, kept=KEPT)


@public
@_switched_on
def nodeinfo() -> Response:
    """Say what runs here."""
    return _json(actor.nodeinfo(), f'{NODEINFO}; profile="{NODEINFO_SCHEMA}#"', kept=KEPT)


@public
@limiter.limit("120/minute")
@_switched_on
def show_actor() -> Any:
    """Describe the actor to servers; lead people to the page about neighbours."""
    if _wants_page():
        return redirect(url_for("federation.index"), 303)
    return _json(actor.document(), kept=KEPT)


@public
@limiter.limit("120/minute")
@_switched_on
def show_outbox() -> Response:
    """List what was published, newest first."""
    here, before = f"{actor.actor_id()}/outbox", request.args.get("before", "")
    if not request.args:
        count = outbox.total(sql.session)
        return _collection(here, {"totalItems": count, "first": f"{here}?page=1"})
    if before and not (before.isascii() and before.isdigit() and len(before) < 16):
        return _problem(422, "bad_field", "Take 'before' from the 'next' of the page before.")
    items, older = outbox.page(sql.session, int(before) if before else None)
    rest = {"next": f"{here}?before={older}"} if older else {}
    name = f"{here}?before={before}" if before else f"{here}?page=1"
    return _collection(name, {"partOf": here, "orderedItems": items, **rest}, "OrderedCollectionPage")


@public
@limiter.limit("120/minute")
@_switched_on
def show_followers() -> Response:
    """Say how many follow, and never who."""
    return _collection(f"{actor.actor_id()}/followers", {"totalItems": followers.count(sql.session)})


def _collection(name: str, rest: dict[str, Any], kind: str = "OrderedCollection") -> Response:
    return _json({"@context": actor.AS2_CONTEXT, "id": name, "type": kind, **rest})


@public
@limiter.limit("240/minute")
@_switched_on
def show_alert(alert_id: str) -> Any:
    """Give a public alert to servers, with its proof; lead people to its page."""
    found = publishing.read(sql.session, alert_id)
    if found is None:
        abort(404)
    if _wants_page():
        return redirect(actor.page_of(alert_id), 303)
    document, is_there = found
    return _json(document, status=200 if is_there else 410)


@machine
@limiter.limit("60/minute")
@limiter.limit("120/minute", key_func=health.claimed_host)
@_switched_on
def take() -> Response:
    """Take in a follow or the end of one; every answer but 202 says what is wrong."""
    try:
        inbox.take(gate.read_request(inbox.LARGEST_BYTES))
    except Refused as refused:
        return _problem(403 if refused.code == "full" else 401, refused.code, refused.sentence)
    except WireProblem as problem:
        return _problem(problem.status, problem.code, problem.detail)
    except strict_json.NotStrict as problem:
        return _problem(413 if problem.code == "too_large" else 400, problem.code, problem.sentence)
    except TooBusy:
        answer = _problem(503, "busy", "Come again in a minute.")
        answer.headers["Retry-After"] = "60"
        return answer
    return Response(status=202)


def _problem(status: int, code: str, detail: str) -> Response:
    return _json(
        {"type": "about:blank", "title": "Refused", "status": status, "code": code, "detail": detail},
        PROBLEM,
        status=status,
    )


@requires(MANAGE)
def retry() -> Any:
    """Try every server with followers again now."""
    with transaction() as db:
        health.retry_all(db, viewer().member_id, now())
    jobs.make_due(followers.JOB)
    flash(_("We try again now. Look again in a minute."))
    return redirect(url_for("federation.deliveries"), 303)
