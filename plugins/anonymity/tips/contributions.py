"""What tips tell core: a permission, a setting, a job and panels."""

from __future__ import annotations

from datetime import datetime

from core.contributions import Job, Panel, Permission, Setting, Slot, Viewer
from plugins.anonymity import bounds

ANSWER = "anonymity.answer_tips"
ONCE_A_DAY = 24 * 3600


def permissions() -> list[Permission]:
    """Return who may read and answer tips."""
    return [Permission(ANSWER, "Read and answer tips", frozenset({"coordinator", "officer"}))]


def settings() -> list[Setting]:
    """Accept how long a tip is kept."""
    text = "days a tip without an account is kept after the last word in it"
    return [Setting("tips_kept_days", int, 30, text, bounds.days(7, 90))]


def jobs() -> list[Job]:
    """Return the telling of the desk, once a day, so that no mail says when somebody wrote."""
    return [Job("tell_of_tips", _tell, ONCE_A_DAY)]


def _tell(now: datetime) -> None:
    from core.database import transaction
    from plugins.anonymity.tips import desk

    with transaction() as db:
        desk.tell_desk(db, now.date())


def panels(slot: Slot, viewer: Viewer) -> list[Panel]:
    """Lead visitors, and readers of the help, to the box, and those who moderate to the desk."""
    if slot is Slot.HOME:
        return [Panel("anonymity/tips/_door.html", {}, order=70)]
    if slot is Slot.HELP:
        return [Panel("anonymity/tips/_on_help.html", {}, order=25)]
    if slot is Slot.MODERATION:
        return _desk_panel(viewer)
    return []


def _desk_panel(viewer: Viewer) -> list[Panel]:
    from core.database import sql
    from core.permissions import allowed
    from plugins.anonymity.tips import desk

    if not allowed(viewer, ANSWER):
        return []
    return [Panel("anonymity/tips/_desk_panel.html", {"count": desk.waiting(sql.session, viewer)}, order=60)]
