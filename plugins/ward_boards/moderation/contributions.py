"""What moderation hands to core through the plugin's front door; light to import."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from core import permissions as rights_of
from core.contributions import Job, NavItem, Permission, RetentionPart, Viewer
from plugins.ward_boards.moderation.permission_names import DECIDE_APPEALS

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def permissions() -> list[Permission]:
    """Return who may look again at what another ward decided."""
    return [
        Permission(
            DECIDE_APPEALS,
            "Decide appeals from other wards, and see what waits",
            frozenset({"coordinator", "officer", "admin"}),
        )
    ]


def nav_items(viewer: Viewer) -> list[NavItem]:
    """Return the menu entry of moderators; without a number, which would have to be asked for on every page."""
    if not rights_of.allowed(viewer, DECIDE_APPEALS):
        return []
    return [NavItem(order=60, label=_("Moderation"), endpoint="ward_boards.moderation", icon="clipboard-check")]


def jobs() -> list[Job]:
    """Return the clock of claims and urgent cases, and the daily forgetting."""
    from plugins.ward_boards.moderation import claims, keeping

    return [
        Job("moderation_claims", claims.tidy, 5 * 60),
        Job("moderation_forget", keeping.forget_daily, 24 * 3600),
    ]


def retention(db: Session, now: datetime) -> list[RetentionPart]:
    """Delete what moderation must not keep any longer."""
    from plugins.ward_boards.moderation import keeping

    return keeping.forget(db, now)
