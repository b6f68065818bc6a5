"""What the weekly letter hands to core through the plugin's front door; light to import."""

from __future__ import annotations

from core.contributions import Job, Panel, Permission, Rule, Slot, Viewer
from plugins.ward_boards.weekly.rights import APPOINT, SEND

STAFF = frozenset({"coordinator", "officer"})


def permissions() -> list[Permission]:
    """Return who sends letters, besides deputies, and who appoints those."""
    return [
        Permission(SEND, "Edit and send the weekly letter of a board", STAFF),
        Permission(APPOINT, "Appoint deputies who send a board's weekly letter", STAFF),
    ]


def jobs() -> list[Job]:
    """Return the drafting of letters and the look for silent boards."""
    from plugins.ward_boards.weekly import daily

    return [
        Job("letters_write", daily.write, daily.EVERY_SECONDS),
        Job("letters_look", daily.look, daily.LOOK_EVERY_SECONDS),
    ]


def rules(viewer: Viewer, permission: str) -> list[Rule]:
    """Let deputies send letters; asks the database only for that permission."""
    if permission != SEND or viewer.member_id is None:
        return []
    from core.database import sql
    from plugins.ward_boards.weekly import rights

    return rights.rules(sql.session, viewer)


def panels(slot: Slot, viewer: Viewer) -> list[Panel]:
    """Show on the dashboard that letters wait for this viewer; nothing when none does."""
    if slot is not Slot.DASHBOARD or not viewer.is_signed_in:
        return []
    from core import permissions as rights_of
    from core.database import sql
    from plugins.ward_boards.weekly import queries

    codes = rights_of.wards_where(viewer, SEND)
    rows = queries.drafts(sql.session, codes) if codes else []
    return [Panel("ward_boards/weekly/_panel.html", {"letters": rows}, order=15)] if rows else []
