"""What openings tell core: a permission, a setting, a job, panels, and what they hold on a member."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.contributions import Job, Panel, Permission, Setting, Slot, Viewer
from plugins.anonymity import bounds

OPEN = "anonymity.open_name"


def permissions() -> list[Permission]:
    """Return who may ask for a name, decide with another, and look."""
    label = "Ask for the name behind a post, and decide about it together with another custodian"
    return [Permission(OPEN, label, frozenset({"custodian"}), needs_second_factor=True)]


def settings() -> list[Setting]:
    """Accept when a member is told that their name was opened."""
    text = "days until a member is told that two custodians learned whose a post of theirs is"
    return [Setting("opening_told_days", int, 30, text, bounds.days(0, 90))]


def jobs() -> list[Job]:
    """Return the telling of members whose day has come."""
    return [Job("tell_of_openings", _tell, 6 * 3600)]


def _tell(now: datetime) -> None:
    from core.database import transaction
    from plugins.anonymity.openings import closing

    with transaction() as db:
        closing.tell(db, now.date())


def panels(slot: Slot, viewer: Viewer) -> list[Panel]:
    """Lead custodians to their requests, and from a post to asking about it; and a member to their notes."""
    from core.permissions import allowed

    if slot is Slot.POST_FOOTER and allowed(viewer, OPEN):
        return [Panel("anonymity/openings/_post_link.html", {}, order=90)]
    if slot is Slot.PROFILE:
        found = [Panel("anonymity/openings/_told_panel.html", {}, order=5)] if _has_notes(viewer) else []
        if allowed(viewer, OPEN):
            found.append(Panel("anonymity/openings/_custodian_panel.html", {}, order=20))
        return found
    return []


def _has_notes(viewer: Viewer) -> bool:
    from core.database import sql
    from plugins.anonymity.openings import closing

    return bool(viewer.member_id and closing.told_to(sql.session, viewer.member_id))


def records(db: Session, member_id: str) -> list[dict[str, Any]]:
    """Return the notes a member was given. One that waits is left out: telling early could harm what it is for."""
    from plugins.anonymity.openings import closing

    found = closing.told_to(db, member_id)
    return [{"kind": "name_opened", "on": told.opened_on.isoformat(), "reason": told.reason} for told in found]
