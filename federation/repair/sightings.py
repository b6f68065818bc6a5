"""Members say of a neighbour's alert "seen here too", and the number, nothing else, goes back to the origin.

Each counts once by a keyed hash that tells nobody who it is. Numbers leave once an hour for all alerts together, so
that their time says little about when somebody pressed the button. One instance vouches for its number as a whole.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import ErasurePart, ExportPart
from core.database import now, reading, transaction
from core.instance import instance
from federation import calls, ceremony, outbound
from federation.models import Delivery, Peer, RemoteAlert
from federation.repair.models import Sighting, SightingsSent, SightingsThere
from federation.trust.models import SHOWN, Standing

MOST = 999
MOST_ITEMS = 200
PURPOSE = "federation-sighting"
AT_MOST_EVERY = timedelta(minutes=55)
"""The job runs each hour; a little less, so that its own unpunctuality costs no hour."""


class NotHere(LookupError):
    """There is no such alert of a neighbour that holds and is shown."""


class BadNumbers(ValueError):
    """The numbers cannot be used; the message is a sentence."""


class There(NamedTuple):
    """In how many other boroughs something of ours was seen, and how often in all."""

    boroughs: int
    number: int


class Here(NamedTuple):
    """How many of us have seen it, and whether the one who asks has."""

    number: int
    is_mine: bool


def say(db: Session, alert_row: str, member_id: str, at: datetime, *, is_seen: bool) -> RemoteAlert:
    """Keep or take back that a member has seen this here; saying it twice counts once.

    Raises:
        NotHere: there is nothing to say it of.
    """
    row, standing = db.get(RemoteAlert, alert_row), db.get(Standing, alert_row)
    if row is None or standing is None or standing.state != SHOWN or row.state != "active" or row.expires_at <= at:
        raise NotHere(alert_row)
    if db.get_one(Peer, row.peer_id).state not in ("verified", "suspended"):
        raise NotHere(alert_row)
    mark = _mark(alert_row, member_id)
    found = db.get(Sighting, (alert_row, mark))
    if is_seen and found is None:
        db.add(Sighting(alert_row=alert_row, mark=mark))
    elif not is_seen and found is not None:
        db.delete(found)
    db.flush()
    return row


def here(db: Session, alert_rows: list[str], member_id: str | None) -> dict[str, Here]:
    """Return for neighbours' alerts how many of us have seen the same."""
    counts = sa.select(Sighting.alert_row, sa.func.count()).where(Sighting.alert_row.in_(alert_rows))
    numbers = {row[0]: row[1] for row in db.execute(counts.group_by(Sighting.alert_row))}
    marks = {_mark(alert_row, member_id) for alert_row in alert_rows} if member_id else set()
    mine = set(db.scalars(sa.select(Sighting.alert_row).where(Sighting.mark.in_(marks))))
    return {alert_row: Here(numbers.get(alert_row, 0), alert_row in mine) for alert_row in alert_rows}


def there(db: Session, alert_id: str) -> There:
    """Return what other boroughs say of an own alert."""
    wanted = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(SightingsThere.number), 0))
    row = db.execute(wanted.where(SightingsThere.alert_id == alert_id, SightingsThere.number > 0)).one()
    return There(int(row[0]), int(row[1]))


def hear(db: Session, peer: Peer, items: Any, at: datetime) -> int:
    """Keep a neighbour's numbers of alerts that it was sent; returns of how many. Others are passed over.

    Raises:
        BadNumbers: they are no list of alerts and numbers.
    """
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_ITEMS:
        raise BadNumbers(f"items must list 1 to {MOST_ITEMS} numbers.")
    numbers = dict(_read(item) for item in items)
    sent = sa.select(Delivery.alert_id).where(Delivery.peer_id == peer.id, Delivery.alert_id.in_(numbers))
    known = set(db.scalars(sent))
    for alert_id in known:
        row = db.get(SightingsThere, (peer.id, alert_id)) or SightingsThere(peer_id=peer.id, alert_id=alert_id)
        row.number, row.heard_at = numbers[alert_id], at
        db.add(row)
    db.flush()
    return len(known)


def _read(item: Any) -> tuple[str, int]:
    alert_id, number = (item.get("alert"), item.get("number")) if isinstance(item, dict) else (None, None)
    if not isinstance(alert_id, str) or len(alert_id) > 64 or type(number) is not int or not 0 <= number <= MOST:
        raise BadNumbers(f"Each item needs an alert and a number from 0 to {MOST}.")
    return alert_id, number


def send_all(at: datetime) -> None:
    """Tell each origin the numbers that have changed, in one message; what cannot be told waits for the next hour."""
    with reading() as db:
        waiting = _changed(db, now())
    for peer_id, numbers in waiting.items():
        with reading() as db:
            line = ceremony.line_to(db.get_one(Peer, peer_id))
        some = numbers[:MOST_ITEMS]
        items = [{"alert": alert_id, "number": number} for _row, alert_id, number in some]
        try:
            with calls.transport() as way:
                reply = calls.call(line, "POST", "/sightings", {"items": items}, way)
        except outbound.Unreachable:
            continue
        if reply.is_good:
            with transaction() as db:
                _note_sent(db, some, now())


def _changed(db: Session, at: datetime) -> dict[str, list[tuple[str, str, int]]]:
    count = sa.select(sa.func.count()).where(Sighting.alert_row == RemoteAlert.id).scalar_subquery()
    told = sa.func.coalesce(SightingsSent.number, 0)
    columns = (RemoteAlert.id, RemoteAlert.peer_id, RemoteAlert.alert_id, count.label("number"))
    rows = db.execute(
        sa.select(*columns)
        .join(Peer, Peer.id == RemoteAlert.peer_id)
        .outerjoin(SightingsSent, SightingsSent.alert_row == RemoteAlert.id)
        .where(Peer.state == "verified", Peer.stopped_by_them.is_(False))
        .where(RemoteAlert.state == "active", RemoteAlert.expires_at > at, count != told)
        .where(sa.or_(SightingsSent.sent_at.is_(None), SightingsSent.sent_at <= at - AT_MOST_EVERY))
    )
    found: dict[str, list[tuple[str, str, int]]] = {}
    for row in rows:
        found.setdefault(row.peer_id, []).append((row.id, row.alert_id, min(row.number, MOST)))
    return found


def _note_sent(db: Session, numbers: list[tuple[str, str, int]], at: datetime) -> None:
    for alert_row, _alert_id, number in numbers:
        if db.get(RemoteAlert, alert_row) is None:
            continue
        row = db.get(SightingsSent, alert_row) or SightingsSent(alert_row=alert_row)
        row.number, row.sent_at = number, at
        db.add(row)


def _mark(alert_row: str, member_id: str) -> str:
    return instance().keys.keyed_hash(PURPOSE, alert_row, member_id)


def _of_member(db: Session, member_id: str) -> list[Sighting]:
    rows = db.scalars(sa.select(Sighting)).all()
    return [row for row in rows if row.mark == _mark(row.alert_row, member_id)]


def export(db: Session, member_id: str) -> ExportPart:
    """Return of which neighbours' alerts a member has said that they saw it too."""
    rows = _of_member(db, member_id)
    return ExportPart("seen_here_too", [{"alert": db.get_one(RemoteAlert, row.alert_row).alert_id} for row in rows])


def erase(db: Session, member_id: str) -> ErasurePart:
    """Delete what a member said they have seen; the origin hears the lower number within the hour."""
    rows = _of_member(db, member_id)
    for row in rows:
        db.delete(row)
    db.flush()
    return ErasurePart(len(rows))
