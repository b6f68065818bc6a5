"""As whom a moderator acts: by role and ward, for the log; and whose cases they may touch."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from core import permissions
from core.contributions import Viewer
from core.instance import instance
from plugins.ward_boards import access

MODERATORS = ("officer", "coordinator")


class Standing(NamedTuple):
    """A role and the ward (or borough) it is held for."""

    role: str
    ward_code: str


def moderated_wards(viewer: Viewer) -> frozenset[str]:
    """Return the boards this viewer moderates."""
    return permissions.wards_where(viewer, access.MODERATE)


def standing(viewer: Viewer, ward_codes: Collection[str]) -> Standing:
    """Return the role under which a viewer acts on a thread of these boards; that of the borough when no ward's fits.

    One who holds several acts as the first of them by role and code, so that the same deed always reads the same.
    """
    found = sorted(
        (MODERATORS.index(grant.role), grant.ward_code)
        for grant in viewer.grants
        if grant.role in MODERATORS and grant.ward_code in ward_codes
    )
    if found:
        return Standing(MODERATORS[found[0][0]], str(found[0][1]))
    roles = [role for role in (*MODERATORS, "admin") if viewer.has_role(role)]
    return Standing(roles[0] if roles else "moderator", instance().config.borough)


def own_wards(viewer: Viewer) -> frozenset[str]:
    """Return the single wards for which a viewer holds a moderator's role, the borough aside."""
    borough = instance().config.borough
    return frozenset(
        grant.ward_code
        for grant in viewer.grants
        if grant.role in MODERATORS and grant.ward_code is not None and grant.ward_code != borough
    )
