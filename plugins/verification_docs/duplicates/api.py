"""Numbers and meetings for machines, beside the other addresses under `/api/v1/verification`."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires
from core.web.security import limiter
from plugins.verification_docs import queries, refusals, reviewing
from plugins.verification_docs.duplicates import countries, deciding, forms, numbers, tags
from plugins.verification_docs.duplicates import queries as duplicate_queries
from plugins.verification_docs.duplicates.models import OUTCOMES
from plugins.verification_docs.models import WAITING
from plugins.verification_docs.names import REVIEW
from plugins.verification_docs.problems import words


class NumberArgs(Schema):
    """What a reviewer read on a photo document; `born_on` only where it is printed."""

    document_number = fields.String(required=True)
    country = fields.String(load_default=tags.HOME_COUNTRY)
    names = fields.String(required=True)
    born_on = fields.Date(load_default=None, allow_none=True)


class ComparedSchema(Schema):
    """Whether it is what the member typed."""

    matched = fields.Boolean()
    tries_left = fields.Integer()
    case_state = fields.String()


class SideSchema(Schema):
    """One of two accounts that met: not whose."""

    case_id = fields.String(allow_none=True)
    state = fields.String(allow_none=True)
    opened_on = fields.Date(allow_none=True)
    verified_on = fields.Date(allow_none=True)
    documents = fields.List(fields.String())


class MeetingSchema(Schema):
    """Two accounts with the same document or person."""

    id = fields.String()
    found_on = fields.Date()
    kinds = fields.List(fields.String(), metadata={"description": "document, person"})
    new = fields.Nested(SideSchema)
    old = fields.Nested(SideSchema)


class MeetingsSchema(Schema):
    """Those that the token's member may decide; `others` wait for somebody else."""

    items = fields.List(fields.Nested(MeetingSchema))
    others = fields.Integer()


class OutcomeArgs(Schema):
    """What holds."""

    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))


def add_to(bp: Blueprint) -> None:
    """Add these addresses to the plugin's API."""
    number = "/cases/<case_id>/evidence/<evidence_id>/number"
    bp.post(number)(bp.arguments(NumberArgs)(bp.response(200, ComparedSchema)(_compare_number)))
    bp.post(f"{number}/override")(bp.arguments(NumberArgs)(bp.response(204)(_override_number)))
    bp.get("/conflicts")(bp.response(200, MeetingsSchema)(_conflicts))
    bp.post("/conflicts/<conflict_id>/decision")(bp.arguments(OutcomeArgs)(bp.response(204)(_decide_conflict)))


@api_requires("review", REVIEW)
@limiter.limit("120/hour")
def _compare_number(arguments: dict[str, Any], case_id: str, evidence_id: str) -> dict[str, Any]:
    """Compare what the document shows with what the member typed; three tries, then another reviewer."""
    with words():
        read = _read(arguments, case_id, evidence_id)
        with transaction() as db:
            found = numbers.compare(db, _me(), evidence_id, read, now())
    return {"matched": found.matched, "tries_left": found.tries_left, "case_state": found.case_state}


@api_requires("review", REVIEW)
@limiter.limit("120/hour")
def _override_number(arguments: dict[str, Any], case_id: str, evidence_id: str) -> str:
    """As the second who failed, say that the member typed it wrong; a third must read the same."""
    with words():
        read = _read(arguments, case_id, evidence_id)
        with transaction() as db:
            numbers.ask_override(db, _me(), evidence_id, read, now())
    return ""


@api_requires("review", REVIEW)
def _conflicts() -> dict[str, Any]:
    """Return the pairs of accounts that met and wait for this reviewer."""
    rows, others = duplicate_queries.meetings(sql.session, _me())
    return {"items": [_meeting(row) for row in rows], "others": others}


@api_requires("review", REVIEW)
def _decide_conflict(arguments: dict[str, Any], conflict_id: str) -> str:
    """Say that they are two people, or which account of one person stays."""
    with words(), transaction() as db:
        pair = duplicate_queries.open_pair(db, conflict_id)
        # Of a meeting that they are part of themselves, a reviewer must not learn that there is one.
        if pair is None or duplicate_queries.is_side(pair, _me()):
            raise Problem(404, "No such conflict", "It may have been decided a moment ago.", code="no_conflict")
        deciding.decide(db, _me(), conflict_id, arguments["outcome"], now())
    return ""


def _read(arguments: dict[str, Any], case_id: str, evidence_id: str) -> numbers.ReadTags:
    """Return the tags of what was sent, made before any transaction and only for who has the case open."""
    reviewing.require_claim(sql.session, _me(), case_id, now())
    paper = next((p for p in queries.papers_of(sql.session, case_id) if p.id == evidence_id), None)
    if paper is None or paper.state != WAITING or paper.kind.name != "id":
        raise refusals.AlreadyDecided(evidence_id)
    country, born_on = arguments["country"].strip().upper(), arguments["born_on"]
    problem = forms.number_problem(arguments["document_number"])
    if problem:
        raise Problem(422, "The number was not taken", f"'document_number': {problem}", code="document_number")
    if not countries.is_known(country):
        detail = "'country' is a country's two letters as in ISO 3166, for example GB."
        raise Problem(422, "Unknown country", detail, code="country")
    if paper.document.shows_birth and born_on is None:
        raise Problem(
            422, "The day is missing", "'born_on' is the date of birth, for example 1985-03-27.", code="born_on"
        )
    if not tags.normal_names(arguments["names"]):
        raise Problem(422, "The names are missing", "'names' are all names as they are printed.", code="names")
    born_on = born_on if paper.document.shows_birth else None
    return numbers.tags_of(numbers.Typed(country, arguments["document_number"], arguments["names"], born_on))


def _meeting(row: duplicate_queries.MeetingRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "found_on": row.found_on,
        "kinds": row.kinds,
        "new": _side(row.new),
        "old": _side(row.old),
    }


def _side(side: duplicate_queries.Side) -> dict[str, Any]:
    names = ("case_id", "state", "opened_on", "verified_on")
    return {name: getattr(side, name) for name in names} | {"documents": [each.name for each in side.documents]}


def _me() -> str:
    return str(viewer().member_id)
