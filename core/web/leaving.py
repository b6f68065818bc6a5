"""The quick way out: forget this browser's sign-in, show the weather, and keep Back from leading home.

A browser's history cannot be erased from a page. So the way out leaves a short-lived mark, and for as
long as it holds, pages that are reached by Back or by a link of ours turn into the weather. Typing the
address, or opening a bookmark, is a wish to come back: it lifts the mark.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, request, session
from flask.blueprints import BlueprintSetupState

from core.web.access import public
from core.web.security import csrf

WEATHER_URL = "https://www.bbc.co.uk/weather"
MARK = "gone"
MARK_SECONDS = 15 * 60


def init_leaving(blueprint: Blueprint) -> None:
    """Add `/leave`, the check for those who have left, and `weather_url` for templates."""

    def tell_templates(state: BlueprintSetupState) -> None:
        state.app.jinja_env.globals["weather_url"] = weather_url

    # Leaving must never fail for want of a token; the worst a stranger can do with it is sign somebody out.
    csrf.exempt(leave)
    blueprint.add_url_rule("/leave", "leave", leave, methods=["GET", "POST"])
    blueprint.before_app_request(stay_away)
    blueprint.after_app_request(lift_mark)
    blueprint.record_once(tell_templates)


def weather_url() -> str:
    """Return where leaving leads; `LEAVE_URL` in the app's config replaces it where there is no internet."""
    return str(current_app.config.get("LEAVE_URL", WEATHER_URL))


@public
def leave() -> Response:
    """Sign out and mark this browser; a link is sent on to the weather, a script goes there by itself."""
    session.clear()
    answer = make_response("", 204) if request.method == "POST" else make_response(redirect(weather_url(), 303))
    answer.set_cookie(MARK, "1", max_age=MARK_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure)
    return answer


def stay_away() -> Any:
    """Answer with the weather when somebody who has just left is led here by Back."""
    if MARK in request.cookies and _is_page() and not _is_wished() and request.endpoint != "core.leave":
        return redirect(weather_url(), 303)
    return None


def lift_mark(response: Response) -> Response:
    """Forget that somebody left once they come back on purpose."""
    if MARK in request.cookies and _is_page() and _is_wished() and request.endpoint != "core.leave":
        response.delete_cookie(MARK, httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def _is_page() -> bool:
    return request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate"


def _is_wished() -> bool:
    # Fetch Metadata: "none" is an address typed or a bookmark; Back repeats what the page was first opened with.
    return request.headers.get("Sec-Fetch-Site") in ("none", "cross-site")
