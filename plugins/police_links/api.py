"""The police pages for programs: doors and sessions are public as the pages are; booking needs scope `police`."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core import wards
from core.database import now, sql, transaction
from core.instance import instance
from core.web.access import viewer
from core.web.api import PageArgs, Problem, api_public, api_requires, paged
from plugins.police_links import calendar_views, contact_sessions, directory, doors, queries
from plugins.police_links.contact_sessions import (
    BOOK,
    MOST_PLACES,
    PUBLISH,
    BadPlan,
    NoSuchSession,
    Plan,
    SessionClosed,
    SessionFull,
)
from plugins.police_links.doors import ShownDoor
from plugins.police_links.police_data import queries as data
from plugins.police_links.queries import SessionRow
from plugins.police_links.questions import api as questions


class DoorSchema(Schema):
    """One way to the police: what it is for and not for; `url` and `hours` null when not known."""

    kind = fields.String()
    title = fields.String()
    is_for = fields.String()
    not_for = fields.String()
    url = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    hours = fields.String(allow_none=True)
    source = fields.String(allow_none=True)
    last_checked_on = fields.Date(allow_none=True)


class EmergencySchema(Schema):
    """The numbers to show before anything else, with their text relay."""

    emergency = fields.String()
    emergency_text_relay = fields.String()
    not_urgent = fields.String()
    not_urgent_text_relay = fields.String()


class PolicePrioritySchema(Schema):
    """What a ward's officers say they work on; `stale` when nothing was said of it for 90 days."""

    issue = fields.String()
    issued_on = fields.Date(allow_none=True)
    action = fields.String()
    acted_on = fields.Date(allow_none=True)
    stale = fields.Boolean()


class PoliceFiguresSchema(Schema):
    """How many reports data.police.uk has for a ward and month (`YYYY-MM`), by its kinds."""

    month = fields.String()
    total = fields.Integer()
    by_category = fields.Dict(keys=fields.String(), values=fields.Integer())


class PoliceWardSchema(Schema):
    """The doors of a ward, and what the open data of the police says of it."""

    ward = fields.String()
    name = fields.String()
    force = fields.String()
    neighbouring_force = fields.String(allow_none=True)
    call = fields.Nested(EmergencySchema)
    doors = fields.List(fields.Nested(DoorSchema))
    others = fields.List(fields.Nested(DoorSchema))
    priorities = fields.List(fields.Nested(PolicePrioritySchema))
    figures = fields.List(fields.Nested(PoliceFiguresSchema))


class ContactSessionSchema(Schema):
    """A contact session; `state` is `open` or `cancelled`. Nobody's name is anywhere in it."""

    id = fields.String()
    ward = fields.String()
    title = fields.String()
    place = fields.String()
    details = fields.String()
    starts_at = fields.AwareDateTime(format="iso")
    ends_at = fields.AwareDateTime(format="iso")
    capacity = fields.Integer()
    places_left = fields.Integer()
    state = fields.String()
    sequence = fields.Integer()
    cancel_reason = fields.String(allow_none=True)


class ContactSessionListSchema(Schema):
    """Sessions, soonest first."""

    items = fields.List(fields.Nested(ContactSessionSchema))
    next = fields.String(allow_none=True)


class NewSessionSchema(Schema):
    """A session to publish; times with their offset (RFC 3339)."""

    ward = fields.String(required=True, validate=validate.Length(1, 9))
    title = fields.String(required=True, validate=validate.Length(1, 120))
    place = fields.String(required=True, validate=validate.Length(1, 200))
    details = fields.String(load_default="", validate=validate.Length(max=1000))
    starts_at = fields.AwareDateTime(format="iso", required=True)
    ends_at = fields.AwareDateTime(format="iso", required=True)
    capacity = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_PLACES))


class SessionListArgs(PageArgs):
    """Query of the list of sessions."""

    ward = fields.String(load_default=None)


class CancellationSchema(Schema):
    """Why a session is called off; everyone can read it."""

    reason = fields.String(load_default="", validate=validate.Length(max=200))


class BookingSchema(Schema):
    """The token's member holds a place."""

    session = fields.String()
    is_new = fields.Boolean()


def blueprint() -> Blueprint:
    """Return the API resources under `/api/v1/police`.

    Who may ask stands above what is read: else a stranger's bad body is answered before the missing token.
    """
    bp = Blueprint("police_links_api", __name__, url_prefix="/api/v1", description="Ways to the police, and sessions")
    _add_reading(bp)
    _add_organising(bp)
    _add_booking(bp)
    questions.add_resources(bp)
    return bp


