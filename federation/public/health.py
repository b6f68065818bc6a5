"""How sending to followers goes, for the admin: numbers, and servers with trouble; never who follows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import Session

from core import audit
from federation.public import actor, followers
from federation.public.models import Host, PublicDelivery

MOST_ROWS = 50
KEY_HOST = re.compile(r'key[iI]d="https?://([^/"#?]{1,255})')


@dataclass(frozen=True)
class Trouble:
    """A server that cannot be reached for now."""

    name: str
    problem: str
    down_since: datetime | None
    next_at: datetime


@dataclass(frozen=True)
class Health:
    """The public actor as the admin's page shows it."""

    handle: str
    followers: int
    servers: int
    waiting: int
    refused: int
    troubled: tuple[Trouble, ...]


def read(db: Session) -> Health | None:
    """Return how the public actor does; None when it is switched off."""
    if not actor.is_on():
        return None
    counts = sa.select(PublicDelivery.state, sa.func.count().label("rows")).group_by(PublicDelivery.state)
    states = {row.state: row.rows for row in db.execute(counts)}
    columns = (Host.name, Host.problem, Host.down_since, Host.next_at)
    rows = db.execute(sa.select(*columns).where(Host.problem.is_not(None)).order_by(Host.name).limit(MOST_ROWS))
    return Health(
        handle=f"@{actor.handle()}",
        followers=followers.count(db),
        servers=db.scalar(sa.select(sa.func.count()).select_from(Host)) or 0,
        waiting=states.get("pending", 0),
        refused=states.get("dead", 0),
        troubled=tuple(Trouble(row.name, str(row.problem), row.down_since, row.next_at) for row in rows),
    )


def retry_all(db: Session, actor_id: str | None, at: datetime) -> None:
    """Try all servers with followers again now, without waiting for pauses to end."""
    db.execute(sa.update(Host).where(Host.problem.is_not(None)).values(next_at=at))
    audit.record(db, actor_id, "federation.retried", "followers", "")


def claimed_host() -> str:
    """Return the host of the key that a request names, which is what a limit for each server goes by."""
    found = KEY_HOST.search(request.headers.get("Signature-Input", "") or request.headers.get("Signature", ""))
    return found[1].lower() if found else ""
