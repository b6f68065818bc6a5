"""How many said "me too", as columns for the queries of boards and threads; imports tables only."""

from __future__ import annotations

import sqlalchemy as sa

from core.contributions import Viewer
from core.instance import instance
from plugins.ward_boards.search.models import MeToo

PURPOSE = "me-too"
_TABLE = MeToo.__table__


def tag_of(thread_id: str, member_id: str) -> str:
    """Return what counts a member once in one thread; two threads of one member have nothing in common."""
    return instance().keys.keyed_hash(PURPOSE, thread_id, member_id)


def counted(thread_id: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """Return how many said it, as a column of a query on threads."""
    return sa.select(sa.func.count()).select_from(_TABLE).where(_TABLE.c.thread_id == thread_id).scalar_subquery()


def is_said(thread_id: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Return whether the viewer said it, as a column of a query that is given `values`."""
    return sa.exists().where(_TABLE.c.thread_id == thread_id, _TABLE.c.tag == sa.bindparam("me_too_tag"))


def values(viewer: Viewer, thread_id: str) -> dict[str, str]:
    """Return what `is_said` needs; for a visitor a tag that nobody has."""
    return {"me_too_tag": "" if viewer.member_id is None else tag_of(thread_id, viewer.member_id)}
