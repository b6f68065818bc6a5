"""Calendar files over HTTP: public, without cookie or name, and cheap to ask for again."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Response, abort, request
from flask_babel import gettext as _

from core import wards
from core.database import now, sql
from core.instance import instance
from core.web.access import public
from plugins.police_links import queries
from plugins.police_links.calendar_feed import calendar
from plugins.police_links.queries import SessionRow

FRESH_SECONDS = 900


def add_rules(bp: Blueprint) -> None:
    """Add the calendar files to the plugin's blueprint."""
    bp.add_url_rule("/sessions.ics", "borough_calendar", borough_calendar)
    bp.add_url_rule("/sessions/<string(length=32):session_id>.ics", "session_calendar", session_calendar)
    bp.add_url_rule("/<ward_code>/sessions.ics", "ward_calendar", ward_calendar)


@public
def borough_calendar() -> Response:
    """Return the sessions of all wards."""
    return feed_response(queries.feed_sessions(sql.session, now()), instance().config.borough_name)


@public
def ward_calendar(ward_code: str) -> Response:
    """Return the sessions of one ward, and those for the whole borough."""
    borough = instance().config.borough
    if ward_code != borough and not wards.is_ward(ward_code):
        abort(404)
    return feed_response(queries.feed_sessions(sql.session, now(), {ward_code, borough}), wards.name_of(ward_code))


@public
def session_calendar(session_id: str) -> Response:
    """Return one session; also to keep after booking. It says nothing about who asks."""
    found = queries.session_row(sql.session, session_id)
    if found is None:
        abort(404)
    return feed_response([found], wards.name_of(found.ward_code))


def feed_response(sessions: Iterable[SessionRow], place: str) -> Response:
    """Return a calendar file with an ETag, so that a program asking again is answered with 304."""
    config = instance().config
    body = calendar(
        sessions,
        name=_("Contact sessions: %(place)s", place=place),
        realm=f"{config.borough.lower()}.boroughwatch",
        public_url=config.public_url,
    )
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={FRESH_SECONDS}"
    response.add_etag()
    response.make_conditional(request)
    return response
