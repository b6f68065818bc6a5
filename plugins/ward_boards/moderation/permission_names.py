"""The name of moderation's own right; on the ground floor, so that the plugin's front door stays light."""

from __future__ import annotations

DECIDE_APPEALS = "ward_boards.decide_appeals"
