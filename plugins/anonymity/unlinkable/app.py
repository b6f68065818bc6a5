"""The application below `/a`: it has never met a member.

It knows no cookie, no session, no secret and no main database; only the file of `store` and what is in a request.
Nothing of a request is logged.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_babel import Babel
from werkzeug.exceptions import HTTPException

from core.config import Config
from core.database import now as clock
from plugins.anonymity.unlinkable import answers, api, queries, redemption, shell
from plugins.anonymity.unlinkable.redemption import Asked, NotRedeemed, NotYetReady
from plugins.anonymity.unlinkable.shell import Names
from plugins.anonymity.unlinkable.store import Store

log = logging.getLogger(__name__)
PATH = "/a"
MOST_BYTES = 64 * 1024
CLOSED = (
    "Too few people have a voice for this place this week, so it would not hide you. "
    "Write on the board of the borough, or sign in and choose another way to write."
)
STOPPED = "A coordinator has stopped this voice until its week ends on Sunday night."
IS_COOKIE = (
    "Your browser sent a cookie along, which could tell who you are. Send the request without cookies and credentials."
)


@dataclass(frozen=True)
class Rules:
    """What the instance's configuration says to this side."""

    crowd_least: int
    is_https: bool
    members_origin: str | None
    names: Names


def rules_of(config: Config) -> Rules:
    """Return the rules by a configuration; the members' origin is set only when this side has another host."""
    lines = config.plugin["anonymity"]
    own, members = urlsplit(str(lines["unlinkable_url"])), urlsplit(config.public_url)
    is_elsewhere = bool(own.netloc) and (own.scheme, own.netloc) != (members.scheme, members.netloc)
    return Rules(
        crowd_least=int(lines["crowd_least"]),
        is_https=(own.scheme if own.netloc else members.scheme) == "https",
        members_origin=f"{members.scheme}://{members.netloc}" if is_elsewhere else None,
        names=Names(config.site_name, config.public_url if is_elsewhere else ""),
    )


def create(store: Store, rules: Rules, now: Callable[[], datetime] = clock) -> Flask:
    """Return the application on a store; it is to be mounted at `PATH`."""
    app = Flask(__name__, static_folder=None, template_folder="../templates")
    app.config.update(MAX_CONTENT_LENGTH=MOST_BYTES, PROPAGATE_EXCEPTIONS=False)
    app.url_map.strict_slashes = False
    Babel(app, default_timezone="Europe/London")

    @app.before_request
    def look_first() -> Response | None:
        if "Cookie" in request.headers:
            return answers.problem(400, IS_COOKIE) if _is_api() else shell.cookie_page(rules.names)
        if request.method == "OPTIONS":
            return answers.preflight() if rules.members_origin else answers.problem(405, "Nothing to ask for here.")
        g.now = now()
        return _redeem(store, rules) if _is_api() else None

    @app.after_request
    def finish(response: Response) -> Response:
        return answers.finish(response, is_https=rules.is_https, origin=rules.members_origin)

    api.register(app, store)
    shell.register(app, rules.names)
    _init_errors(app)
    return app


def _is_api() -> bool:
    return request.path.startswith("/api/") or request.path == "/api"


def _redeem(store: Store, rules: Rules) -> Response | None:
    asked = Asked(request.method, _path_as_sent(), request.get_data())
    shown = (request.headers.get("Anon-Credential", ""), request.headers.get("Anon-Proof", ""))
    with store.reading() as db:
        voice = redemption.redeem(db, asked, shown, g.now)
        is_banned = queries.is_banned(db, voice.ref)
    if voice.issued < rules.crowd_least:
        return answers.problem(403, CLOSED)
    g.voice, g.is_banned = voice, is_banned
    return answers.problem(403, STOPPED) if is_banned and not _may_even_if_stopped() else None


def _may_even_if_stopped() -> bool:
    """Whether a stopped voice may ask this: how it stands, and to take its own posts back."""
    return request.method == "DELETE" or request.path == "/api/me"


def _path_as_sent() -> str:
    """Return path and query as the client sent them; none of our own paths has a sign that would be encoded."""
    query = request.environ.get("QUERY_STRING", "")
    path = f"{request.environ.get('SCRIPT_NAME', '')}{request.environ.get('PATH_INFO', '')}"
    return f"{path}?{query}" if query else path


def _init_errors(app: Flask) -> None:
    @app.errorhandler(NotRedeemed)
    def on_not_redeemed(problem: NotRedeemed) -> Response:
        return answers.problem(401, str(problem))

    @app.errorhandler(NotYetReady)
    def on_not_ready(_problem: NotYetReady) -> Response:
        return answers.problem(503, "The week has just begun. Wait two minutes, then send it again.")

    @app.errorhandler(HTTPException)
    def on_http(problem: HTTPException) -> Response:
        status = problem.code or 500
        detail = {
            404: "There is nothing at this address. Check it.",
            405: "This address does not take such a request.",
            413: f"The request is too long: {MOST_BYTES} bytes are the most. Shorten the text and send it again.",
        }.get(status, "The request was not understood. Check it and send it again.")
        return answers.problem(status, detail)

    @app.errorhandler(Exception)
    def on_bug(problem: Exception) -> Any:
        # Its kind and no more: an address or a text of a request must not stand in a log.
        log.error("a request to the unlinkable side failed: %s", type(problem).__name__)
        return answers.problem(500, "This is our mistake. Wait a few minutes, then send it again.")
