"""Reads neighbours' outboxes by ourselves after an outage, and each night compares what both sides hold.

Sending is for speed, this is for what sending lost: messages that went while a disk was full, a backup put back here
or there, a copy that somebody deleted. Everything goes through the same door as what is sent, in any order, twice or
not: it changes nothing that is so already.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import jobs
from core.database import after_commit, now, reading, transaction
from federation import calls, ceremony, inbox, outbound
from federation.models import Peer
from federation.repair import comparing, epochs, suspension
from federation.repair.models import Cursor

JOB = "federation.repair"
OUTAGE = timedelta(minutes=10)
NIGHTLY = timedelta(hours=24)
WHOLE_SECONDS = 90
SOON_SECONDS = 30.0
MOST_PAGES = 20
MOST_ITEMS = 100


def run(at: datetime) -> float | None:
    """Count on in this life of the database; read and compare with every neighbour for which it is time."""
    moment = now()
    until = moment + timedelta(seconds=WHOLE_SECONDS)
    with transaction() as db:
        epochs.beat(db, moment)
        _open_cursors(db)
    for peer_id in _due(moment):
        if now() > until:
            return SOON_SECONDS
        repair(peer_id)
    return None


def want(db: Session, peer_id: str, *, epoch: str | None = None) -> None:
    """Read a neighbour's outbox soon; with `epoch`, only when that differs from the one we know."""
    row = db.get(Cursor, peer_id)
    if row is None or (epoch is not None and epoch == row.epoch):
        return  # without a row the job reads from the start anyway
    row.is_due = True
    after_commit(db, lambda: jobs.make_due(JOB))


def _exchanging() -> Any:
    return sa.and_(Peer.state == "verified", Peer.stopped_by_them.is_(False))


def _open_cursors(db: Session) -> None:
    known = sa.exists().where(Cursor.peer_id == Peer.id)
    for peer_id in db.scalars(sa.select(Peer.id).where(_exchanging(), ~known)).all():
        db.add(Cursor(peer_id=peer_id, cursor="", epoch="", is_due=True, newer_there=0))
    db.flush()


def _due(moment: datetime) -> list[str]:
    late = sa.or_(Cursor.compared_at.is_(None), Cursor.compared_at <= moment - NIGHTLY)
    with reading() as db:
        wanted = sa.select(Peer.id).join(Cursor, Cursor.peer_id == Peer.id).where(_exchanging())
        due = wanted.where(sa.or_(Cursor.is_due, late))
        # Who does not answer comes last, so that waiting for it holds up nobody.
        order = (Peer.problem.is_not(None), sa.func.coalesce(Cursor.pulled_at, Peer.verified_at), Peer.id)
        return list(db.scalars(due.order_by(*order)))


def repair(peer_id: str) -> bool:
    """Read what is new at a neighbour, compare, and read from the start when something is missing; whether it worked.

    A comparison comes each night and whenever all was read from the start: it is what shows a loss.
    """
    with calls.transport() as way:
        try:
            began_anew = pull(peer_id, way)
            if began_anew or _is_night(peer_id):
                is_missing = compare(peer_id, way)
                if is_missing and not began_anew:
                    _begin_anew(peer_id)
                    pull(peer_id, way)
        except (outbound.Unreachable, NotAnswered):
            return False
    return True


class NotAnswered(Exception):
    """The neighbour said no, or is no neighbour any more, or its answer is none."""


def _is_night(peer_id: str) -> bool:
    with reading() as db:
        compared_at = _cursor(db, peer_id).compared_at
    return compared_at is None or compared_at <= now() - NIGHTLY


def _begin_anew(peer_id: str) -> None:
    with transaction() as db:
        row = _cursor(db, peer_id)
        row.cursor, row.is_due = "", True


def pull(peer_id: str, way: outbound.Transport) -> bool:
    """Read page by page up to the head; True when it was from the very start.

    Raises:
        NotAnswered: there is no page.
        outbound.Unreachable: there is no answer.
    """
    began_anew = False
    for _page in range(MOST_PAGES):
        with reading() as db:
            peer, row = db.get_one(Peer, peer_id), _cursor(db, peer_id)
        page = _ask(peer, f"/outbox?after={row.cursor}" if row.cursor else "/outbox", way)
        began_anew = began_anew or not row.cursor or row.epoch != page["epoch"]
        if not _take_page(peer_id, page):
            break
    return began_anew


def _cursor(db: Session, peer_id: str) -> Cursor:
    row = db.get(Cursor, peer_id)
    if row is None:  # a backup was put back meanwhile: begin with the next run
        raise NotAnswered
    return row


def _ask(peer: Peer, path: str, way: outbound.Transport) -> dict[str, Any]:
    reply = calls.call(ceremony.line_to(peer), "GET", path, None, way)
    epoch = reply.payload.get("epoch")
    if not reply.is_good or not isinstance(epoch, str) or not 0 < len(epoch) <= 32:
        raise NotAnswered
    return reply.payload


def _take_page(peer_id: str, page: dict[str, Any]) -> bool:
    """Take in one page and keep the cursor in the same transaction; whether there is another page."""
    items, following = page.get("items"), page.get("next")
    cursor = following if following is not None else page.get("head")
    is_cursor = isinstance(cursor, str) and re.fullmatch(r"[0-9A-Za-z._~-]{1,500}", cursor)
    if not isinstance(items, list) or len(items) > MOST_ITEMS or not is_cursor:
        raise NotAnswered
    moment = now()
    with transaction() as db:
        peer, row = db.get_one(Peer, peer_id), _cursor(db, peer_id)
        if peer.state != "verified":
            raise NotAnswered
        outcomes = inbox.receive(db, peer, items, moment)
        suspension.count_pulled(db, peer, sum(each.outcome == "accepted" for each in outcomes), moment)
        row.cursor, row.epoch, row.pulled_at = str(cursor), str(page["epoch"]), moment
        row.is_due = following is not None
        return following is not None and peer.state == "verified"


def compare(peer_id: str, way: outbound.Transport) -> bool:
    """Compare both ways; what they lost is sent again. True when something of theirs is missing here.

    Raises:
        NotAnswered: there is nothing to compare with.
        outbound.Unreachable: there is no answer.
    """
    with reading() as db:
        peer = db.get_one(Peer, peer_id)
    payload = _ask(peer, "/digest", way)
    try:
        theirs, held = comparing.read_items(payload), comparing.read_held(payload)
    except comparing.NotADigest:
        raise NotAnswered from None
    with transaction() as db:
        row = _cursor(db, peer_id)
        row.compared_at = now()
        found = comparing.mend(db, peer_id, held, is_all=payload.get("held_all") is True)
        row.newer_there = found.newer_there
        if found.queued:
            after_commit(db, lambda: jobs.make_due("federation.deliver"))
        return comparing.is_behind(db, peer_id, theirs)
