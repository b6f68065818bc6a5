"""What a comparison of two digests comes to: what we miss, and what the other side lost or still shows."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
from core.database import now
from federation import digests
from federation.models import Delivery, Peer, RemoteAlert

REMOVALS = ("Cancel", "Delete")
MOST_LINES = 2000


class NotADigest(ValueError):
    """The answer is no list of alerts and revisions."""


class Line(NamedTuple):
    """One alert at one revision; `word` is its kind or its state."""

    alert_id: str
    revision: int
    word: str


class Mended(NamedTuple):
    """How many messages were queued again, and of how many alerts they hold a version that we have lost."""

    queued: int
    newer_there: int


def read_items(payload: dict[str, Any]) -> list[Line]:
    """Return what the neighbour says it has sent us.

    Raises:
        NotADigest: it is no such list.
    """
    return _lines(payload.get("items"), "kind", ("Create", "Update", *REMOVALS))


def read_held(payload: dict[str, Any]) -> list[Line]:
    """Return what the neighbour says it holds of ours.

    Raises:
        NotADigest: it is no such list.
    """
    return _lines(payload.get("held"), "state", ("active", "cancelled", "recalled"))


def _lines(found: Any, name: str, words: tuple[str, ...]) -> list[Line]:
    if not isinstance(found, list) or len(found) > MOST_LINES:
        raise NotADigest
    return [_line(entry, name, words) for entry in found]


def _line(entry: Any, name: str, words: tuple[str, ...]) -> Line:
    if not isinstance(entry, dict):
        raise NotADigest
    alert_id, revision, word = entry.get("alert"), entry.get("revision"), entry.get(name)
    is_id = isinstance(alert_id, str) and re.fullmatch(r"[0-9A-Za-z-]{8,64}", alert_id)
    if not is_id or type(revision) is not int or word not in words:
        raise NotADigest
    return Line(str(alert_id), revision, str(word))


def is_behind(db: Session, peer_id: str, theirs: list[Line]) -> bool:
    """Whether something the neighbour sent is missing or older here. What was taken back stays taken back."""
    columns = (RemoteAlert.alert_id, RemoteAlert.revision, RemoteAlert.state)
    rows = db.execute(sa.select(*columns).where(RemoteAlert.peer_id == peer_id))
    ours = {row.alert_id: row for row in rows}

    def is_missing(line: Line) -> bool:
        row = ours.get(line.alert_id)
        if row is None:
            return True
        return row.state == "active" and (line.word in REMOVALS or line.revision > row.revision)

    return any(is_missing(line) for line in theirs)


def mend(db: Session, peer_id: str, held: list[Line], *, is_all: bool) -> Mended:
    """Queue again what the neighbour should hold and does not, or still shows and should not.

    A recall that was given up is queued again too, and what is there after all counts as delivered.
    """
    known = {line.alert_id: line for line in held}
    moment, queued, newer = now(), 0, 0
    for row in digests.newest(db, peer_id, limit=digests.MOST_ROWS):
        line, item = known.get(row.item.alert_id), row.item
        if not row.is_meant or (line is None and not is_all):
            continue
        is_removal = item.kind in REMOVALS
        if _is_there(line, item.revision, is_removal):
            newer += line is not None and line.word == "active" and line.revision > item.revision
            if row.state == "dead":
                _settle(db, item.id, "removed" if is_removal else "accepted", moment)
        elif row.state == "acknowledged" or (row.state == "dead" and is_removal):
            _queue_again(db, item.id)
            queued += 1
    if queued:
        audit.record(db, None, "federation.sent_again", peer_id, f"{queued} messages, after comparing")
        db.execute(sa.update(Peer).where(Peer.id == peer_id, Peer.problem.is_(None)).values(next_at=moment))
    return Mended(queued, newer)


def _is_there(line: Line | None, revision: int, is_removal: bool) -> bool:
    if line is None:
        return is_removal
    return line.word != "active" or (not is_removal and line.revision >= revision)


def _settle(db: Session, delivery_id: str, outcome: str, at: datetime) -> None:
    there = {"state": "acknowledged", "outcome": outcome, "acknowledged_at": at}
    db.execute(sa.update(Delivery).where(Delivery.id == delivery_id, Delivery.state == "dead").values(**there))


def _queue_again(db: Session, delivery_id: str) -> None:
    again = {"state": "pending", "outcome": None, "acknowledged_at": None}
    db.execute(sa.update(Delivery).where(Delivery.id == delivery_id).values(**again))
