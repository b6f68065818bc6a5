"""The demonstration's two boroughs become neighbours by the real ceremony, without a telephone."""

from __future__ import annotations

import sqlalchemy as sa

from core.database import reading, transaction
from federation import ceremony, peers
from federation.models import Peer
from federation.trust import rules, services
from federation.trust.rules import Rule

COMPARABLE = ("awaiting_confirmation", "verified")


def meet(neighbour_url: str) -> str | None:
    """Propose to the neighbour, or accept its proposal; return the words once both sides hold the keys."""
    peer = _peer(neighbour_url)
    if peer is None or peer.state == "revoked":
        ceremony.propose(neighbour_url, "The demonstration's other borough", None)
    elif peer.state == "received":
        ceremony.accept(peer.id, None)
    peer = _peer(neighbour_url)
    if peer is None or peer.state not in COMPARABLE:
        return None
    return peers.number_of(peer).phrase


def confirm(neighbour_url: str, words: str) -> None:
    """Confirm with the words that the other admin read; nothing to do when that was done before."""
    peer = _peer(neighbour_url)
    if peer is not None and not peer.we_confirmed:
        ceremony.confirm(peer.id, words, None)
        with transaction() as db:  # so that both boards have something from next door from the beginning
            services.set_rule(db, db.get_one(Peer, peer.id), Rule(shown=rules.ALL), None)


def _peer(neighbour_url: str) -> Peer | None:
    with reading() as db:
        return db.scalar(sa.select(Peer).where(Peer.base_url == neighbour_url))
