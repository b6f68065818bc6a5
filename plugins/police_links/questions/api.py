"""Questions for programs: read with scope `read` what the page shows, ask and say "me too" with scope `police`."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import PageArgs, Problem, api_requires, paged
from plugins.police_links import queries
from plugins.police_links.contact_sessions import NoSuchSession, SessionClosed
from plugins.police_links.queries import SessionRow
from plugins.police_links.questions import asking, pages
from plugins.police_links.questions.asking import ASK, LONGEST, EnoughAsked, NoSuchQuestion, OwnCase


class SessionQuestionSchema(Schema):
    """A question; `wanted` is how many members want it answered, `is_mine` whether the token's member does."""

    id = fields.String()
    words = fields.String()
    wanted = fields.Integer()
    is_mine = fields.Boolean()
    answer = fields.String(allow_none=True)
    answered_on = fields.Date(allow_none=True)


class SessionQuestionListSchema(Schema):
    """Questions, most wanted first. Those that wait are for verified members; answers are for all."""

    items = fields.List(fields.Nested(SessionQuestionSchema))
    next = fields.String(allow_none=True)


class NewQuestionSchema(Schema):
    """A question to put. It carries nobody's name."""

    words = fields.String(required=True, validate=[validate.Length(1, LONGEST), validate.Regexp(r"\s*\S")])


class CountedSchema(Schema):
    """The question where the token's member is counted now; it is another one when several were merged."""

    question = fields.String()
    is_new = fields.Boolean()


def add_resources(bp: Blueprint) -> None:
    """Add the questions of a session to the plugin's API."""

    @bp.get("/police/sessions/<session_id>/questions")
    @api_requires("read")
    @bp.arguments(PageArgs, location="query")
    @bp.response(200, SessionQuestionListSchema)
    def question_list(args: dict[str, Any], session_id: str) -> dict[str, Any]:
        shown = pages.shown_to(viewer(), _known(session_id))
        rows = sorted([*shown.answered, *shown.waiting], key=lambda row: (-row.wanted, row.id))
        start = next((place + 1 for place, row in enumerate(rows) if row.id == args["after"]), 0)
        found, limit = rows[start:], args["limit"]
        items = [row.__dict__ | {"answer": row.answer or None} for row in found[:limit]]
        return paged(items, found[limit - 1].id if len(found) > limit else None)

    @bp.post("/police/sessions/<session_id>/questions")
    @api_requires("police", ASK)
    @bp.arguments(NewQuestionSchema)
    @bp.response(201, CountedSchema)
    @bp.alt_response(200, schema=CountedSchema, description="It is on the list already; the member is counted there.")
    def ask(given: dict[str, Any], session_id: str) -> Any:
        try:
            with transaction() as db:
                question_id, is_new = asking.ask(db, viewer(), session_id, given["words"], now())
        except OwnCase:
            told = "It looks like a question about an own case. Call 101, or use the online route; see /police/report."
            raise Problem(422, "Not here", told, code="own_case") from None
        except EnoughAsked:
            told = f"You have put {asking.MOST_QUESTIONS} questions to this session. You can still say me too."
            raise Problem(409, "Enough asked", told, code="enough") from None
        except NoSuchSession:
            raise _no_session() from None
        except SessionClosed:
            raise _closed() from None
        return {"question": question_id, "is_new": is_new}, (201 if is_new else 200)

    @bp.post("/police/sessions/<session_id>/questions/<question_id>/me-too")
    @api_requires("police", ASK)
    @bp.response(201, CountedSchema)
    @bp.alt_response(200, schema=CountedSchema, description="The member was counted before.")
    def me_too(session_id: str, question_id: str) -> Any:
        try:
            with transaction() as db:
                found, is_new = asking.me_too(db, viewer(), session_id, question_id, at=now())
        except NoSuchSession:
            raise _no_session() from None
        except NoSuchQuestion:
            raise Problem(404, "No such question", "It may have been left out or taken back.") from None
        except SessionClosed:
            raise _closed() from None
        return {"question": found, "is_new": is_new}, (201 if is_new else 200)


def _known(session_id: str) -> SessionRow:
    found = queries.session_row(sql.session, session_id)
    if found is None:
        raise _no_session()
    return found


def _no_session() -> Problem:
    return Problem(404, "No such session", "It may never have been here. See /api/v1/police/sessions.")


def _closed() -> Problem:
    return Problem(409, "No more questions", "The session was called off, or it has begun.", code="closed")
