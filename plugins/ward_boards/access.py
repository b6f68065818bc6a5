"""Who may read, write and moderate what, as conditions for queries and as sets of wards."""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

from core import permissions, wards
from core.contributions import Viewer
from plugins.ward_boards.models import COORDINATORS, PUBLIC, TIERS, VERIFIED, ThreadWard
from plugins.ward_boards.reading import copies

READ = "ward_boards.read"
POST = "ward_boards.post"
POST_PUBLIC = "ward_boards.post_public"
READ_COORDINATORS = "ward_boards.read_coordinators"
MODERATE = "ward_boards.moderate"

WRITE_PERMISSION = {PUBLIC: POST_PUBLIC, VERIFIED: POST, COORDINATORS: READ_COORDINATORS}
"""What it takes, beside `ward_boards.post`, to open a thread of a tier."""


def readable(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Return the condition on `ThreadWard` under which the viewer may read the thread, or its public copy."""
    everywhere = frozenset(row.code for row in wards.boards())
    read, staff = permissions.wards_where(viewer, READ), permissions.wards_where(viewer, READ_COORDINATORS)
    return readable_in(read, staff, everywhere)


@lru_cache(maxsize=256)
def readable_in(read: frozenset[str], staff: frozenset[str], everywhere: frozenset[str]) -> sa.ColumnElement[bool]:
    """Return that condition for sets of wards; kept, for many viewers hold the same.

    Who may not read in a ward sees its public notices as copies, once they are out.
    """
    place = ThreadWard.__table__.c
    is_public = place.tier == PUBLIC
    ways = [is_public] if read >= everywhere else [sa.and_(is_public, copies.is_out(place.thread_id))]
    if read and not read >= everywhere:
        ways.append(sa.and_(is_public, place.ward_code.in_(sorted(read))))
    for tier, held in ((VERIFIED, read), (COORDINATORS, staff)):
        if held >= everywhere:
            ways.append(place.tier == tier)  # the usual case: no list of codes to send and compare
        elif held:
            ways.append(sa.and_(place.tier == tier, place.ward_code.in_(sorted(held))))
    return sa.or_(*ways)


def moderated(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Return the condition on `ThreadWard` under which the viewer moderates the thread there."""
    return ThreadWard.ward_code.in_(sorted(permissions.wards_where(viewer, MODERATE)))


def tiers_in(viewer: Viewer, ward_code: str) -> tuple[str, ...]:
    """Return the tiers the viewer reads on one board, from many readers to few."""
    found = [PUBLIC]
    if permissions.allowed(viewer, READ, ward_code):
        found.append(VERIFIED)
    if permissions.allowed(viewer, READ_COORDINATORS, ward_code):
        found.append(COORDINATORS)
    return tuple(found)


def tiers_to_write(viewer: Viewer, ward_codes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tiers in which the viewer may open a thread on all these boards; empty: may not write there."""
    wanted = frozenset(ward_codes)
    if not wanted or not wanted <= permissions.wards_where(viewer, POST):
        return ()
    return tuple(tier for tier in TIERS if wanted <= permissions.wards_where(viewer, WRITE_PERMISSION[tier]))
