"""Reads of the search: which texts have the words, newest first or the best of the newest; and those texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import Viewer
from core.models import Member
from plugins.ward_boards.alerts.models import AlertArea
from plugins.ward_boards.models import PUBLIC, ThreadWard
from plugins.ward_boards.reading import copies
from plugins.ward_boards.reading.bylines import byline
from plugins.ward_boards.reading.models import PublicCopy
from plugins.ward_boards.search import marks, ranking, wish
from plugins.ward_boards.search.readable import ALERTS, ENTRY, POSTS, THREADS, Rights, findable, rights_of, source
from plugins.ward_boards.search.wish import Question, Wish

PER_PAGE = 20
MOST_RANKED = 1000
MOST_COUNTED = 200
_TOP = (1 << 62) - 1


class FoundRow(NamedTuple):
    """A text that was found: a post with its thread, or an alert; what belongs to the other kind is None."""

    docid: int
    post_id: str | None
    thread_id: str | None
    number: int | None
    label: str | None
    ref: str | None
    alias: str | None
    published_at: datetime | None
    text: str | None
    title: str | None
    tier: str | None
    public_from: datetime | None
    role: str | None
    role_ward: str | None
    thread_wards: str | None
    alert_id: str | None
    headline: str | None
    description: str | None
    instruction: str | None
    sent: datetime | None
    expires: datetime | None
    origin_name: str | None
    areas: str | None

    @property
    def is_post(self) -> bool:
        """Whether it is a post."""
        return self.post_id is not None

    @property
    def ward_codes(self) -> tuple[str, ...]:
        """The boards or areas it is about, sorted by code."""
        return tuple(sorted(filter(None, (self.thread_wards or self.areas or "").split(","))))


class FoundPage(NamedTuple):
    """A page of hits and where the next one starts, or None at the end."""

    rows: list[FoundRow]
    after: str | None


@dataclass(frozen=True)
class Search:
    """What is looked for, where, and from where on; `after` is what `FoundPage.after` gave, 0 for the top."""

    wish: Wish
    ward_code: str | None = None
    after: int = 0
    limit: int = PER_PAGE

    @property
    def question(self) -> Question:
        """The words, and the board when there is one."""
        if self.ward_code is None:
            return self.wish.question
        return (wish.any_of((marks.of_ward(self.ward_code), marks.EVERYWHERE)), *self.wish.question)


def newest(db: Session, viewer: Viewer, search: Search, *, now: datetime) -> FoundPage:
    """Return hits by the part of the day, newest first. Two queries, however many hits there are."""
    rights = rights_of(viewer)
    if rights.only_public:
        return _newest_copies(db, rights, search, now=now)
    values = _values(db, rights, search.question, now) | {"before": search.after or _TOP, "most": search.limit + 1}
    found = list(db.scalars(_hits(rights, _dialect(db)), values))
    chosen = found[: search.limit]
    after = str(chosen[-1]) if len(found) > search.limit else None
    return FoundPage(_texts(db, rights, chosen, now=now), after)


def _newest_copies(db: Session, rights: Rights, search: Search, *, now: datetime) -> FoundPage:
    """Go on by how many were seen: the number of a text tells its part of the day, and a public copy has a day only."""
    start = min(search.after, MOST_RANKED)
    most = min(start + search.limit, MOST_RANKED) + 1
    found = list(
        db.scalars(
            _hits(rights, _dialect(db)), _values(db, rights, search.question, now) | {"before": _TOP, "most": most}
        )
    )
    end = min(start + search.limit, MOST_RANKED)
    after = str(end) if len(found) > end and end < MOST_RANKED else None
    return FoundPage(_texts(db, rights, found[start:end], now=now), after)


def best(db: Session, viewer: Viewer, search: Search, *, now: datetime) -> FoundPage:
    """Return the hits that fit best among the newest thousand; older ones are found by newest first. Two queries."""
    rights, dialect = rights_of(viewer), _dialect(db)
    values = _values(db, rights, search.question, now) | {"before": _TOP, "most": MOST_RANKED}
    found = [(row[0], row[1]) for row in db.execute(_hits(rights, dialect, with_score=True), values)]
    ordered = ranking.by_score(found) if dialect != "sqlite" else ranking.by_words(found, search.wish.phrases)
    chosen = ordered[search.after : search.after + search.limit]
    goes_on = len(ordered) > search.after + search.limit
    return FoundPage(_texts(db, rights, chosen, now=now), str(search.after + search.limit) if goes_on else None)


def counted(db: Session, viewer: Viewer, search: Search, *, now: datetime) -> int:
    """Return how many hits there are; one more than `MOST_COUNTED` stands for all beyond."""
    rights = rights_of(viewer)
    values = _values(db, rights, search.question, now) | {"before": _TOP, "most": MOST_COUNTED + 1}
    hits = _hits(rights, _dialect(db)).subquery()
    return db.scalar(sa.select(sa.func.count()).select_from(hits), values) or 0


def asked(db: Session, question: Question) -> str:
    """Return a question as this database wants it."""
    return wish.for_fts5(question) if _dialect(db) == "sqlite" else wish.for_tsquery(question)


def _dialect(db: Session) -> str:
    return db.get_bind().dialect.name


def _values(db: Session, rights: Rights, question: Question, now: datetime) -> dict[str, Any]:
    if rights.only_public:
        # Without it a visitor's common word would be looked up through all that only members may read.
        question = (wish.any_of((marks.of_tier("public"),)), *question)
    return {"question": asked(db, question), "now": now}


@lru_cache(maxsize=64)
def _hits(rights: Rights, dialect: str, *, with_score: bool = False) -> sa.Select[Any]:
    """Build the query once per set of rights; with a score on PostgreSQL, with the words to score on SQLite."""
    looked, docid, is_hit = source(dialect)
    chosen = (
        sa.select(docid)
        .select_from(looked)
        .where(is_hit, docid < sa.bindparam("before", type_=sa.BigInteger), findable(rights))
        .order_by(docid.desc())
        .limit(sa.bindparam("most", type_=sa.Integer))
    )
    return chosen.add_columns(ranking.column(dialect)) if with_score else chosen


def _texts(db: Session, rights: Rights, docids: Sequence[int], *, now: datetime) -> list[FoundRow]:
    if not docids:
        return []
    found = db.execute(_columns(rights), {"docids": list(docids), "now": now})
    rows = {row.docid: _as_read(rights, FoundRow(*row)) for row in found}
    return [rows[docid] for docid in docids if docid in rows]


def _as_read(rights: Rights, row: FoundRow) -> FoundRow:
    """Take from a public notice what only members may know of it, as its own page does."""
    if (
        row.tier != PUBLIC
        or row.published_at is None
        or not (rights.read | rights.moderated).isdisjoint(row.ward_codes)
    ):
        return row
    day = copies.day_of(row.public_from or row.published_at)
    return row._replace(label=byline(row.role or "", row.role_ward or ""), ref=None, alias=None, published_at=day)


@lru_cache(maxsize=64)
def _columns(rights: Rights) -> sa.Select[Any]:
    """Build the query for the texts; it asks again what may be read, for a post can go between two queries."""
    place, area, member, copy = (each.__table__.c for each in (ThreadWard, AlertArea, Member, PublicCopy))
    boards = sa.select(sa.func.aggregate_strings(place.ward_code, ",")).where(place.thread_id == THREADS.c.id)
    areas = sa.select(sa.func.aggregate_strings(area.ward_code, ",")).where(area.alert_row == ALERTS.c.id)
    post = (POSTS.c[name] for name in ("id", "thread_id", "number", "label", "ref"))
    alert = (ALERTS.c[n] for n in ("id", "headline", "description", "instruction", "sent", "expires", "origin_name"))
    looked = source("")[0].outerjoin(Member.__table__, member.id == POSTS.c.member_id)
    looked = looked.outerjoin(PublicCopy.__table__, copy.thread_id == THREADS.c.id)
    return (
        sa.select(
            ENTRY.c.docid,
            *post,
            member.alias,
            POSTS.c.published_at,
            POSTS.c.text,
            THREADS.c.title,
            THREADS.c.tier,
            copy.from_at,
            copy.role,
            copy.role_ward,
            boards.correlate(THREADS).scalar_subquery(),
            *alert,
            areas.correlate(ALERTS).scalar_subquery(),
        )
        .select_from(looked)
        .where(ENTRY.c.docid.in_(sa.bindparam("docids", expanding=True)), findable(rights))
    )
