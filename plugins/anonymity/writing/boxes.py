"""What stands on other pages: the loader at the end of each, the choice on the account page, the way to the page."""

from __future__ import annotations

from core.contributions import Panel, Viewer
from core.database import sql
from core.instance import instance
from plugins.anonymity.credentials import queries
from plugins.anonymity.writing import files


def mark_of(member_id: str) -> str:
    """Return the name under which a device keeps this member's voices; nobody without our secret can compute it."""
    return instance().keys.keyed_hash("anonymity.device", member_id)


def loader(viewer: Viewer) -> list[Panel]:
    """Return the script that fetches voices ahead, for verified members; it never asks the database."""
    if not viewer.is_verified or viewer.member_id is None:
        return []
    context = {"mark": mark_of(viewer.member_id), "integrity": files.integrity}
    return [Panel("anonymity/_ahead.html", context, order=90)]


def on_account(viewer: Viewer) -> list[Panel]:
    """Return where a verified member's voices are kept."""
    if not viewer.is_verified or viewer.member_id is None:
        return []
    return [Panel("anonymity/_voices_kept.html", {"keep": queries.keep_of(sql.session, viewer.member_id)}, order=31)]
