"""The edge of Flask-Security's views: the same mark of access as ours, and a limit on guessing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, current_app, request

from core.web.access import public, signed_in
from core.web.security import limiter

LIMITS = {"security.login": "30/10minutes", "security.forgot_password": "10/hour"}  # nosec B105  # counts, no passwords


REFUSING = {"security.login", "security.verify", "security.reset_password", "security.change_password"}
"""Views that lead on when all is well, so that a page in answer to a form is a refusal."""


def _refusing(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        response = current_app.make_response(view(*args, **kwargs))
        if request.method == "POST" and response.status_code == 200 and response.mimetype == "text/html":
            response.status_code = 422
        return response

    return answer


def init_sign_in(app: Flask) -> None:
    """Mark and limit the views that Flask-Security brought."""
    views: dict[str, Any] = dict(app.view_functions)
    for endpoint, view in views.items():
        if not endpoint.startswith("security.") or endpoint.endswith(".static"):
            continue
        if endpoint in REFUSING:
            view = _refusing(view)
        if endpoint in LIMITS:
            view = limiter.limit(LIMITS[endpoint], methods=["POST"])(view)
        mark = signed_in if endpoint == "security.change_password" else public
        app.view_functions[endpoint] = mark(view)
