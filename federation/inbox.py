"""Takes in what a verified neighbour sends: once, in any order, and never under another's name.

The one that stands is the newest revision, and a cancellation or recall above all. Nonce, alert and
event are written in one transaction, which the caller opens and commits before it answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy.orm import Session

from federation import activities, audience, identity, keys, proofs
from federation.models import Peer, Refusal, RemoteAlert
from federation.repair import suspension
from federation.trust import standing

MOST_ITEMS = 50
MOST_KEPT_CHARACTERS = 4000
RECALLED = "recalled"


@dataclass(frozen=True)
class Outcome:
    """What became of one item: accepted, duplicate, removed, or refused with a code."""

    id: str
    outcome: str
    code: str = ""
    detail: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the members that are set."""
        found = {"id": self.id, "outcome": self.outcome, "code": self.code, "detail": self.detail}
        return {name: value for name, value in found.items() if value}


def receive(db: Session, peer: Peer, items: list[Any], at: datetime) -> list[Outcome]:
    """Take in up to `MOST_ITEMS` activities of a verified neighbour; one bad item harms no other."""
    outcomes = [_receive_one(db, peer, item, at) for item in items]
    if any(outcome.code in suspension.FORGERIES for outcome in outcomes):
        suspension.judge_forgeries(db, peer, at)
    return outcomes


def news_in(items: list[Any]) -> int:
    """Return how many of the items are not what takes words back; only those count against what was agreed."""

    def takes_back(item: Any) -> bool:
        if not isinstance(item, dict):
            return False
        body = item.get("object")
        return item.get("type") == "Delete" or (isinstance(body, dict) and body.get("bw:state") == "cancelled")

    return sum(not takes_back(item) for item in items)


def _receive_one(db: Session, peer: Peer, activity: Any, at: datetime) -> Outcome:
    name = activity.get("id") if isinstance(activity, dict) else None
    name = name[:400] if isinstance(name, str) else ""
    try:
        if not isinstance(activity, dict):
            raise activities.BadActivity("unknown_type", "Each item must be an activity.")
        _check_origin(peer, activity, at)
        received = activities.from_activity(activity, peer.base_url, identity.own_url(), at)
    except activities.BadActivity as problem:
        _keep_refusal(db, peer, problem.code, activity, at)
        return Outcome(name, "refused", problem.code, problem.sentence)
    return Outcome(name, _store(db, peer, received, activity, at))


def _check_origin(peer: Peer, activity: dict[str, Any], at: datetime) -> None:
    """Check the proof inside the activity against the pinned keys, whoever carried it."""
    try:
        method = proofs.method_of(activity)
    except proofs.BadProof as problem:
        raise activities.BadActivity("proof_missing", f"The proof is missing: {problem}.") from None
    key = key_named(peer, method, at)
    if key is None:
        raise activities.BadActivity("proof_invalid", "The proof names a key that is not the sender's.")
    try:
        proofs.check_proof(activity, key)
    except proofs.BadProof as problem:
        raise activities.BadActivity("proof_invalid", f"The proof does not hold: {problem}.") from None


def key_named(peer: Peer, method: str, at: datetime) -> Ed25519PublicKey | None:
    """Return the neighbour's key that a proof names, if it holds at this moment."""
    prefix = activities.actor_of(peer.base_url) + "#"
    if method == prefix + peer.thumbprint:
        return keys.public_key(peer.key)
    in_time = peer.previous_key and peer.previous_until and peer.previous_until > at
    if in_time and method == f"{prefix}{peer.previous_thumbprint}":
        return keys.public_key(str(peer.previous_key))
    return None


def _store(db: Session, peer: Peer, received: activities.Received, activity: dict[str, Any], at: datetime) -> str:
    alert = received.alert
    state = RECALLED if received.recalled else alert.state
    row_id = activities.local_id(peer.instance_id, alert.alert_id)
    row = db.get(RemoteAlert, row_id)
    if row is not None and (state != "active", alert.revision) <= (row.state != "active", row.revision):
        return "duplicate" if row.state == "active" else "removed"
    if row is None:
        row = RemoteAlert(id=row_id, peer_id=peer.id, alert_id=alert.alert_id)
        db.add(row)
    row.revision, row.state, row.received_at = alert.revision, state, at
    row.scope = received.scope
    row.expires_at = alert.expires
    row.snapshot = audience.packed(alert)
    row.activity = json.dumps(activity, ensure_ascii=False)
    db.flush()
    standing.take_in(db, peer, row, received, at)
    return "accepted" if state == "active" else "removed"


def _keep_refusal(db: Session, peer: Peer, code: str, activity: Any, at: datetime) -> None:
    content = json.dumps(activity, ensure_ascii=False)[:MOST_KEPT_CHARACTERS]
    db.add(Refusal(peer_id=peer.id, code=code, content=content, received_at=at))
    db.flush()
