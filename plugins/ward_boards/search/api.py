"""The search and "me too" in the JSON API: the same reads and services as the pages."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core import wards
from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import PageArgs, Problem, api_requires, paged
from core.web.security import limiter
from plugins.ward_boards import access, conversation
from plugins.ward_boards.search import finding, me_too, results, wish
from plugins.ward_boards.search.finding import Search
from plugins.ward_boards.search.pages import ORDERS, read_after
from plugins.ward_boards.search.results import Hit
from plugins.ward_boards.search.wish import LONGEST_QUERY


class SearchArgs(PageArgs):
    """What to look for: words, and phrases in double quotes; all of them must be there."""

    q = fields.String(required=True, validate=validate.Length(1, LONGEST_QUERY))
    ward = fields.String(load_default=None)
    order = fields.String(load_default=ORDERS[0], validate=validate.OneOf(ORDERS))


class SearchHitSchema(Schema):
    """A post or an alert that was found. `excerpt` is plain text around the words."""

    kind = fields.String(metadata={"description": "post or alert"})
    id = fields.String()
    thread = fields.String(allow_none=True)
    number = fields.Integer(allow_none=True)
    title = fields.String()
    excerpt = fields.String()
    wards = fields.List(fields.String())
    by = fields.String()
    date = fields.Date(metadata={"description": "day of writing; never finer"})


class SearchListSchema(Schema):
    """A page of hits."""

    items = fields.List(fields.Nested(SearchHitSchema))
    next = fields.String(allow_none=True)


class MeTooSchema(Schema):
    """How many said that they saw the same."""

    me_too = fields.Integer()


def register(bp: Blueprint) -> None:
    """Add these resources to the plugin's API blueprint."""

    @bp.get("/search")
    @bp.arguments(SearchArgs, location="query")
    @bp.response(200, SearchListSchema)
    @api_requires("read")
    @limiter.limit("120/minute")
    def search(args: dict[str, Any]) -> dict[str, Any]:
        """Look for words in all posts and alerts you may read, newest first or (order=best) by how well they fit."""
        wanted, after = wish.parse(args["q"]), read_after(args["after"])
        if not wanted.phrases:
            raise Problem(422, "Nothing to look for", "'q' must have a word in it.")
        if after is None:
            raise Problem(422, "Unknown cursor", "Send 'after' exactly as 'next' gave it, or leave it out.")
        if args["ward"] is not None and args["ward"] not in {row.code for row in wards.boards()}:
            raise Problem(422, "No such board", "'ward' is the GSS code of this borough or one of its wards.")
        looked = Search(wanted, args["ward"], after, args["limit"])
        look = finding.best if args["order"] == "best" else finding.newest
        moment = now()
        page = look(sql.session, viewer(), looked, now=moment)
        return paged([_shown(hit) for hit in results.hits(page.rows, wanted.words, now=moment)], page.after)

    @bp.post("/threads/<thread_id>/me-too")
    @bp.response(200, MeTooSchema)
    @api_requires("post", access.POST)
    def say_me_too(thread_id: str) -> dict[str, int]:
        """Say that you saw the same; again changes nothing."""
        return _act(thread_id, me_too.me_too)

    @bp.delete("/threads/<thread_id>/me-too")
    @bp.response(200, MeTooSchema)
    @api_requires("post", access.POST)
    def take_back_me_too(thread_id: str) -> dict[str, int]:
        """Take it back."""
        return _act(thread_id, me_too.take_back)


def _shown(hit: Hit) -> dict[str, Any]:
    row = hit.row
    at = row.published_at or row.sent
    return {
        "kind": "post" if row.is_post else "alert",
        "id": row.post_id or row.alert_id,
        "thread": row.thread_id,
        "number": row.number,
        "title": "".join(piece.text for piece in hit.title),
        "excerpt": "".join(piece.text for piece in hit.excerpt),
        "wards": list(row.ward_codes),
        "by": hit.by,
        "date": None if at is None else at.date(),
    }


def _act(thread_id: str, verb: Any) -> dict[str, int]:
    if conversation.thread_view(sql.session, viewer(), thread_id) is None:
        raise Problem(404, "No such thread", "There is none by this id that you may read.")
    try:
        with transaction() as db:
            verb(db, viewer(), thread_id)
    except me_too.NotHere:
        raise Problem(403, "Not on this thread", "It is not on the boards, or you may not write there.") from None
    view = conversation.thread_view(sql.session, viewer(), thread_id)
    return {"me_too": 0 if view is None else view.me_too_count}
