"""The private plane `/fed/v1`: what neighbours' servers may ask of this one. No page, no cookie, no person."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response
from sqlalchemy.orm import Session

from core import audit
from core.database import now, transaction
from core.web.access import machine
from core.web.security import limiter
from federation import digests, gate, identity, inbox, nonces, peers, rotation
from federation.gate import WireProblem
from federation.http_signatures import Refused, verify_request
from federation.identity import BadDescriptor
from federation.keys import public_key
from federation.models import Delivery, Peer
from federation.repair import epochs, sightings, suspension
from federation.trust import policies

MACHINE = Blueprint("federation_machine", __name__, url_prefix="/fed/v1")
REFUSAL_STATUS = {"too_many_proposals": 429, "peer_revoked": 403}
MESSAGE_CHARACTERS = 1000


@MACHINE.get("/instance")
@machine
@limiter.limit("60/minute")
def describe() -> Response:
    """Say who we are. Asked before any key is known, so the question need not be signed; the answer is."""
    return gate.signed(200, identity.own_descriptor(), None)


@MACHINE.post("/peering/proposals")
@machine
@limiter.limit("10/hour;20/day")
def propose() -> Response:
    """Take in a proposal, signed by the very key it offers. Nothing is fetched and nothing is trusted yet."""
    asked = None
    try:
        asked = gate.read_request(gate.SMALL_BYTES)
        body = gate.read_body(asked, gate.SMALL_BYTES)
        found = identity.read_descriptor(body.get("descriptor"))
        key = public_key(found.x)
        verified = verify_request(asked, lambda keyid: key if keyid == found.thumbprint else None, now())
        peering_id, message = _proposal_texts(body)
        with transaction() as db:
            peer = peers.receive_proposal(db, found, peering_id, message, now())
            nonces.use(db, peer.id, verified, now(), 60)
            payload = {"state": peer.state, "peering_id": peer.peering_id}
        return gate.signed(202, payload, asked, identity.own_keys().active)
    except (Refused, BadDescriptor, WireProblem, peers.CeremonyRefused, nonces.TooMany) as problem:
        return _refused(problem, asked)


def _proposal_texts(body: dict[str, Any]) -> tuple[str, str]:
    peering_id, message = body.get("peering_id"), body.get("message", "")
    if not isinstance(peering_id, str) or not re.fullmatch(r"[0-9a-f]{32}", peering_id):
        raise WireProblem(422, "bad_field", "peering_id must be 32 hexadecimal digits.")
    if not isinstance(message, str) or len(message) > MESSAGE_CHARACTERS:
        raise WireProblem(422, "bad_field", f"message must be a text of at most {MESSAGE_CHARACTERS} characters.")
    return peering_id, "".join(c for c in message if c.isprintable() or c == "\n")


def _refused(problem: Exception, asked: Any) -> Response:
    if isinstance(problem, Refused):
        problem = WireProblem(401, problem.code, problem.sentence)
    elif isinstance(problem, BadDescriptor):
        problem = WireProblem(422, "bad_descriptor", str(problem))
    elif isinstance(problem, peers.CeremonyRefused):
        problem = WireProblem(REFUSAL_STATUS.get(problem.code, 409), problem.code, str(problem))
    elif not isinstance(problem, WireProblem):
        problem = WireProblem(429, "too_many_requests", "Wait a minute.")
    return gate.signed_problem(problem, asked, None)


@MACHINE.post("/peering/<peering_id>/confirm")
@machine
def confirm(peering_id: str) -> Response:
    """Hear that the neighbour's admin compared the safety number."""

    def handle(db: Session, peer: Peer, body: dict[str, Any]) -> dict[str, Any]:
        _check_peering(peer, peering_id)
        try:
            peers.they_confirmed(db, peer, str(body.get("safety_number", "")), now())
        except peers.CeremonyRefused as refusal:
            raise WireProblem(409, refusal.code, str(refusal)) from None
        return {"state": peer.state}

    return gate.from_neighbour(handle, only_verified=False)


@MACHINE.post("/peering/<peering_id>/status")
@machine
def status(peering_id: str) -> Response:
    """Hear that the neighbour accepted our proposal, suspended us, goes on, or ended it."""

    def handle(db: Session, peer: Peer, body: dict[str, Any]) -> dict[str, Any]:
        _check_peering(peer, peering_id)
        state = body.get("state")
        if state == "accepted":
            peers.they_accepted(db, peer)
        elif state in ("suspended", "resumed"):
            peer.stopped_by_them = state == "suspended"
            peer.next_at = now()
            audit.record(db, None, f"federation.they_{state}", peer.id, peer.base_url)
        elif state == "revoked":
            peers.revoke(db, peer, None, "The neighbour ended it.", tell_them=False)
        else:
            raise WireProblem(422, "bad_field", "state must be accepted, suspended, resumed or revoked.")
        return {"state": peer.state}

    return gate.from_neighbour(handle, only_verified=False)


