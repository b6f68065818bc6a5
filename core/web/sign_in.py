"""The edge of Flask-Security's views: the same mark of access as ours, and a limit on guessing."""

from __future__ import annotations

from typing import Any

from flask import Flask

from core.web.access import public, signed_in
from core.web.security import limiter

LIMITS = {"security.login": "30/10minutes", "security.forgot_password": "10/hour"}  # nosec B105  # counts, no passwords


def init_sign_in(app: Flask) -> None:
    """Mark and limit the views that Flask-Security brought."""
    views: dict[str, Any] = dict(app.view_functions)
    for endpoint, view in views.items():
        if not endpoint.startswith("security.") or endpoint.endswith(".static"):
            continue
        if endpoint in LIMITS:
            view = limiter.limit(LIMITS[endpoint], methods=["POST"])(view)
        mark = signed_in if endpoint == "security.change_password" else public
        app.view_functions[endpoint] = mark(view)
