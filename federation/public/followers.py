"""Who follows the public alerts: kept as an account's name and inbox, and shown as a number only."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from secrets import token_hex

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import jobs
from core.database import after_commit
from federation.http_signatures import Refused
from federation.public import actor, outbox
from federation.public.models import Follower, Host, PublicDelivery
from federation.public.remote_actors import RemoteActor, is_blocked

MOST = 20_000
ACCEPT_PATIENCE = timedelta(days=3)
JOB = "federation.public"


def count(db: Session) -> int:
    """Return how many follow."""
    return db.scalar(sa.select(sa.func.count()).select_from(Follower)) or 0


def follow(db: Session, found: RemoteActor, follow_id: str, at: datetime) -> None:
    """Let an account follow, and queue the answer. Following again changes nothing but where messages go.

    Raises:
        Refused: `full`, there are as many followers as this instance can serve.
    """
    known = db.scalars(sa.select(Follower).where(Follower.actor_id == found.actor_id)).one_or_none()
    host_id = host(db, actor.host_of(found.inbox), at)
    if known is None:
        if count(db) >= MOST:
            raise Refused("full", "This account has as many followers as it can serve.")
        db.add(Follower(actor_id=found.actor_id, inbox=found.inbox, host_id=host_id))
    else:
        known.inbox, known.host_id, known.gone_since = found.inbox, host_id, None
    db.flush()
    me = actor.actor_id()
    answer = {
        "@context": actor.AS2_CONTEXT,
        "id": f"{me}#accept-{token_hex(8)}",
        "type": "Accept",
        "actor": me,
        "to": [found.actor_id],
        "object": {"id": follow_id, "type": "Follow", "actor": found.actor_id, "object": me},
    }
    message = outbox.add(db, answer, "Accept", None, at)
    outbox.queue(db, message, {found.own_inbox: host_id}, at + ACCEPT_PATIENCE)
    after_commit(db, lambda: jobs.make_due(JOB))


def unfollow(db: Session, actor_id: str) -> None:
    """Forget a follower; whoever does not follow is no problem."""
    db.execute(sa.delete(Follower).where(Follower.actor_id == actor_id))


def host(db: Session, name: str, at: datetime) -> str:
    """Return the id of a server's row, which is made when there is none."""
    known = db.scalar(sa.select(Host.id).where(Host.name == name))
    if known is not None:
        return known
    row = Host(name=name, next_at=at, lease_until=at)
    db.add(row)
    db.flush()
    return row.id


def inboxes(db: Session) -> dict[str, str]:
    """Return the inboxes that reach all followers, each once, with the id of its server."""
    rows = db.execute(sa.select(Follower.inbox, Follower.host_id).distinct())
    return {row.inbox: row.host_id for row in rows}


def drop(db: Session, inbox: str) -> None:
    """Forget the followers behind an inbox, and what waits for it."""
    db.execute(sa.delete(Follower).where(Follower.inbox == inbox))
    db.execute(sa.delete(PublicDelivery).where(PublicDelivery.inbox == inbox))


def drop_hosts(db: Session, host_ids: Collection[str]) -> None:
    """Forget servers with their followers and all that waits for them."""
    for table in (PublicDelivery, Follower):
        db.execute(sa.delete(table).where(table.host_id.in_(host_ids)))
    db.execute(sa.delete(Host).where(Host.id.in_(host_ids)))


def blocked(db: Session) -> list[str]:
    """Return the ids of servers that the operator has blocked since they followed."""
    return [row.id for row in db.execute(sa.select(Host.id, Host.name)) if is_blocked(row.name)]


def forget_empty_hosts(db: Session) -> None:
    """Forget servers that nobody follows from and nothing waits for."""
    has_followers = sa.exists().where(Follower.host_id == Host.id)
    has_letters = sa.exists().where(PublicDelivery.host_id == Host.id)
    db.execute(sa.delete(Host).where(~has_followers, ~has_letters))
