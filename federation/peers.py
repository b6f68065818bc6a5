"""Neighbours and the states they pass through; each change is in the audit chain.

proposed or received → awaiting_confirmation → verified ⇄ suspended; revoked from anywhere. Only
`verified`, which takes both admins' word that they compared the safety number, sends or receives alerts.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, event_log, jobs, wards
from core.database import after_commit, new_id
from core.events import PeerBlocked
from federation import audience, identity
from federation.identity import Descriptor
from federation.models import Delivery, Peer, RemoteAlert
from federation.safety_words import SafetyNumber, safety_number
from federation.trust.models import Policy, Trust

PROPOSAL_DAYS = 14
MOST_OPEN_PROPOSALS = 20
LONG_AGO = timedelta(days=1)


class CeremonyRefused(Exception):
    """A step of the ceremony cannot be taken; `code` for machines, the message for the admin."""

    def __init__(self, code: str, sentence: str) -> None:
        """Keep both."""
        super().__init__(sentence)
        self.code = code


def title(peer: Peer) -> str:
    """Return what people call the neighbour: its borough's name."""
    return wards.name_of(peer.area)


def number_of(peer: Peer) -> SafetyNumber:
    """Return the safety number between us and this neighbour, over the keys both sides know now."""
    return safety_number((identity.own_url(), peer.our_thumbprint), (peer.base_url, peer.thumbprint))


def find(db: Session, text: str) -> Peer:
    """Return the neighbour meant by an id, a borough's name, an address or the start of an id.

    Raises:
        CeremonyRefused: none or more than one.
    """
    wanted = text.strip().rstrip("/").lower()
    everyone = list(db.scalars(sa.select(Peer).order_by(Peer.base_url)))
    names = {p.id: (p.id, p.instance_id, p.base_url.lower(), title(p).lower(), p.area.lower()) for p in everyone}
    exact = [peer for peer in everyone if wanted in names[peer.id]]
    found = exact or [peer for peer in everyone if len(wanted) >= 4 and peer.id.startswith(wanted)]
    if len(found) != 1:
        reason = "There is no such neighbour." if not found else "More than one neighbour is called that; use its id."
        raise CeremonyRefused("unknown_peer", f"{reason} See 'boroughwatch federation peers'.")
    return found[0]


def pin(db: Session, found: Descriptor, state: str, peering_id: str, at: datetime) -> Peer:
    """Write a neighbour's row with its offered key, or start over with the row it had; not yet trusted."""
    peer = db.scalar(sa.select(Peer).where(Peer.base_url == found.base_url))
    if peer is None:
        peer = Peer(id=new_id(), base_url=found.base_url)
        db.add(peer)
    peer.instance_id, peer.name, peer.area = found.instance_id, found.name, found.area
    peer.state, peer.peering_id, peer.message, peer.notice = state, peering_id, "", None
    peer.key, peer.thumbprint, peer.next_thumbprint = found.x, found.thumbprint, found.next_thumbprint
    peer.previous_key = peer.previous_thumbprint = peer.previous_until = None
    peer.our_thumbprint = identity.own_keys().active.thumbprint
    peer.we_confirmed = peer.they_confirmed = peer.stopped_by_them = False
    peer.problem, peer.problem_text, peer.failures, peer.down_since, peer.verified_at = None, "", 0, None, None
    peer.proposal_ends_at = at + timedelta(days=PROPOSAL_DAYS)
    peer.next_at, peer.lease_until, peer.lease_token = at, at - LONG_AGO, None
    db.flush()
    return peer


def receive_proposal(db: Session, found: Descriptor, peering_id: str, message: str, at: datetime) -> Peer:
    """Take in a neighbour's signed proposal. Nothing is fetched; a person must open it first.

    Raises:
        CeremonyRefused: it is ourselves, revoked, known under another key, or too many are waiting.
    """
    if found.base_url == identity.own_url() or found.instance_id == identity.own_keys().instance_id:
        raise CeremonyRefused("own_address", "The proposal names this instance itself.")
    same = sa.or_(Peer.base_url == found.base_url, Peer.instance_id == found.instance_id)
    rows = list(db.scalars(sa.select(Peer).where(same)))
    existing = rows[0] if rows else None
    if existing is None or (existing.state in ("received", "revoked") and existing.thumbprint != found.thumbprint):
        waiting = db.scalar(sa.select(sa.func.count()).where(Peer.state == "received")) or 0
        if waiting >= MOST_OPEN_PROPOSALS:
            raise CeremonyRefused("too_many_proposals", "Too many proposals are waiting here. Try again in some days.")
        if len(rows) > 1 or (existing is not None and existing.base_url != found.base_url):
            raise CeremonyRefused("already_known", "This instance is known here under another address.")
        peer = pin(db, found, "received", peering_id, at)
        peer.message = message
        audit.record(db, None, "federation.proposal_received", peer.id, found.base_url)
        return peer
    return _proposal_from_known(db, existing, found, peering_id)


def _proposal_from_known(db: Session, existing: Peer, found: Descriptor, peering_id: str) -> Peer:
    if existing.thumbprint != found.thumbprint or existing.base_url != found.base_url:
        raise CeremonyRefused("known_with_other_key", "This instance is known here with another key or address.")
    if existing.state == "revoked":
        raise CeremonyRefused("peer_revoked", "This key was revoked here. Start again with a new one.")
    if existing.state == "received":
        existing.peering_id = peering_id
    if existing.state == "proposed":  # both admins proposed at once: each has asked, so each has agreed
        existing.state = "awaiting_confirmation"
        existing.peering_id = min(existing.peering_id, peering_id)
        audit.record(db, None, "federation.both_proposed", existing.id, existing.base_url)
    return existing


