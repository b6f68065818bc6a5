"""What reading tells core: its setting, and the way to feeds on the account page."""

from __future__ import annotations

from core.contributions import Panel, Setting, Slot, Viewer


def settings() -> list[Setting]:
    """Return how long visitors wait for a public notice."""
    from plugins.ward_boards.reading import copies

    text = "minutes until visitors see a public notice, so that a mistake can be taken back; members see it at once"
    return [Setting(copies.DELAY, int, copies.DEFAULT_DELAY_MINUTES, text, copies.check_delay)]


def panels(slot: Slot, viewer: Viewer) -> list[Panel]:
    """Return the way to one's feeds, for those who may read."""
    from core import permissions

    if slot is Slot.PROFILE and permissions.allowed(viewer, "ward_boards.read"):
        return [Panel("ward_boards/reading/_feeds_panel.html", {}, order=60)]
    return []
