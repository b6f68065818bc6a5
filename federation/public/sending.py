"""Sends what waits for each server with followers: in order, signed at that moment, under a lease.

Trouble with a server pauses that server, a message it refuses is put aside, and neither holds up others.
Who cannot be reached for 30 days is forgotten.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import ModuleType
from typing import NamedTuple

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session

from core.database import now, reading, transaction
from core.instance import instance
from federation import calls, leases, outbound
from federation.delivery import SENDERS, Trouble, pause_seconds
from federation.http_signatures import Request
from federation.public import actor, cavage, followers, keys, publishing, rfc9421
from federation.public.models import Follower, Host, PublicActivity, PublicDelivery

log = logging.getLogger(__name__)
MOST_AT_ONCE = 20
CAVAGE_REMEMBERED = timedelta(days=7)
GONE_AFTER = timedelta(days=30)
LONG_PAUSE_AFTER = timedelta(days=1)
LONG_PAUSE_SECONDS = 6 * 3600.0
NOT_SIGNED_WELL = (400, 401)
GONE = (403, 404, 410)


class Letter(NamedTuple):
    """One message for one inbox."""

    id: str
    inbox: str
    content: str


def run(at: datetime) -> float | None:
    """End what is over, then send what waits; return seconds until there is more to do, None when nothing waits."""
    if not actor.is_on():
        return None
    moment = now()
    with reading() as db:
        ends_at = publishing.next_end_at(db)
        has_blocked = bool(followers.blocked(db))
    if has_blocked or (ends_at is not None and ends_at <= moment):
        with transaction() as db:
            followers.drop_hosts(db, followers.blocked(db))
            publishing.end_what_is_over(db, moment)
    with reading() as db:
        due = list(db.scalars(sa.select(Host.id).where(*_due(moment)).order_by(Host.next_at)))
    if due:
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's LocalProxy
        with ThreadPoolExecutor(max_workers=min(SENDERS, len(due))) as pool:
            list(pool.map(lambda host_id: _drain_safely(app, host_id), due))
    with reading() as db:
        wanted = sa.select(sa.func.min(Host.next_at)).where(_has_work())
        soonest = min(filter(None, (db.scalar(wanted), publishing.next_end_at(db))), default=None)
    return None if soonest is None else max(0.5, (soonest - now()).total_seconds())


def _has_work() -> sa.ColumnElement[bool]:
    return sa.exists().where(PublicDelivery.host_id == Host.id, PublicDelivery.state == "pending")


def _due(moment: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return _has_work(), Host.next_at <= moment, Host.lease_until <= moment


def _drain_safely(app: Flask, host_id: str) -> None:
    with app.app_context():
        try:
            drain(host_id)
        except leases.LeaseLost:
            log.info("another sender took over a server with followers")
        except Exception:
            log.exception("sending to followers failed")
            with transaction() as db:
                later = {"next_at": now() + timedelta(seconds=60), "problem": "bug"}
                db.execute(sa.update(Host).where(Host.id == host_id).values(**later))


def drain(host_id: str) -> None:
    """Send one server all that waits for it.

    Raises:
        leases.LeaseLost: another sender took over; nothing more was written.
    """
    with transaction() as db:
        token = leases.claim(db, host_id, now(), of=Host)
    if token is None:
        return
    trouble: Trouble | None = None
    with calls.transport() as way:
        while trouble is None:
            letters = _load(host_id, token)
            if not letters:
                break
            for letter in letters:
                trouble = _send(host_id, token, letter, way)
                if trouble is not None:
                    break
    with transaction() as db:
        if trouble is not None:
            _note_trouble(db, host_id, token, trouble)
        leases.release(db, host_id, token, now(), of=Host)


def _load(host_id: str, token: str) -> Sequence[Letter]:
    """Return the oldest waiting messages; those that are no news any more are put aside."""
    mine = sa.and_(PublicDelivery.host_id == host_id, PublicDelivery.state == "pending")
    with transaction() as db:
        leases.hold(db, host_id, token, now(), of=Host)
        late = sa.and_(mine, PublicDelivery.gives_up_at < now())
        db.execute(sa.update(PublicDelivery).where(late).values(state="dead", outcome="expired"))
        rows = db.execute(
            sa.select(PublicDelivery.id, PublicDelivery.inbox, PublicActivity.content)
            .join(PublicActivity, PublicActivity.id == PublicDelivery.activity_id)
            .where(mine)
            .order_by(PublicActivity.sequence, PublicDelivery.inbox)
            .limit(MOST_AT_ONCE)
        )
        letters = [Letter(*row) for row in rows]
        wanted = sa.update(PublicDelivery).where(PublicDelivery.id.in_([letter.id for letter in letters]))
        db.execute(wanted.values(attempts=PublicDelivery.attempts + 1))
    return letters


def _send(host_id: str, token: str, letter: Letter, way: outbound.Transport) -> Trouble | None:
    """Send one message; return what is wrong with the server, or None when this message is dealt with."""
    with reading() as db:
        wanted = sa.select(Host.cavage_until).join(PublicDelivery, PublicDelivery.host_id == Host.id)
        row = db.execute(wanted.where(PublicDelivery.id == letter.id, PublicDelivery.state == "pending")).first()
    if row is None:
        return None  # taken back while others were sent
    until: datetime | None = row.cavage_until
    is_old = until is not None and until > now()
    try:
        answer = _post(letter, way, cavage if is_old else rfc9421)
        if answer.status in NOT_SIGNED_WELL:  # never after 5xx: that says nothing of our signature
            is_old = not is_old
            until = now() + CAVAGE_REMEMBERED
            answer = _post(letter, way, cavage if is_old else rfc9421)
    except outbound.Unreachable:
        return Trouble("unreachable")
    if 200 <= answer.status < 300:
        well = {"failures": 0, "problem": None, "down_since": None, "next_at": now()}
        _settle(host_id, token, letter, "acknowledged", **well, cavage_until=until if is_old else None)
        return None
    if answer.status == 401:
        return Trouble("auth_error")
    if answer.status in (408, 429) or answer.status >= 500:
        return Trouble(f"status_{answer.status}", calls.retry_after(answer))
    _settle(host_id, token, letter, f"status_{answer.status}")
    return None


def _post(letter: Letter, way: outbound.Transport, scheme: ModuleType) -> outbound.Answer:
    request = Request("POST", letter.inbox, {"Content-Type": actor.AS2}, letter.content.encode())
    scheme.sign(request, keys.own().rsa, actor.rsa_key_id(), now())
    return way.request("POST", letter.inbox, request.headers, request.body)


def _settle(host_id: str, token: str, letter: Letter, outcome: str, **values: object) -> None:
    """Write what became of a message, while the lease is ours."""
    moment, is_good = now(), outcome == "acknowledged"
    with transaction() as db:
        leases.hold(db, host_id, token, moment, of=Host, **values)
        known = sa.update(PublicDelivery).where(PublicDelivery.id == letter.id, PublicDelivery.state == "pending")
        db.execute(known.values(state=outcome if is_good else "dead", outcome=None if is_good else outcome))
        behind = sa.update(Follower).where(Follower.inbox == letter.inbox)
        if is_good:
            db.execute(behind.where(Follower.gone_since.is_not(None)).values(gone_since=None))
        elif outcome in {f"status_{status}" for status in GONE}:
            since = db.scalar(sa.select(sa.func.min(Follower.gone_since)).where(Follower.inbox == letter.inbox))
            if since is not None and since < moment - GONE_AFTER:
                followers.drop(db, letter.inbox)
            elif since is None:
                db.execute(behind.values(gone_since=moment))


def _note_trouble(db: Session, host_id: str, token: str, trouble: Trouble) -> None:
    moment = now()
    host = db.get_one(Host, host_id)
    since = host.down_since or moment
    leases.hold(db, host_id, token, moment, of=Host)
    if since < moment - GONE_AFTER:
        followers.drop_hosts(db, [host_id])
        return
    wait = trouble.wait_seconds
    if wait is None:
        first = instance().config.plugin["federation"]["first_pause_seconds"]
        wait = LONG_PAUSE_SECONDS if since < moment - LONG_PAUSE_AFTER else pause_seconds(host.failures, first)
    leases.hold(
        db,
        host_id,
        token,
        moment,
        of=Host,
        failures=host.failures + 1,
        problem=trouble.code,
        down_since=since,
        next_at=moment + timedelta(seconds=wait),
    )
