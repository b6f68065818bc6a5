"""The ceremony over the wire: ask a neighbour, open its proposal, tell it what we decided.

Nothing here holds a transaction open while it waits for the other side. What could not be told stays
as the neighbour's `notice` and is tried again by the delivery job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from core import audit
from core.database import new_id, now, reading, transaction
from federation import calls, identity, outbound, peers
from federation.identity import BadDescriptor, Descriptor
from federation.keys import OwnKey
from federation.models import Peer

MESSAGE_CHARACTERS = 1000
NOTICES = {
    "accepted": ("status", {"state": "accepted"}),
    "suspended": ("status", {"state": "suspended"}),
    "resumed": ("status", {"state": "resumed"}),
    "revoked": ("status", {"state": "revoked"}),
}


@dataclass(frozen=True)
class Told:
    """How a notice went: None when it arrived, else a sentence."""

    problem: str | None = None


def line_to(peer: Peer, our_key: OwnKey | None = None) -> calls.Line:
    """Return the two ends of a call to this neighbour, with the key it knows us by."""
    theirs = [(peer.thumbprint, peer.key)]
    if peer.previous_key and peer.previous_thumbprint and peer.previous_until and peer.previous_until > now():
        theirs.append((peer.previous_thumbprint, peer.previous_key))
    return calls.Line(peer.base_url, tuple(theirs), our_key or identity.own_keys().known_as(peer.our_thumbprint))


def look_up(url: str, way: outbound.Transport) -> Descriptor:
    """Return what the instance at an address says of itself. Only ever called because a person asked for it.

    Raises:
        peers.CeremonyRefused: there is none, or it says another address.
    """
    try:
        wanted = identity.checked_url(url)
        found = identity.read_descriptor(calls.ask_unsigned(f"{wanted}{calls.PREFIX}/instance", way))
    except (BadDescriptor, outbound.Unreachable) as problem:
        raise peers.CeremonyRefused("unreachable", str(problem)) from None
    if found.base_url != wanted:
        raise peers.CeremonyRefused("other_address", f"The instance there says its address is {found.base_url}.")
    return found


def propose(url: str, message: str, actor_id: str | None) -> str:
    """Ask the instance at an address to become neighbours; returns the peer's id.

    Where that instance has proposed to us already, this accepts its proposal.

    Raises:
        peers.CeremonyRefused: the other side cannot be reached or says no.
    """
    with calls.transport() as way:
        found = look_up(url, way)
        if found.base_url == identity.own_url() or found.instance_id == identity.own_keys().instance_id:
            raise peers.CeremonyRefused("own_address", "That is this instance itself.")
        waiting = _waiting_proposal(found)
        if waiting is not None:
            accept(waiting, actor_id)
            return waiting
        peering_id, ours = new_id(), identity.own_keys().active
        _refuse_known(found)
        line = calls.Line(found.base_url, ((found.thumbprint, found.x),), ours)
        wire = {
            "peering_id": peering_id,
            "descriptor": identity.own_descriptor(),
            "message": message.strip()[:MESSAGE_CHARACTERS],
        }
        reply = _ask(line, "/peering/proposals", wire, way)
    if not reply.is_good:
        raise peers.CeremonyRefused(reply.code, _said(reply))
    with transaction() as db:
        peer = peers.pin(db, found, "proposed", peering_id, now())
        peer.message = message.strip()[:MESSAGE_CHARACTERS]
        if reply.payload.get("state") == "awaiting_confirmation":
            peer.state = "awaiting_confirmation"
            peer.peering_id = str(reply.payload.get("peering_id"))[:32]
        audit.record(db, actor_id, "federation.proposed", peer.id, found.base_url)
        return peer.id


def _waiting_proposal(found: Descriptor) -> str | None:
    with reading() as db:
        return db.scalar(
            sa.select(Peer.id).where(
                Peer.base_url == found.base_url, Peer.thumbprint == found.thumbprint, Peer.state == "received"
            )
        )


def _refuse_known(found: Descriptor) -> None:
    with reading() as db:
        same = sa.or_(Peer.base_url == found.base_url, Peer.instance_id == found.instance_id)
        for row in db.execute(sa.select(Peer.state, Peer.thumbprint, Peer.base_url).where(same)):
            if row.state in ("awaiting_confirmation", "verified", "suspended") or row.base_url != found.base_url:
                raise peers.CeremonyRefused("already_known", "This instance is a neighbour already; see the list.")
            if row.state == "revoked" and row.thumbprint == found.thumbprint:
                raise peers.CeremonyRefused(
                    "peer_revoked", "You revoked this neighbour's key. It must make a new key before you start again."
                )


def _ask(line: calls.Line, path: str, payload: Mapping[str, Any], way: outbound.Transport) -> calls.Reply:
    try:
        return calls.call(line, "POST", path, payload, way)
    except outbound.Unreachable as problem:
        raise peers.CeremonyRefused("unreachable", str(problem)) from None


def _said(reply: calls.Reply) -> str:
    detail = reply.payload.get("detail")
    said = f" It said: {detail[:200]}" if isinstance(detail, str) and detail else ""
    return f"The other side did not agree ({reply.code}).{said}"


def accept(peer_id: str, actor_id: str | None) -> Told:
    """Accept a received proposal, after its address has answered with the very key it was signed with.

    Raises:
        peers.CeremonyRefused: it has not, or there is no such proposal.
    """
    with reading() as db:
        peer = db.get_one(Peer, peer_id)
    if peer.state != "received":
        raise peers.CeremonyRefused("wrong_state", "Only a proposal that was received can be accepted.")
    with calls.transport() as way:
        found = look_up(peer.base_url, way)
    if (found.instance_id, found.thumbprint) != (peer.instance_id, peer.thumbprint):
        raise peers.CeremonyRefused(
            "other_key",
            "The address in the proposal answers with another key. Somebody else may have sent it: refuse it.",
        )
    with transaction() as db:
        row = db.get_one(Peer, peer_id)
        row.next_thumbprint = found.next_thumbprint
        peers.accept(db, row, actor_id)
    return tell(peer_id)


def confirm(peer_id: str, heard: str, actor_id: str | None) -> Told:
    """Confirm with the words that were read on the telephone.

    Raises:
        peers.CeremonyRefused: they are other words; that is recorded, and nothing is activated.
    """
    try:
        with transaction() as db:
            peers.confirm(db, db.get_one(Peer, peer_id), heard, actor_id, now())
    except peers.CeremonyRefused as refusal:
        if refusal.code == "wrong_words":
            with transaction() as db:
                peers.note_wrong_words(db, peer_id, actor_id)
        raise
    return tell(peer_id)


def tell(peer_id: str) -> Told:
    """Tell the neighbour what is waiting to be told; it stays waiting when they cannot be reached."""
    with reading() as db:
        peer = db.get_one(Peer, peer_id)
    if peer.notice is None:
        return Told()
    with calls.transport() as way:
        return send_notice(peer, way)


def send_notice(peer: Peer, way: outbound.Transport) -> Told:
    """Send a neighbour's waiting notice over an open way."""
    name = str(peer.notice)
    if name == "confirm":
        path, payload = "confirm", {"safety_number": "".join(peers.number_of(peer).groups)}
    else:
        path, payload = NOTICES[name]
    try:
        reply = calls.call(line_to(peer), "POST", f"/peering/{peer.peering_id}/{path}", payload, way)
    except outbound.Unreachable as problem:
        return Told(str(problem))
    # A neighbour that knows us no more (any signed or plain 4xx) cannot be told again and again.
    gives_up = reply.status in (401, 403, 404, 410) and name == "revoked"
    if not reply.is_good and not gives_up:
        return Told(_said(reply))
    with transaction() as db:
        db.execute(sa.update(Peer).where(Peer.id == peer.id, Peer.notice == name).values(notice=None))
    return Told()
