"""When a ward changed: its threads stand on the boards of its successors, with a note of where they stood before."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.database import now
from core.events import WardsChanged
from plugins.ward_boards.alerts.models import Alert, AlertArea
from plugins.ward_boards.models import Tally, Thread, ThreadFormer, ThreadWard
from plugins.ward_boards.moderation.models import Case, LogWard
from plugins.ward_boards.reading.models import Feed, PublicBoard, PublicPlace
from plugins.ward_boards.search import indexing
from plugins.ward_boards.weekly.models import Deputy

COPIED: tuple[Any, ...] = (ThreadWard, PublicPlace, LogWard, Deputy)
"""What a successor takes over row by row; each has a ward code in its key."""
GOES_WITH_THE_WARD: tuple[Any, ...] = (ThreadWard, PublicPlace, Deputy, Tally, PublicBoard)
"""What is deleted under the code of a ward that ended, once its successors have it."""
MOST_INDEXED_AT_ONCE = 2000
"""With more threads than this the index of the search is filled anew in the background instead."""


def follow(db: Session, event: WardsChanged) -> None:
    """Put what belongs to the old board on each new one; doing it again changes nothing."""
    old = event.old_code
    fresh = [code for code in event.new_codes if code != old]
    if not fresh:
        return
    moved = db.scalars(sa.select(ThreadWard.thread_id).where(ThreadWard.ward_code == old)).all()
    for code in fresh:
        for model in COPIED:
            _copy(db, model.__table__, old, code)
    ends = old not in event.new_codes
    alerts = _move_open_alerts(db, old, fresh, ends=ends)
    _widen_feeds(db, old, fresh, ends=ends)
    if ends:
        _close_board(db, old, event.new_codes[0], list(moved))
    for code in fresh:
        _count(db, code)
        _say_that_it_changed(db, code)
    _find_again(db, list(moved), alerts)


def _copy(db: Session, table: sa.Table, old: str, new: str) -> None:
    """Repeat the rows of one ward under another code, but for those that are there."""
    others = [column for column in table.primary_key.columns if column.name != "ward_code"]
    there = table.alias("there")
    already = sa.exists().where(there.c.ward_code == new, *(there.c[key.name] == key for key in others))
    names = [column.name for column in table.columns]
    values = [sa.literal(new) if name == "ward_code" else table.c[name] for name in names]
    chosen = sa.select(*values).where(table.c.ward_code == old, ~already)
    db.execute(table.insert().from_select(names, chosen))


def _close_board(db: Session, old: str, first: str, moved: list[str]) -> None:
    """Take a board away whose threads others list now, and keep that they stood there."""
    for thread_id in moved:
        if db.get(ThreadFormer, (thread_id, old)) is None:
            db.add(ThreadFormer(thread_id=thread_id, ward_code=old))
    db.flush()
    for model in GOES_WITH_THE_WARD:
        db.execute(sa.delete(model).where(model.ward_code == old))
    db.execute(sa.update(Case).where(Case.asked_ward == old).values(asked_ward=first))


def _count(db: Session, code: str) -> None:
    """Count the threads of a board anew, for some may have been on both boards before."""
    counted = (
        sa.select(ThreadWard.tier, sa.func.count())
        .where(ThreadWard.ward_code == code, ThreadWard.is_listed)
        .group_by(ThreadWard.tier)
    )
    counts = {tier: count for tier, count in db.execute(counted)}
    for row in db.scalars(sa.select(Tally).where(Tally.ward_code == code)):
        row.threads_count, row.revision = counts.pop(row.tier, 0), row.revision + 1
    db.add_all(Tally(ward_code=code, tier=tier, threads_count=count, revision=1) for tier, count in counts.items())
    db.flush()


def _say_that_it_changed(db: Session, code: str) -> None:
    changed = sa.update(PublicBoard).where(PublicBoard.ward_code == code).values(revision=PublicBoard.revision + 1)
    if not db.execute(changed).rowcount:  # type: ignore[attr-defined]  # CursorResult of an UPDATE
        db.add(PublicBoard(ward_code=code, revision=1))
        db.flush()


def _move_open_alerts(db: Session, old: str, fresh: list[str], *, ends: bool) -> list[str]:
    """Let alerts that hold now be about the new wards, and return them; those that are over stay as they were."""
    open_now = sa.select(Alert.id).where(Alert.state == "active", Alert.expires > now())
    here = AlertArea.alert_row.in_(open_now)
    rows = list(db.scalars(sa.select(AlertArea.alert_row).where(AlertArea.ward_code == old, here)))
    for alert_row in rows:
        for code in fresh:
            if db.get(AlertArea, (alert_row, code)) is None:
                db.add(AlertArea(alert_row=alert_row, ward_code=code))
    db.flush()
    if ends:
        db.execute(sa.delete(AlertArea).where(AlertArea.ward_code == old, here))
    return rows


def _widen_feeds(db: Session, old: str, fresh: list[str], *, ends: bool) -> None:
    for row in db.scalars(sa.select(Feed).where(Feed.wards.contains(old))):
        codes = {*row.wards.split(","), *fresh} - ({old} if ends else set())
        row.wards = ",".join(sorted(codes))
    db.flush()


def _find_again(db: Session, threads: list[str], alerts: list[str]) -> None:
    """Bring the index of the search in line, for it knows on which board a text stands."""
    for alert_row in alerts:
        indexing.put_alert(db, alert_row)
    if len(threads) > MOST_INDEXED_AT_ONCE:
        indexing.begin_again(db)
        threads = []
    for thread_id in threads:
        indexing.put_thread(db, thread_id)
        db.execute(sa.update(Thread).where(Thread.id == thread_id).values(revision=Thread.revision + 1))
