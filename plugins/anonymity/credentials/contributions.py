"""What the members' side of unlinkable voices tells core, for the plugin's front door."""

from __future__ import annotations

from typing import Any

from core.contributions import Document, Job, Panel, Permission, Setting, Slot, Viewer

LEAST_CROWD = 2
EVERY_SECONDS = 3600


def _crowd(value: Any) -> str | None:
    return None if value >= LEAST_CROWD else f"expected a number from {LEAST_CROWD}, got {value}"


def settings() -> list[Setting]:
    """Accept how large a ward must be; how many voices may speak at all is a matter of the unlinkable side."""
    ward = "verified members a ward needs to have unlinkable voices of its own"
    return [Setting("ward_least_members", int, 50, ward, _crowd)]


def permissions() -> list[Permission]:
    """Say who may have unlinkable voices, and who may see how many there are."""
    from plugins.anonymity.credentials.policy import HOLD_VOICE, SEE_COUNTS

    return [
        Permission(HOLD_VOICE, "Have a voice for coming weeks that nobody can link", frozenset({"verified"})),
        Permission(SEE_COUNTS, "See how many unlinkable voices there are, never whose", frozenset({"admin"})),
    ]


def documents() -> list[Document]:
    """Publish the chain of keys."""

    def chain(db: Any) -> bytes:
        from plugins.anonymity.credentials import manifest

        return manifest.body(db)

    def agrees(db: Any, copy: bytes) -> bool:
        from plugins.anonymity.credentials import manifest

        return manifest.agrees(db, copy)

    return [Document("anon-epochs.json", chain, agrees)]


def jobs() -> list[Job]:
    """Make keys for coming weeks, and end each when its week begins."""

    def turn_weeks(now: Any) -> float | None:
        from plugins.anonymity.credentials import jobs as ours

        return ours.turn_weeks(now)

    return [Job("turn_weeks", turn_weeks, EVERY_SECONDS)]


def panels(slot: Slot, viewer: Viewer) -> list[Panel]:
    """Lead an admin to the counts."""
    from core.permissions import allowed
    from plugins.anonymity.credentials.policy import SEE_COUNTS

    if slot is Slot.ADMIN and allowed(viewer, SEE_COUNTS):
        return [Panel("anonymity/_admin_epochs.html", {}, order=60)]
    return []
