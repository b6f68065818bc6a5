"""Pages of the alerts, added to the plugin's one blueprint."""

from __future__ import annotations

from flask import Blueprint


def register(bp: Blueprint) -> None:
    """Add the alert pages to the blueprint `ward_boards`."""
