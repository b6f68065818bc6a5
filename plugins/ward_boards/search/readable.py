"""What a reader may find: the rules of boards and alerts as one condition, which every question here carries."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY

from core import permissions, wards
from core.contributions import Viewer
from plugins.ward_boards import access
from plugins.ward_boards.alerts import queries as alert_queries
from plugins.ward_boards.alerts import rights as alert_rights
from plugins.ward_boards.alerts.models import OWN, Alert
from plugins.ward_boards.models import COORDINATORS, PUBLISHED, WITHDRAWN, Post, Thread, ThreadWard
from plugins.ward_boards.search.models import INDEX, SearchEntry

ENTRY, POSTS, THREADS, ALERTS = SearchEntry.__table__, Post.__table__, Thread.__table__, Alert.__table__
_PLACE = ThreadWard.__table__
_FTS: Any = sa.table(INDEX, sa.column("rowid", sa.BigInteger), sa.column(INDEX, sa.String))


@dataclass(frozen=True)
class Rights:
    """Where a viewer may do what, as far as finding goes; equal for most viewers, so statements are kept by it."""

    read: frozenset[str]
    staff: frozenset[str]
    moderated: frozenset[str]
    everywhere: frozenset[str]
    reads_alerts: bool

    @property
    def only_public(self) -> bool:
        """Whether nothing but what everyone may read can be found."""
        return not (self.read or self.staff or self.moderated or self.reads_alerts)


def rights_of(viewer: Viewer) -> Rights:
    """Return what the viewer may find."""
    return Rights(
        permissions.wards_where(viewer, access.READ),
        permissions.wards_where(viewer, access.READ_COORDINATORS),
        permissions.wards_where(viewer, access.MODERATE),
        frozenset(row.code for row in wards.boards()),
        permissions.allowed(viewer, alert_rights.READ),
    )


@lru_cache(maxsize=4)
def source(dialect: str) -> tuple[Any, Any, sa.ColumnElement[bool]]:
    """Return where to look on this database, the number to sort by, and the condition of a hit (value `question`)."""
    question: sa.BindParameter[str] = sa.bindparam("question", type_=sa.String)
    if dialect == "sqlite":
        looked: Any = _FTS.join(ENTRY, ENTRY.c.docid == _FTS.c.rowid)
        return _with_texts(looked), _FTS.c.rowid, _FTS.c[INDEX].op("MATCH", is_comparison=True)(question)
    asked = sa.cast(question, TSQUERY)
    return _with_texts(ENTRY), ENTRY.c.docid, ENTRY.c.words.op("@@", is_comparison=True)(asked)


def _with_texts(looked: Any) -> Any:
    return (
        looked.outerjoin(POSTS, POSTS.c.id == ENTRY.c.post_id)
        .outerjoin(THREADS, THREADS.c.id == POSTS.c.thread_id)
        .outerjoin(ALERTS, ALERTS.c.id == ENTRY.c.alert_id)
    )


@lru_cache(maxsize=256)
def findable(rights: Rights) -> sa.ColumnElement[bool]:
    """Return the condition under which a text may be found; wants the value `now`.

    Posts: published, in a thread that is on the boards, as `conversation` lets this viewer open it. Alerts: as their
    own page shows them; cancelled ones never, and a neighbour's only while it holds.
    """
    on_it = sa.select(_PLACE.c.ward_code).where(_PLACE.c.thread_id == THREADS.c.id).correlate(THREADS)
    post = [
        POSTS.c.state == PUBLISHED,
        sa.or_(THREADS.c.state == PUBLISHED, THREADS.c.state == WITHDRAWN),
        sa.exists(on_it.where(access.readable_in(rights.read, rights.staff, rights.everywhere))),
    ]
    if not rights.read >= rights.everywhere:
        # Whoever reads everywhere reads the answers of every thread they can open.
        post.append(sa.or_(POSTS.c.number == 1, sa.exists(on_it.where(_reads_replies(rights)))))
    holds = ALERTS.c.expires > sa.bindparam("now", type_=ALERTS.c.expires.type)
    alert = [
        ALERTS.c.state == "active",
        *alert_queries.readable_where(rights.reads_alerts),
        sa.or_(ALERTS.c.origin == OWN, holds),
    ]
    return sa.or_(sa.and_(*post), sa.and_(*alert))


def _reads_replies(rights: Rights) -> sa.ColumnElement[bool]:
    """Return the rule of `conversation.ThreadView.reads_replies` as a condition on a board of the thread."""
    ways: list[sa.ColumnElement[bool]] = [sa.false()]
    if rights.read:
        ways.append(sa.and_(_PLACE.c.tier != COORDINATORS, _PLACE.c.ward_code.in_(sorted(rights.read))))
    if rights.staff:
        ways.append(sa.and_(_PLACE.c.tier == COORDINATORS, _PLACE.c.ward_code.in_(sorted(rights.staff))))
    if rights.moderated:
        ways.append(_PLACE.c.ward_code.in_(sorted(rights.moderated)))
    return sa.or_(*ways)
