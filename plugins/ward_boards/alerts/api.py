"""The alerts of the JSON API, added to the plugin's one API blueprint."""

from __future__ import annotations

from flask_smorest import Blueprint


def register(api_bp: Blueprint) -> None:
    """Add `/alerts` and what is under it."""
