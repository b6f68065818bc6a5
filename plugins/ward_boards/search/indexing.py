"""Puts texts into the index and takes them out, in the transaction of whoever changes them. Nothing here commits."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.ward_boards.alerts.models import Alert, AlertArea
from plugins.ward_boards.models import PUBLIC, PUBLISHED, VERIFIED, Post, Thread, ThreadWard
from plugins.ward_boards.moments import LONDON, PART_HOURS
from plugins.ward_boards.search import marks
from plugins.ward_boards.search.models import ALERT, INDEX_AWAY, POST, SearchEntry, SearchFill, index_statements
from plugins.ward_boards.search.tokens import folded, own_words

RANDOM_BITS = 40
AT_ONCE = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).date()


def part_of(at: datetime) -> int:
    """Return the number of the part of the day in London since 1970: the finest time that the index knows."""
    local = at.astimezone(LONDON)
    return (local.date() - _EPOCH).days * (24 // PART_HOURS) + local.hour // PART_HOURS


def first_docid(at: datetime) -> int:
    """Return the smallest number that a text of that part of the day can have."""
    return part_of(at) << RANDOM_BITS


def put_post(db: Session, post_id: str) -> None:
    """Let a post be found as it stands now; one that is not published only leaves the index."""
    drop_post(db, post_id)
    _put_posts(db, Post.id == post_id)


def drop_post(db: Session, post_id: str) -> None:
    """Take a post's words out of the index."""
    db.execute(sa.delete(SearchEntry).where(SearchEntry.post_id == post_id))


def put_thread(db: Session, thread_id: str) -> None:
    """Bring the posts of a thread in line after its title, its boards, its readers or its posts changed."""
    _drop(db, SearchEntry.post_id.in_(sa.select(Post.id).where(Post.thread_id == thread_id)))
    _put_posts(db, Post.thread_id == thread_id)


def put_alert(db: Session, alert_row: str) -> None:
    """Let an alert be found as it stands now; a cancelled one only leaves the index."""
    db.execute(sa.delete(SearchEntry).where(SearchEntry.alert_id == alert_row))
    _put_alerts(db, Alert.id == alert_row)


def _put_posts(db: Session, chosen: sa.ColumnElement[bool]) -> None:
    codes = (
        sa.select(sa.func.aggregate_strings(ThreadWard.ward_code, ","))
        .where(ThreadWard.thread_id == Thread.id)
        .correlate(Thread)
        .scalar_subquery()
    )
    found = db.execute(
        sa.select(
            Post.id,
            Post.number,
            Post.state,
            Post.text,
            Post.published_at,
            Thread.title,
            Thread.tier,
            codes.label("codes"),
        )
        .join(Thread, Thread.id == Post.thread_id)
        .where(chosen)
    )
    entries = []
    for row in found:
        if row.state != PUBLISHED:
            continue  # asked for in the query it would lead SQLite through all that is published
        known = [marks.of_tier(row.tier), *sorted(map(marks.of_ward, (row.codes or "").split(",")))]
        if row.number == 1:
            known.append(marks.FIRST)
        text = f"{row.title}\n{own_words(row.text)}" if row.number == 1 else own_words(row.text)
        entries.append(_entry(POST, row.id, at=row.published_at, words=[*known, *folded(text)]))
    _insert(db, entries)


def _put_alerts(db: Session, chosen: sa.ColumnElement[bool]) -> None:
    areas = (
        sa.select(sa.func.aggregate_strings(AlertArea.ward_code, ","))
        .where(AlertArea.alert_row == Alert.id)
        .correlate(Alert)
        .scalar_subquery()
    )
    found = db.execute(
        sa.select(
            Alert.id,
            Alert.headline,
            Alert.description,
            Alert.instruction,
            Alert.sent,
            Alert.audience,
            areas.label("codes"),
        ).where(chosen, Alert.state == "active")
    )
    entries = []
    for row in found:
        tier = PUBLIC if row.audience == "public" else VERIFIED
        known = [marks.of_tier(tier), *marks.of_areas((row.codes or "").split(",")), marks.FIRST]
        words = folded("\n".join((row.headline, row.description, row.instruction)))
        entries.append(_entry(ALERT, row.id, at=row.sent, words=[*known, *words]))
    _insert(db, entries)


def _drop(db: Session, chosen: sa.ColumnElement[bool]) -> None:
    """Take out many, in the order of their numbers; for the reason see `_insert`."""
    docids = list(db.scalars(sa.select(SearchEntry.docid).where(chosen).order_by(SearchEntry.docid)))
    if docids:
        table = SearchEntry.__table__
        gone = sa.delete(table).where(table.c.docid == sa.bindparam("number"))  # type: ignore[arg-type]  # a Table
        db.execute(gone, [{"number": docid} for docid in docids])


def _entry(kind: str, key: str, *, at: datetime, words: list[str]) -> dict[str, object]:
    docid = first_docid(at) | secrets.randbits(RANDOM_BITS)
    return {"docid": docid, "kind": kind, "post_id": None, "alert_id": None, f"{kind}_id": key, "words": words}


def _insert(db: Session, entries: list[dict[str, object]]) -> None:
    # FTS5 writes a new piece whenever a smaller number follows a greater one in the same transaction.
    entries.sort(key=lambda entry: int(str(entry["docid"])))
    if entries:
        db.execute(sa.insert(SearchEntry.__table__), entries)  # type: ignore[arg-type]  # a Table, as mapped


def begin_again(db: Session) -> None:
    """Forget the whole index and have it filled anew; on SQLite the table of the index is dropped and made anew."""
    connection = db.connection()
    if connection.dialect.name == "sqlite":
        for statement in INDEX_AWAY:
            connection.exec_driver_sql(statement)
    db.execute(sa.delete(SearchEntry))
    if connection.dialect.name == "sqlite":
        for statement in index_statements("sqlite"):
            connection.exec_driver_sql(statement)
    bring_in_line(db)


def bring_in_line(db: Session) -> None:
    """Have every text put into the index once more, in pieces by the job; all stay in it meanwhile."""
    db.execute(sa.delete(SearchFill))
    db.add_all(SearchFill(kind=kind, position="") for kind in (POST, ALERT))
    db.flush()


def is_filling(db: Session) -> bool:
    """Whether there are texts that still have to be put into the index."""
    return db.scalar(sa.select(SearchFill.kind).limit(1)) is not None


def fill_some(db: Session) -> int:
    """Bring the next few hundred texts in line; return how many were looked at, 0 at the end."""
    task = db.scalars(sa.select(SearchFill).order_by(SearchFill.kind.desc()).limit(1)).one_or_none()
    if task is None:
        return 0
    table, column = (Post, SearchEntry.post_id) if task.kind == POST else (Alert, SearchEntry.alert_id)
    ids = list(db.scalars(sa.select(table.id).where(table.id > task.position).order_by(table.id).limit(AT_ONCE)))
    if not ids:
        db.delete(task)
        db.flush()
        return fill_some(db)
    _drop(db, column.in_(ids))
    (_put_posts if task.kind == POST else _put_alerts)(db, table.id.in_(ids))
    task.position = ids[-1]
    db.flush()
    return len(ids)