def accept(db: Session, peer: Peer, actor_id: str | None) -> None:
    """Say yes to a received proposal; what remains is to compare the safety number.

    Raises:
        CeremonyRefused: it is not a received proposal.
    """
    if peer.state != "received":
        raise CeremonyRefused("wrong_state", "Only a proposal that was received can be accepted.")
    peer.state, peer.notice = "awaiting_confirmation", "accepted"
    audit.record(db, actor_id, "federation.accepted", peer.id, peer.base_url)


def confirm(db: Session, peer: Peer, heard: str, actor_id: str | None, at: datetime) -> None:
    """Keep that our admin compared the words by telephone or in person.

    Raises:
        CeremonyRefused: `wrong_words`, or nothing is waiting to be confirmed. A wrong word is for the caller to
            record with `note_wrong_words`: this transaction is rolled back.
    """
    if peer.state not in ("proposed", "awaiting_confirmation"):
        raise CeremonyRefused("wrong_state", "There is nothing to confirm with this neighbour now.")
    if not number_of(peer).says(heard):
        raise CeremonyRefused(
            "wrong_words",
            "The words are not the same. Nothing was activated. Read them again with the other admin; if they still"
            " differ, somebody may be listening in: stop, and start a new proposal.",
        )
    peer.we_confirmed, peer.notice, peer.next_at = True, "confirm", at
    audit.record(db, actor_id, "federation.confirmed", peer.id, "safety number compared")
    _activate_if_both(db, peer, at)


def note_wrong_words(db: Session, peer_id: str, actor_id: str | None) -> None:
    """Record a comparison that failed."""
    audit.record(db, actor_id, "federation.words_differ", peer_id, "not activated")


def they_confirmed(db: Session, peer: Peer, digits: str, at: datetime) -> None:
    """Keep that the neighbour's admin compared the number; theirs must be ours.

    Raises:
        CeremonyRefused: the numbers differ, so one of us holds a wrong key.
    """
    if digits != "".join(number_of(peer).groups):
        raise CeremonyRefused("safety_number_differs", "Our safety number is another one.")
    if peer.state == "proposed":
        peer.state = "awaiting_confirmation"
    if peer.state in ("received", "awaiting_confirmation") and not peer.they_confirmed:
        peer.they_confirmed = True
        audit.record(db, None, "federation.they_confirmed", peer.id, peer.base_url)
        _activate_if_both(db, peer, at)


def they_accepted(db: Session, peer: Peer) -> None:
    """Keep that the neighbour's admin opened and accepted our proposal."""
    if peer.state == "proposed":
        peer.state = "awaiting_confirmation"
        audit.record(db, None, "federation.they_accepted", peer.id, peer.base_url)


def _activate_if_both(db: Session, peer: Peer, at: datetime) -> None:
    if peer.we_confirmed and peer.they_confirmed:
        peer.state, peer.verified_at, peer.next_at = "verified", at, at
        audit.record(db, None, "federation.verified", peer.id, peer.base_url)
        audience.offer_current(db, peer, at)
        after_commit(db, lambda: jobs.make_due("federation.mirror"))
        after_commit(db, lambda: jobs.make_due("federation.policies"))
        after_commit(db, lambda: jobs.make_due("federation.repair"))


def suspend(db: Session, peer: Peer, actor_id: str | None, reason: str) -> None:
    """Stop exchanging for now; what waits keeps waiting.

    Raises:
        CeremonyRefused: the neighbour is not verified.
    """
    if peer.state != "verified":
        raise CeremonyRefused("wrong_state", "Only a verified neighbour can be suspended.")
    peer.state, peer.notice, peer.problem_text = "suspended", "suspended", reason[:300]
    audit.record(db, actor_id, "federation.suspended", peer.id, reason)


def resume(db: Session, peer: Peer, actor_id: str | None, at: datetime) -> None:
    """Go on with a suspended neighbour, with the same keys.

    Raises:
        CeremonyRefused: the neighbour is not suspended.
    """
    if peer.state != "suspended":
        raise CeremonyRefused("wrong_state", "This neighbour is not suspended.")
    peer.state, peer.notice, peer.problem_text, peer.next_at = "verified", "resumed", "", at
    audit.record(db, actor_id, "federation.resumed", peer.id, peer.base_url)


def revoke(db: Session, peer: Peer, actor_id: str | None, reason: str, *, tell_them: bool = True) -> None:
    """End it: the key is dead, what waits is dropped, what they sent is no longer shown. Final for this key."""
    was = peer.state
    peer.state, peer.notice, peer.problem_text = "revoked", "revoked" if tell_them else None, reason[:300]
    peer.we_confirmed = peer.they_confirmed = False
    pending = sa.update(Delivery).where(Delivery.peer_id == peer.id, Delivery.state == "pending")
    db.execute(pending.values(state="dead", outcome="peer_revoked"))
    for table in (RemoteAlert, Trust, Policy):  # whoever comes back is trusted anew, by a person
        db.execute(sa.delete(table).where(table.peer_id == peer.id))
    audit.record(db, actor_id, "federation.revoked", peer.id, reason or was)
    event_log.append(db, PeerBlocked(origin=peer.id))
