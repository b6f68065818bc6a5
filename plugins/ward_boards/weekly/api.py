"""The weekly letter in the JSON API, for those who send one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core import permissions
from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires, paged
from plugins.ward_boards.weekly import queries, services
from plugins.ward_boards.weekly.queries import LetterRow
from plugins.ward_boards.weekly.rights import SEND
from plugins.ward_boards.weekly.services import LetterGone, StaleLetter, UnfitLetter, Wording

Answer = TypeVar("Answer")


class WeeklyLetterSchema(Schema):
    """A board's letter of one week; `state` is draft, sent, covered (by another board's letter) or lapsed."""

    id = fields.String()
    ward = fields.String()
    week = fields.Date()
    state = fields.String()
    title = fields.String()
    text = fields.String()
    revision = fields.Integer()
    sent_to = fields.List(fields.String())
    thread = fields.String(allow_none=True)


class WeeklyLetterListSchema(Schema):
    """The letters that wait, and those sent lately."""

    items = fields.List(fields.Nested(WeeklyLetterSchema))
    next = fields.String(allow_none=True)


class WeeklyWordingSchema(Schema):
    """A letter as it should be, and the revision it was written from."""

    title = fields.String(required=True)
    text = fields.String(required=True)
    revision = fields.Integer(required=True, validate=validate.Range(1, 1_000_000))


class WeeklySendingSchema(WeeklyWordingSchema):
    """The same, and the further boards it goes to."""

    wards = fields.List(fields.String(), load_default=[], validate=validate.Length(max=60))


def register(bp: Blueprint) -> None:
    """Add the letters to the API of the boards."""

    @bp.get("/letters")
    @bp.response(200, WeeklyLetterListSchema)
    @api_requires("read", SEND)
    def list_letters() -> dict[str, Any]:
        """List the letters that wait for you, and the last that went out."""
        codes = permissions.wards_where(viewer(), SEND)
        rows = [*queries.drafts(sql.session, codes), *queries.sent(sql.session, codes)]
        return paged([_shown(row) for row in rows], None)

    @bp.put("/letters/<board_letter_id>")
    @bp.arguments(WeeklyWordingSchema)
    @bp.response(200, WeeklyLetterSchema)
    @api_requires("post", SEND)
    def change_letter(body: dict[str, Any], board_letter_id: str) -> dict[str, Any]:
        """Change a letter that waits."""
        wording = Wording(body["title"], body["text"], body["revision"])
        _attempt(lambda db: services.edit(db, viewer(), board_letter_id, wording))
        return _shown(_letter(board_letter_id))

    @bp.post("/letters/<board_letter_id>/send")
    @bp.arguments(WeeklySendingSchema)
    @bp.response(201, WeeklyLetterSchema)
    @api_requires("post", SEND)
    def send_letter(body: dict[str, Any], board_letter_id: str) -> dict[str, Any]:
        """Send a letter, once, to its board and further ones."""
        wording = Wording(body["title"], body["text"], body["revision"], tuple(body["wards"]))
        _attempt(lambda db: services.send(db, viewer(), board_letter_id, wording, now=now()))
        return _shown(_letter(board_letter_id))


def _attempt(act: Callable[[Any], Answer]) -> Answer:
    sql.session.rollback()  # what was read so far belongs to a snapshot from before this write
    try:
        with transaction() as db:
            return act(db)
    except UnfitLetter as unfit:
        raise Problem(422, "Not possible", " ".join(unfit.faults.values())) from None
    except StaleLetter:
        raise Problem(409, "Changed meanwhile", "Read the letter again; its 'revision' has moved on.") from None
    except LetterGone as gone:
        if not gone.state:
            raise Problem(404, "No such letter", "There is none by this id.") from None
        raise Problem(409, "No longer waiting", f"This letter is {gone.state}.") from None


def _letter(board_letter_id: str) -> LetterRow:
    row = queries.letter(sql.session, board_letter_id)
    if row is None:
        raise Problem(404, "No such letter", "There is none by this id.")
    return row


def _shown(row: LetterRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "ward": row.ward_code,
        "week": row.week_on,
        "state": row.state,
        "title": row.title,
        "text": row.text,
        "revision": row.revision,
        "sent_to": list(row.sent_codes),
        "thread": row.thread_id,
    }
