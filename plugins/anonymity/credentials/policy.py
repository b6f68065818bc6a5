"""Names and figures of credentials that several rooms go by."""

from __future__ import annotations

from core.instance import instance

HOLD_VOICE = "anonymity.hold_voice"
SEE_COUNTS = "anonymity.see_counts"
DOCUMENT = "anon-epochs.json"
WEEKS_AHEAD = 4
ROUNDED_TO = 5
"""Counts of voices are shown rounded down to this, so that two looks do not tell of one person."""


def ward_least_members() -> int:
    """Return how many verified members a ward needs for a key of its own."""
    return int(instance().config.plugin["anonymity"]["ward_least_members"])


def crowd_least() -> int:
    """Return how many voices a week and board need before any of them may speak."""
    return int(instance().config.plugin["anonymity"]["crowd_least"])


def unlinkable_url() -> str:
    """Return where browsers reach the unlinkable side."""
    return str(instance().config.plugin["anonymity"]["unlinkable_url"])


def rounded(count: int) -> int:
    """Return a count as it may be shown."""
    return count - count % ROUNDED_TO
