"""What an admin decides about one neighbour: what is shown by itself, the floor, the labels."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core import audit
from federation.models import Peer
from federation.trust.models import Trust
from federation.trust.rules import Rule


def set_rule(db: Session, peer: Peer, rule: Rule, actor_id: str | None) -> None:
    """Let a rule hold for what comes from now on; what waits keeps waiting for a person."""
    row = db.get(Trust, peer.id)
    if row is None:
        row = Trust(peer_id=peer.id)
        db.add(row)
    row.shown, row.floor, row.accepts = rule.shown, rule.floor, ",".join(rule.accepts)
    db.flush()
    said = f"shown: {rule.shown}; floor: {rule.floor}; labels: {row.accepts or 'none'}"
    audit.record(db, actor_id, "federation.trust", peer.id, said)
