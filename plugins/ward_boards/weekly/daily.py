"""The regular work of the weekly letter: drafts, and the look for silent boards."""

from __future__ import annotations

from datetime import datetime

from core.database import transaction
from plugins.ward_boards.weekly import services, silence

EVERY_SECONDS = 3600
LOOK_EVERY_SECONDS = 24 * 3600


def write(now: datetime) -> None:
    """Draft what is due; an hour later with what happened meanwhile, until somebody edits or sends it."""
    with transaction() as db:
        services.write_drafts(db, now)


def look(now: datetime) -> None:
    """Tell those in charge of silent boards."""
    with transaction() as db:
        silence.sound(db, now)
