"""Stops the exchange with a neighbour by itself, when what comes from there looks like an attack, and calls the admins.

Stopping is all it does: whether to go on or to end it is for people, who first telephone each other.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit, notifications
from core.instance import instance
from federation.models import Nonce, Peer, Refusal
from federation.repair.models import Quota

FORGERIES = ("proof_invalid", "actor_mismatch", "proof_missing")
MOST_FORGERIES_AN_HOUR = 5
FLOOD = 10
"""How many times more than agreed is an attack."""
SOFT_ALARM = 0.5
HOUR = timedelta(hours=1)
RETRY_SECONDS = 3600
REASONS = {
    "forged": "It sent messages under a wrong name or key. Telephone the other admin before you go on.",
    "too_many_requests": "It asked ten times more often than agreed. Telephone the other admin before you go on.",
    "too_many_alerts": "It sent ten times more alerts than agreed. Telephone the other admin before you go on.",
}
"""Kept in the database, so in the language of the code; the page says it in the reader's."""


def suspend(db: Session, peer: Peer, reason: str) -> None:
    """Stop for now, with a reason of `REASONS`; the admins are told in words that say nothing."""
    if peer.state != "verified":
        return
    peer.state, peer.notice, peer.problem_text = "suspended", "suspended", REASONS[reason]
    audit.record(db, None, "federation.suspended", peer.id, f"by itself: {reason}")
    call_admins(db)


def call_admins(db: Session) -> None:
    """Send each admin a mail that does not say what it is about."""
    text = _("Something needs a look by an admin. Please open the page.")
    notifications.tell_role(db, "admin", _("Please look at your site"), text, "/federation/deliveries")


def judge_forgeries(db: Session, peer: Peer, at: datetime) -> None:
    """Suspend whoever sent five different things within an hour whose proof does not hold."""
    different = sa.func.count(sa.distinct(Refusal.content))
    recent = (Refusal.peer_id == peer.id, Refusal.code.in_(FORGERIES), Refusal.received_at > at - HOUR)
    if (db.scalar(sa.select(different).where(*recent)) or 0) >= MOST_FORGERIES_AN_HOUR:
        suspend(db, peer, "forged")


def judge_flood(db: Session, peer: Peer, at: datetime) -> None:
    """Suspend whoever asked ten times more often within a minute than agreed; every question counts once."""
    recent = sa.select(sa.func.count()).where(Nonce.peer_id == peer.id, Nonce.seen_at > at - timedelta(minutes=1))
    if (db.scalar(recent) or 0) >= FLOOD * _setting("requests_per_minute"):
        suspend(db, peer, "too_many_requests")


def count_alerts(db: Session, peer: Peer, wanted: int, at: datetime) -> bool:
    """Count what a neighbour sends today; False when it is more than agreed. Half of it calls the admins, once."""
    most = _setting("alerts_per_day")
    row = _today(db, peer, at)
    row.taken += wanted
    if row.taken >= FLOOD * most:
        suspend(db, peer, "too_many_alerts")
    elif row.taken > most * SOFT_ALARM and not row.is_told:
        row.is_told = True
        audit.record(db, None, "federation.half_of_quota", peer.id, f"{row.taken} of {most} alerts today")
        call_admins(db)
    db.flush()
    return wanted == 0 or row.taken <= most


def count_pulled(db: Session, peer: Peer, taken: int, at: datetime) -> None:
    """Count what we fetched ourselves and was new. After an outage that may be much; ten times a day's is too much."""
    row = _today(db, peer, at)
    row.pulled += taken
    db.flush()
    if row.pulled >= FLOOD * _setting("alerts_per_day"):
        suspend(db, peer, "too_many_alerts")


def _today(db: Session, peer: Peer, at: datetime) -> Quota:
    row = db.get(Quota, (peer.id, at.date()))
    if row is None:
        row = Quota(peer_id=peer.id, day=at.date(), taken=0, pulled=0, is_told=False)
        db.add(row)
    return row


def taken_on(db: Session, at: datetime) -> dict[str, int]:
    """Return by neighbour how many alerts it sent today."""
    rows = db.execute(sa.select(Quota.peer_id, Quota.taken).where(Quota.day == at.date()))
    return {row.peer_id: row.taken for row in rows}


def forget_old(db: Session, at: datetime) -> None:
    """Delete the counts of days before the last week."""
    db.execute(sa.delete(Quota).where(Quota.day < (at - timedelta(days=7)).date()))


def _setting(name: str) -> int:
    return int(instance().config.plugin["federation"][name])
