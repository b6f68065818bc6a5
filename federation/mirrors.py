"""Copies: we show what neighbours publish, they show what we publish, and we look whether they show the same.

A server that tells one reader something else than the rest of the world is found out by whoever compares with the copy.
Nothing is read into a neighbour's document but its size and that it is JSON: it is theirs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import contributions, documents
from core.database import now, reading, transaction
from federation import calls, identity, outbound, peers, strict_json
from federation.models import Mirror, Peer

JOB = "federation.mirror"
WHOLE_SECONDS = 90
SOON_SECONDS = 60.0
NEW = timedelta(hours=1)
URN = "urn:uuid:"


def copy(at: datetime) -> float | None:
    """Fetch every verified neighbour's documents, and look at their copies of ours, for a minute and a half at most.

    Asks to be run again soon while a new neighbour has no copy yet.
    """
    names = documents.names()
    if not names:
        return None
    until = now() + timedelta(seconds=WHOLE_SECONDS)
    with reading() as db:
        oldest_first = sa.select(Peer).where(Peer.state == "verified", Peer.stopped_by_them.is_(False))
        known = list(db.scalars(oldest_first.order_by(_last_fetched(), Peer.id)))
    again = None
    for peer in known:
        for name in names:
            if now() > until:
                return SOON_SECONDS
            has_ours = _exchange(peer, name)
            is_new = peer.verified_at is not None and at - peer.verified_at < NEW
            again = SOON_SECONDS if is_new and not has_ours else again
    return again


def body_of(db: Session, mirror_id: str, name: str) -> bytes | None:
    """Return the copy of a verified neighbour's document; `mirror_id` is the UUID of its identity."""
    mine = (Peer.id == Mirror.peer_id, Mirror.name == name)
    wanted = sa.select(Mirror.body).join(Peer, sa.and_(*mine))
    return db.scalar(wanted.where(Peer.instance_id == URN + mirror_id, Peer.state == "verified"))


def of_ours(db: Session, name: str) -> list[contributions.Mirror]:
    """Return where verified neighbours show our document, by address."""
    own_id = identity.own_keys().instance_id.removeprefix(URN)
    columns = (Peer, Mirror.seen_at, Mirror.is_same)
    joined = sa.and_(Mirror.peer_id == Peer.id, Mirror.name == name)
    wanted = sa.select(*columns).outerjoin(Mirror, joined).where(Peer.state == "verified").order_by(Peer.base_url)
    return [
        contributions.Mirror(
            url=_address(peer.base_url, own_id, name),
            keeper=peers.title(peer),
            seen_on=seen_at.date() if seen_at else None,
            is_same=bool(is_same),
        )
        for peer, seen_at, is_same in db.execute(wanted)
    ]


def _last_fetched() -> sa.ScalarSelect[datetime | None]:
    return sa.select(sa.func.min(Mirror.fetched_at)).where(Mirror.peer_id == Peer.id).scalar_subquery()


def _address(base_url: str, own_id: str, name: str) -> str:
    return f"{base_url}/federation/mirrors/{own_id}/{name}"


def _exchange(peer: Peer, name: str) -> bool:
    """Fetch one document and look at the copy of ours; whether there is one. What fails is tried the next time."""
    own_id = identity.own_keys().instance_id.removeprefix(URN)
    with calls.transport() as way:
        theirs = _fetch(way, f"{peer.base_url}/.well-known/{name}")
        shown = _fetch(way, _address(peer.base_url, own_id, name))
    with transaction() as db:
        if db.get_one(Peer, peer.id).state != "verified":
            return False
        row = db.get(Mirror, (peer.id, name)) or Mirror(peer_id=peer.id, name=name, is_same=False)
        db.add(row)
        if theirs is not None:
            row.body, row.fetched_at = theirs, now()
        if shown is not None:
            row.seen_at, row.is_same = now(), documents.agrees(db, name, shown)
    return shown is not None


def _fetch(way: outbound.Transport, url: str) -> bytes | None:
    try:
        answer = way.request("GET", url, {"Accept": "application/json"}, None)
        if answer.status != 200:
            return None
        strict_json.parse_object(answer.body, outbound.LARGEST_ANSWER_BYTES)
    except (outbound.Unreachable, strict_json.NotStrict):
        return None
    return answer.body