def _add_reading(bp: Blueprint) -> None:
    @bp.get("/police/wards/<ward_code>")
    @api_public
    @bp.response(200, PoliceWardSchema)
    def police_ward(ward_code: str) -> dict[str, Any]:
        _known_place(ward_code)
        neighbour = doors.force_next_door(ward_code)
        return {
            "ward": ward_code,
            "name": wards.name_of(ward_code),
            "force": directory.own_force().name,
            "neighbouring_force": neighbour.name if neighbour else None,
            "call": {
                "emergency": "999",
                "emergency_text_relay": "18000",
                "not_urgent": "101",
                "not_urgent_text_relay": "18001 101",
            },
            "doors": [_door(door) for door in directory.main_doors(sql.session, ward_code)],
            "others": [_door(door) for door in directory.other_doors(sql.session, ward_code)],
            **_open_data(ward_code),
        }

    @bp.get("/police/sessions")
    @api_public
    @bp.arguments(SessionListArgs, location="query")
    @bp.response(200, ContactSessionListSchema)
    def session_list(args: dict[str, Any]) -> dict[str, Any]:
        places = None
        if args["ward"]:
            _known_place(args["ward"])
            places = {args["ward"], instance().config.borough}
        limit = args["limit"]
        found = queries.coming_sessions(sql.session, now(), places, limit=limit + 1, after=args["after"])
        return paged([_session(row) for row in found[:limit]], found[limit - 1].id if len(found) > limit else None)

    @bp.get("/police/sessions.ics")
    @api_public
    @bp.response(200, {"type": "string"}, content_type="text/calendar")
    def session_feed() -> Response:
        sessions = queries.feed_sessions(sql.session, now())
        return calendar_views.feed_response(sessions, instance().config.borough_name)

    @bp.get("/police/sessions/<session_id>")
    @api_public
    @bp.response(200, ContactSessionSchema)
    def one_session(session_id: str) -> dict[str, Any]:
        return _session(_known_session(session_id))


def _add_organising(bp: Blueprint) -> None:
    @bp.post("/police/sessions")
    @api_requires("police", PUBLISH)
    @bp.arguments(NewSessionSchema)
    @bp.response(201, ContactSessionSchema)
    def publish(given: dict[str, Any]) -> dict[str, Any]:
        _known_place(given["ward"], status=422)
        plan = Plan(
            ward_code=given["ward"],
            title=given["title"].strip(),
            place=given["place"].strip(),
            details=given["details"].strip(),
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            capacity=given["capacity"],
        )
        try:
            with transaction() as db:
                session_id = contact_sessions.publish(db, viewer(), plan, now())
        except BadPlan as wrong:
            errors = {wrong.field: [str(wrong)]}
            raise Problem(422, "This session cannot take place", str(wrong), errors=errors) from None
        return _session(_known_session(session_id))

    @bp.post("/police/sessions/<session_id>/cancel")
    @api_requires("police", PUBLISH)
    @bp.arguments(CancellationSchema)
    @bp.response(200, ContactSessionSchema)
    def cancel(given: dict[str, Any], session_id: str) -> dict[str, Any]:
        try:
            with transaction() as db:
                contact_sessions.cancel(db, viewer(), session_id, reason=given["reason"].strip(), at=now())
        except NoSuchSession:
            raise _no_session() from None
        except SessionClosed:
            raise Problem(409, "Too late", "This session is over.") from None
        return _session(_known_session(session_id))


def _add_booking(bp: Blueprint) -> None:
    @bp.post("/police/sessions/<session_id>/bookings")
    @api_requires("police", BOOK)
    @bp.response(201, BookingSchema)
    @bp.alt_response(200, schema=BookingSchema, description="The place was held before.")
    def book(session_id: str) -> Any:
        try:
            with transaction() as db:
                place = contact_sessions.book(db, viewer(), session_id, now())
        except NoSuchSession:
            raise _no_session() from None
        except SessionFull:
            raise Problem(409, "No place left", "Every place is taken.", code="full") from None
        except SessionClosed:
            raise Problem(409, "Booking is closed", "It was called off, or it has begun.", code="closed") from None
        return {"session": session_id, "is_new": place.is_new}, (201 if place.is_new else 200)

    @bp.delete("/police/sessions/<session_id>/bookings")
    @api_requires("police")
    @bp.response(204)
    def give_back(session_id: str) -> None:
        with transaction() as db:
            freed = contact_sessions.give_back(db, viewer().member_id or "", session_id)
        if not freed:
            raise Problem(404, "No place to give back", "You hold no place at this session.")


def _open_data(ward_code: str) -> dict[str, Any]:
    today, db = now().date(), sql.session
    return {
        "priorities": [row._asdict() | {"stale": row.is_stale(today)} for row in data.priorities(db, ward_code)],
        "figures": [
            {"month": row.month, "total": row.total, "by_category": dict(row.kinds)}
            for row in data.months(db, ward_code)
        ],
    }


def _door(door: ShownDoor) -> dict[str, Any]:
    return {
        "kind": door.kind,
        "title": door.words.title,
        "is_for": door.words.is_for,
        "not_for": door.words.not_for,
        "url": door.url,
        "phone": door.phone,
        "hours": door.hours or None,
        "source": door.source or None,
        "last_checked_on": door.last_checked_on,
    }


def _session(row: SessionRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "ward": row.ward_code,
        "title": row.title,
        "place": row.place,
        "details": row.details,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "capacity": row.capacity,
        "places_left": row.places_left,
        "state": row.state,
        "sequence": row.sequence,
        "cancel_reason": row.cancel_reason or None,
    }


def _known_place(code: str, status: int = 404) -> None:
    if code not in {row.code for row in wards.boards()}:
        raise Problem(status, "No such ward", "Use the GSS code of a ward of this borough; see /api/v1/wards.")


def _known_session(session_id: str) -> SessionRow:
    found = queries.session_row(sql.session, session_id)
    if found is None:
        raise _no_session()
    return found


def _no_session() -> Problem:
    return Problem(404, "No such session", "It may never have been here. See /api/v1/police/sessions.")
