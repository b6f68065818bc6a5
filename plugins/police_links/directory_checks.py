"""What `doctor` says about the doors."""

from __future__ import annotations

from core.contributions import Finding
from core.database import reading
from core.instance import instance
from plugins.police_links import directory


def findings() -> list[Finding]:
    """Return one sentence: how many of the four doors have an address that someone here has checked."""
    with reading() as db:
        shown = directory.main_doors(db, instance().config.borough)
    missing = [door.words.title for door in shown if door.kind != "contact_session" and not door.url]
    unchecked = [door.words.title for door in shown if door.url and door.last_checked_on is None]
    if not missing and not unchecked:
        return [Finding(ok=True, text="Every police door has an address that someone has checked.")]
    parts = []
    if missing:
        parts.append(f"No address is known for: {', '.join(missing)}.")
    if unchecked:
        parts.append(f"Nobody has checked: {', '.join(unchecked)}.")
    return [Finding(ok=False, text=f"{' '.join(parts)} Set them at /police/doors; people see 101 meanwhile.")]
