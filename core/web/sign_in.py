"""The edge of Flask-Security's views: the same mark of access as ours, and a limit on guessing.

Its pages for setting up a second factor are replaced by ours; those that we have no use for are not there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from flask import Flask, abort, current_app, redirect, request, session

from core import totp
from core.database import now
from core.instance import instance
from core.web import second_factor
from core.web.access import public, signed_in, viewer
from core.web.paths import own_path
from core.web.security import limiter

LIMITS = {"security.login": "30/10minutes", "security.forgot_password": "10/hour"}  # nosec B105  # counts, no passwords
CODE_PATH = f"{totp.PATH}/code"
TRIES = "10/15minutes;40/day"
"""Of codes and passwords for one account, wherever they come from: six digits are not many."""
TRYING = {
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.two_factor_setup",
    "security.verify",
    "security.change_password",
}
REFUSING = {
    "security.login",
    "security.verify",
    "security.reset_password",
    "security.change_password",
    "security.two_factor_token_validation",
    "security.mf_recovery",
}
"""Views that lead on when all is well, so that a page in answer to a form is a refusal."""
OURS = {"security.two_factor_setup": second_factor.show}
NOT_THERE = {
    "security.two_factor_setup_validate",
    "security.two_factor_rescue",
    "security.tf_select",
    "security.mf_recovery_codes",
}
SIGNED_IN = {"security.change_password", "security.two_factor_setup"}


def _whose() -> str:
    """Return today's keyed hash of the account that a code or password is tried for, else of the address."""
    login = session.get("tf_user_id") or session.get("_user_id") or request.remote_addr or ""
    return instance().keys.keyed_hash("rate-limit", now().date().isoformat(), str(login))


def _not_there(**_values: Any) -> Any:
    abort(404)


def _for_strangers(view: Callable[..., Any]) -> Callable[..., Any]:
    """Lead members home: Flask-Security would sign out who comes back to the page for codes."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        return redirect("/", 303) if viewer().is_signed_in else view(*args, **kwargs)

    return answer


def _to_code_page() -> str:
    """Return where the code is typed, and then where to: a path of ours, or home.

    Flask-Security would come back to where the password was typed, which may be a mailed link with its token.
    """
    wanted = own_path(request.form.get("next") or request.args.get("next") or "/")
    return CODE_PATH if wanted == "/" else f"{CODE_PATH}?next={quote(wanted)}"


def _refusing(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Any:
        response = current_app.make_response(view(*args, **kwargs))
        if request.method == "POST" and response.status_code == 200 and response.mimetype == "text/html":
            response.status_code = 422
        if response.headers.get("Location", "").startswith(CODE_PATH):
            response.headers["Location"] = _to_code_page()
        return response

    return answer


def init_sign_in(app: Flask) -> None:
    """Mark and limit the views that Flask-Security brought."""
    tries = limiter.shared_limit(TRIES, scope="tries", key_func=_whose, methods=["POST"])
    views: dict[str, Any] = dict(app.view_functions)
    for endpoint, view in views.items():
        if not endpoint.startswith("security.") or endpoint.endswith(".static"):
            continue
        if endpoint in NOT_THERE:
            app.view_functions[endpoint] = public(_not_there)
            continue
        view = OURS.get(endpoint, view)
        if endpoint in REFUSING:
            view = _refusing(view)
        if endpoint == "security.two_factor_token_validation":
            view = _for_strangers(view)
        if endpoint in TRYING:
            view = tries(view)
        if endpoint in LIMITS:
            view = limiter.limit(LIMITS[endpoint], methods=["POST"])(view)
        mark = signed_in if endpoint in SIGNED_IN else public
        app.view_functions[endpoint] = mark(view)
