"""How a member signed last on each board: remembered in their own browser only, so that we hold no such list."""

from __future__ import annotations

from collections.abc import Iterable

from flask import session

from core.contributions import Viewer
from core.instance import instance

KEY = "signed"


def last(who: Viewer, code: str) -> str | None:
    """Return the way chosen last on a board in this browser by this member, or None."""
    kept = session.get(KEY)
    if not kept or kept.get("of") != _mark(who):
        return None
    choice: str | None = kept.get(code)
    return choice


def keep(who: Viewer, codes: Iterable[str], choice: str) -> None:
    """Remember a choice that went out, for each board it went to."""
    kept = session.get(KEY, {})
    if kept.get("of") != _mark(who):
        kept = {"of": _mark(who)}  # another member of the same browser learns nothing
    session[KEY] = {**kept, **dict.fromkeys(codes, choice)}


def _mark(who: Viewer) -> str:
    return instance().keys.keyed_hash("last-signature", who.member_id or "")[:16]
