"""What incidents hand to core through the plugin's front door; light to import."""

from __future__ import annotations

from core.contributions import Job

ASK_EVERY_SECONDS = 24 * 3600


def jobs() -> list[Job]:
    """Return the daily question to writers whose matter went quiet."""
    from plugins.ward_boards.incidents import asking

    return [Job("incidents_ask", asking.run, ASK_EVERY_SECONDS)]
