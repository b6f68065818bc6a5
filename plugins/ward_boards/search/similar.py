"""Reports like the one being written: open ones of the same boards and kind, of late, that share its words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import permissions, wards
from core.contributions import Viewer
from core.instance import instance
from plugins.ward_boards import access
from plugins.ward_boards.categories import BY_SLUG
from plugins.ward_boards.models import PUBLISHED
from plugins.ward_boards.search import finding, indexing, marks, wish
from plugins.ward_boards.search.counts import counted
from plugins.ward_boards.search.readable import ALERTS, ENTRY, POSTS, THREADS, Rights, findable, rights_of, source
from plugins.ward_boards.search.tokens import folded, own_words

LOOKS_BACK = timedelta(days=14)
MOST_SHOWN = 5
MOST_LOOKED_AT = 200
MOST_WORDS = 40
WORDS_IN_COMMON = 2
ANY_KIND = "general"
_COMMON = frozenset(
    folded(
        "about after again all also and any are because been before but can could did does dont down for from get got "
        "had has have her here him his how into its just like many may more much near next not now off one only other "
        "our out over please said saw say see seen she should some somebody someone than that the their them then "
        "there these they this today very was were what when where which while who will with would yesterday you your"
    )
)
"""English words that two reports share by chance. Words of other languages are judged by their length alone."""


@dataclass(frozen=True)
class Report:
    """What is about to be posted."""

    title: str
    text: str
    ward_codes: tuple[str, ...]
    category: str


class SimilarRow(NamedTuple):
    """A report that may be about the same: a thread, or an alert (then `me_too_count` says nothing)."""

    thread_id: str | None
    alert_id: str | None
    title: str
    at: datetime
    me_too_count: int
    takes_me_too: bool

    @property
    def is_alert(self) -> bool:
        """Whether it is an alert."""
        return self.alert_id is not None


def telling_words(report: Report) -> tuple[str, ...]:
    """Return the words that a report of the same would share, the title's first, each once."""
    words = dict.fromkeys(folded(f"{report.title}\n{own_words(report.text)}"))
    return tuple(word for word in words if len(word) > 2 and word not in _COMMON)[:MOST_WORDS]


def reports(db: Session, viewer: Viewer, report: Report, *, now: datetime) -> list[SimilarRow]:
    """Return at most five, those that share most first. One query, with the reader's permissions in it."""
    words = telling_words(report)
    if len(words) < WORDS_IN_COMMON or not report.ward_codes:
        return []
    rights = rights_of(viewer)
    question = (wish.any_of((marks.FIRST,)), wish.any_of(_places(report.ward_codes)), wish.any_of(words))
    values: dict[str, Any] = {
        "question": finding.asked(db, question),
        "now": now,
        "since": indexing.first_docid(now - LOOKS_BACK),
        "opened": now - LOOKS_BACK,
        "category": report.category,
        "kinds": sorted(slug for slug, category in BY_SLUG.items() if category == report.category) or ["-"],
        "any_kind": report.category == ANY_KIND,
    }
    found = db.execute(_statement(rights, db.get_bind().dialect.name), values).all()
    return _best(viewer, found, frozenset(words))


def _places(ward_codes: Sequence[str]) -> list[str]:
    """Return the boards meant; a report on the borough's board is about every ward."""
    codes = [row.code for row in wards.boards()] if instance().config.borough in ward_codes else list(ward_codes)
    return [*map(marks.of_ward, codes), marks.of_ward(instance().config.borough), marks.EVERYWHERE]


@lru_cache(maxsize=64)
def _statement(rights: Rights, dialect: str) -> sa.Select[Any]:
    looked, docid, is_hit = source(dialect)
    any_kind = sa.bindparam("any_kind", type_=sa.Boolean)
    same = (any_kind, THREADS.c.category == sa.bindparam("category"), THREADS.c.category == ANY_KIND)
    thread = sa.and_(
        THREADS.c.state == PUBLISHED,
        ~THREADS.c.is_locked,
        THREADS.c.opened_at >= sa.bindparam("opened", type_=THREADS.c.opened_at.type),
        sa.or_(*same),
    )
    kinds = sa.func.lower(ALERTS.c.event).in_(sa.bindparam("kinds", expanding=True))
    unknown = sa.func.lower(ALERTS.c.event).not_in(sorted(BY_SLUG))
    alert = sa.and_(
        ALERTS.c.expires > sa.bindparam("now", type_=ALERTS.c.expires.type), sa.or_(any_kind, kinds, unknown)
    )
    return (
        sa.select(
            POSTS.c.thread_id,
            ENTRY.c.alert_id,
            sa.func.coalesce(THREADS.c.title, ALERTS.c.headline).label("title"),
            sa.func.coalesce(POSTS.c.text, ALERTS.c.description).label("text"),
            sa.func.coalesce(POSTS.c.published_at, ALERTS.c.sent, type_=THREADS.c.opened_at.type).label("at"),
            counted(THREADS.c.id).label("me_too_count"),
        )
        .select_from(looked)
        .where(is_hit, docid >= sa.bindparam("since", type_=sa.BigInteger), findable(rights), sa.or_(thread, alert))
        .order_by(docid.desc())
        .limit(MOST_LOOKED_AT)
    )


def _best(viewer: Viewer, found: Sequence[Any], words: frozenset[str]) -> list[SimilarRow]:
    posts = permissions.allowed(viewer, access.POST)
    scored = []
    for row in found:
        common = words & frozenset(folded(f"{row.title}\n{own_words(row.text or '')}"))
        if len(common) >= WORDS_IN_COMMON:
            scored.append((len(common) + len(words & frozenset(folded(row.title))), row))
    scored.sort(key=lambda pair: -pair[0])  # among equals the newest, for they came in this order
    return [
        SimilarRow(row.thread_id, row.alert_id, row.title, row.at, row.me_too_count, posts and row.alert_id is None)
        for _score, row in scored[:MOST_SHOWN]
    ]