def _check_peering(peer: Peer, peering_id: str) -> None:
    if peer.peering_id != peering_id:
        raise WireProblem(404, "unknown_peering", "There is no such peering with you.")


@MACHINE.post("/keys")
@machine
def new_key() -> Response:
    """Take a neighbour's new key, if it is the one it promised."""

    def handle(db: Session, peer: Peer, body: dict[str, Any]) -> dict[str, Any] | WireProblem:
        try:
            rotation.take(db, peer, body.get("statement"), now())
        except rotation.NotPromised as problem:
            peer.state, peer.notice = "suspended", None
            peer.problem_text = "It named a new key that was not promised. Telephone the other admin."
            audit.record(db, None, "federation.suspended", peer.id, str(problem))
            return WireProblem(409, "key_not_promised", "The new key is not the one promised.")
        return {"thumbprint": peer.thumbprint}

    return gate.from_neighbour(handle)


@MACHINE.post("/inbox")
@machine
def receive() -> Response:
    """Take in one activity, or up to fifty as `items`; the answer says of each what became of it."""

    def handle(db: Session, peer: Peer, body: dict[str, Any]) -> dict[str, Any] | WireProblem:
        items = body.get("items") if "items" in body else [body]
        if not isinstance(items, list) or not 1 <= len(items) <= inbox.MOST_ITEMS:
            raise WireProblem(422, "bad_field", f"items must list 1 to {inbox.MOST_ITEMS} activities.")
        if not suspension.count_alerts(db, peer, inbox.news_in(items), now()):
            wait = suspension.RETRY_SECONDS
            return WireProblem(429, "too_many_alerts", "That is enough for today.", retry_after_seconds=wait)
        outcomes = inbox.receive(db, peer, items, now())
        first = outcomes[0]
        if "items" not in body and first.outcome == "refused":
            return WireProblem(422, first.code, first.detail)
        return {"items": [outcome.as_json() for outcome in outcomes]}

    return gate.from_neighbour(handle)


@MACHINE.get("/outbox")
@machine
def outbox() -> Response:
    """List what the caller may have: the newest revision of each alert, cancelled ones too, page by page."""
    return gate.from_neighbour(lambda db, peer, _body: digests.page(db, peer))


@MACHINE.get("/digest")
@machine
def digest() -> Response:
    """List (alert, revision, state) of all the caller was sent, with a hash, so that a loss can be seen."""
    return gate.from_neighbour(lambda db, peer, _body: digests.digest(db, peer))


@MACHINE.post("/sightings")
@machine
def seen_there() -> Response:
    """Hear at how many places of the caller's members something of ours was seen too: numbers only."""

    def handle(db: Session, peer: Peer, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return {"kept": sightings.hear(db, peer, body.get("items"), now())}
        except sightings.BadNumbers as problem:
            raise WireProblem(422, "bad_field", str(problem)) from None

    return gate.from_neighbour(handle)


@MACHINE.get("/policy")
@machine
def policy() -> Response:
    """Say how we verify our members, signed, so that the caller can keep it."""
    return gate.from_neighbour(lambda db, peer, _body: policies.own(db, peer))


@MACHINE.post("/ping")
@machine
def ping() -> Response:
    """Say that we live, our time, and how long the oldest thing has waited for the caller."""

    def handle(db: Session, peer: Peer, _body: dict[str, Any]) -> dict[str, Any]:
        oldest = db.scalar(
            sa.select(sa.func.min(Delivery.created_at)).where(Delivery.peer_id == peer.id, Delivery.state == "pending")
        )
        lag = 0 if oldest is None else int((now() - oldest).total_seconds())
        epoch = epochs.current(db, now()).epoch
        return {"version": version("boroughwatch"), "time": gate.clock(), "lag_seconds": lag, "epoch": epoch}

    return gate.from_neighbour(handle)


@MACHINE.route("/", defaults={"rest": ""}, methods=["GET", "POST"])
@MACHINE.route("/<path:rest>", methods=["GET", "POST"])
@machine
def nothing_here(rest: str) -> Response:
    """Answer for every other address, without saying what there is."""
    return _refused(WireProblem(404, "not_found", "There is nothing here."), None)
