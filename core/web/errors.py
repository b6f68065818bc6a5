"""What people and machines see when something is refused or breaks: a sentence, never a traceback."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, render_template
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from core import permissions
from core.permissions import Denied
from core.storage import StoreUnavailable
from core.web import access, api, role_words

log = logging.getLogger(__name__)


def _words(status: int) -> tuple[str, str, str]:
    known = {
        400: (
            _("We could not read that"),
            _("Your browser sent something we did not understand."),
            _("Go back, check what you typed and send it again."),
        ),
        403: (_("You may not see this"), _("Your account does not have this right."), _("Go to the home page.")),
        404: (
            _("This page is not here"),
            _("It may have been removed, or the address has a mistake."),
            _("Check the address, or go to the home page."),
        ),
        405: (_("That does not work here"), _("This page cannot do that."), _("Go back and use the buttons.")),
        413: (
            _("That file is too big"),
            _("We can take files of up to 12 MB."),
            _("Go back and send a smaller photo, or a PDF with fewer pages."),
        ),
        429: (
            _("Too many tries"),
            _("You did this many times in a short while."),
            _("Wait a few minutes and try again."),
        ),
        503: (
            _("We cannot save anything just now"),
            _("The server has a problem with its storage. Nothing you sent was lost on the way in: it was not kept."),
            _("Wait a few minutes, then send it again."),
        ),
    }
    fallback = (
        _("Something went wrong here"),
        _("This is our mistake, not yours."),
        _("Try again in a few minutes. If it happens again, tell a volunteer of your group."),
    )
    return known.get(status, fallback)


def page(status: int, sentence: str = "", hint: str = "") -> tuple[Any, int]:
    """Return an error page; `sentence` and `hint` replace the general ones. Needs neither database nor viewer."""
    title, general, what_to_do = _words(status)
    text = render_template(
        "core/error.html", status=status, title=title, sentence=sentence or general, what_to_do=hint or what_to_do
    )
    return text, status


def init_errors(app: Flask) -> None:
    """Attach the handlers."""

    @app.errorhandler(api.Problem)
    def on_problem(problem: api.Problem) -> Any:
        return api.problem_response(problem.status, problem.title, problem.detail, **problem.more)

    @app.errorhandler(Denied)
    def on_denied(denied: Denied) -> Any:
        who = access.viewer()
        if permissions.lacks_second_factor(who, denied.permission) and not api.is_machine():
            return access.second_factor_first()
        needed = role_words.what_is_needed(who, denied.permission)
        if api.is_machine():
            return api.problem_response(403, "Not allowed", needed or denied.reason, code=denied.permission)
        hint = _("Start on the page My account.") if needed and not who.is_verified else ""
        # No role is missing: then a rule refused, and its reason is meant for the person.
        return page(403, needed or denied.reason[:1].upper() + denied.reason[1:], hint)

    @app.errorhandler(CSRFError)
    def on_csrf(_problem: CSRFError) -> Any:
        return page(
            400, _("This page was open for too long, so we could not be sure it was you. Go back and send it again.")
        )

    @app.errorhandler(HTTPException)
    def on_http(problem: HTTPException) -> Any:
        if api.is_machine():
            return api.http_problem(problem)
        if problem.code and problem.code < 400:
            return problem
        return page(problem.code or 500)

    @app.errorhandler(DataError)
    def on_unstorable(_problem: DataError) -> Any:
        # A database server refuses what is no text (a NUL sign), or a number or a date beyond its reach.
        if api.is_machine():
            return api.problem_response(400, "This cannot be stored", "A text holds a NUL sign or a number is too big.")
        return page(400)

    @app.errorhandler(StoreUnavailable)
    @app.errorhandler(OperationalError)
    def on_storage(problem: OperationalError | StoreUnavailable) -> Any:
        cause = problem.orig if isinstance(problem, OperationalError) else problem.__cause__
        log.error("the storage did not answer: %s", type(cause).__name__)
        answer = (
            api.problem_response(503, "Storage is not available", "Try again later.") if api.is_machine() else page(503)
        )
        response = app.make_response(answer)
        response.headers["Retry-After"] = "60"
        return response

    @app.errorhandler(Exception)
    def on_bug(problem: Exception) -> Any:
        if app.testing or app.config.get("PROPAGATE_EXCEPTIONS"):
            raise problem
        log.exception("a page failed")
        if api.is_machine():
            return api.problem_response(500, "Something went wrong here", "This is our mistake. Try again later.")
        return page(500)
