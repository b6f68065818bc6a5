"""Core's public pages: home, help, privacy, accessibility, theme and language, and health."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, jsonify, redirect, render_template, request
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest

from core import jobs, permissions, storage
from core.database import sql
from core.web import leaving, published
from core.web.access import is_second_factor_missing, public, viewer
from core.web.paths import own_path
from core.web.security import csrf
from core.web.shell import LANGUAGES, THEMES

YEAR_SECONDS = 365 * 24 * 3600
LOOPBACK = ("127.0.0.1", "::1")
_SUCCEEDED = Gauge("boroughwatch_job_last_success_timestamp_seconds", "When a regular job last ran to its end", ["job"])
SAID_BY_PROXIES = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")


def blueprint() -> Blueprint:
    """Return the blueprint `core`; account and admin pages join it under the same name prefix."""
    bp = Blueprint("core", __name__)
    bp.add_url_rule("/", "home", home)
    bp.add_url_rule("/help", "help", help_page)
    bp.add_url_rule("/privacy", "privacy", privacy_page)
    bp.add_url_rule("/accessibility", "accessibility", accessibility_page)
    # A token would put a session cookie on every page, and all a stranger could do here is turn on the dark.
    csrf.exempt(choose_look)
    bp.add_url_rule("/look", "look", choose_look, methods=["POST"])
    bp.add_url_rule("/.well-known/<document>.json", "document", published.document)
    leaving.init_leaving(bp)
    bp.add_url_rule("/healthz", "healthz", healthz)
    bp.add_url_rule("/readyz", "readyz", readyz)
    bp.add_url_rule("/metrics", "metrics", metrics)
    return bp


@public
def home() -> str:
    """Show what this is to a visitor, and what is new to a member."""
    return render_template("core/home.html", second_factor_missing=is_second_factor_missing())


@public
def help_page() -> str:
    """Explain in plain words."""
    return render_template("core/help.html")


@public
def privacy_page() -> str:
    """Say what is kept and for how long."""
    return render_template("core/privacy.html")


@public
def accessibility_page() -> str:
    """Say how to use the site and whom to tell when it does not work."""
    return render_template("core/accessibility.html")


@public
def choose_look() -> Any:
    """Remember the theme or the language in a cookie, and go back to a page of ours."""
    answer = redirect(own_path(request.form.get("back", "/")), 303)
    for name, choices in (("theme", THEMES), ("language", tuple(LANGUAGES))):
        chosen = request.form.get(name)
        if chosen in choices:
            answer.set_cookie(name, chosen, max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    return answer


@public
def healthz() -> Response:
    """The process is alive."""
    return jsonify(status="alive")


@public
def readyz() -> tuple[Response, int]:
    """Database, queue and file store answer; otherwise 503 with the name of what does not."""
    for name, check in (("database", _database), ("queue", _queue), ("vault", _vault)):
        try:
            check()
        except Exception:  # any failure of a part means this part is not ready
            return jsonify(status="not ready", part=name), 503
    return jsonify(status="ready"), 200


def _database() -> None:
    sql.session.execute(sa.text("SELECT 1 FROM core_ward LIMIT 1"))


def _queue() -> None:
    jobs.check_queue()


def _vault() -> None:
    storage.check()


@public
def metrics() -> Any:
    """Figures for Prometheus: to this machine, or to an admin; never anything about a person."""
    # Through a proxy on this machine the whole world comes from this machine.
    is_here = request.remote_addr in LOOPBACK and not any(name in request.headers for name in SAID_BY_PROXIES)
    if not is_here and not permissions.allowed(viewer(), "core.manage"):
        return "", 404
    for name, at in jobs.successes(sql.session).items():
        _SUCCEEDED.labels(job=name).set(at.timestamp())
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
