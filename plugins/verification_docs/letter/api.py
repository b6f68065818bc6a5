"""The letter for machines: the member's side, beside the other addresses under `/api/v1/verification`."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields

from core.database import now, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires
from core.web.security import limiter
from plugins.verification_docs.letter import forms, queries, services
from plugins.verification_docs.names import SUBMIT
from plugins.verification_docs.problems import words


class LetterArgs(Schema):
    """Where the letter goes; `address` without name and postcode, lines parted by line breaks."""

    name_line = fields.String(load_default="", metadata={"description": "name on the bell; empty: 'The resident'"})
    address = fields.String(required=True)
    postcode = fields.String(required=True)


class LetterSchema(Schema):
    """The letter that the member waits for."""

    asked_on = fields.Date()
    until_on = fields.Date(allow_none=True, metadata={"description": "last day of its code, once it is in the post"})


class EnterArgs(Schema):
    """The code in the letter."""

    code = fields.String(required=True)


class EnteredSchema(Schema):
    """What came of it."""

    outcome = fields.String(metadata={"description": "right, wrong or used_up"})
    tries_left = fields.Integer(allow_none=True)


def add_to(bp: Blueprint) -> None:
    """Add these addresses to the plugin's API."""
    bp.post("/letter")(bp.arguments(LetterArgs)(bp.response(201, LetterSchema)(_ask)))
    bp.delete("/letter")(bp.response(204)(_cancel))
    bp.post("/letter/code")(bp.arguments(EnterArgs)(bp.response(200, EnteredSchema)(_enter)))


@api_requires("verify", SUBMIT)
@limiter.limit("20/hour")
def _ask(arguments: dict[str, Any]) -> dict[str, Any]:
    """Ask for a letter; the address is sealed to the reviewers at once."""
    address = forms.address_of(arguments["name_line"], arguments["address"], arguments["postcode"])
    for name, sentence in forms.problems(address).items():
        raise Problem(422, "The address was not taken", f"'{name}': {sentence}", code=name)
    with words(), transaction() as db:
        services.ask(db, _me(), address, now())
        letter = queries.own_letter(db, _me(), now().date())
    return {"asked_on": letter.asked_on if letter else None, "until_on": None}


@api_requires("verify", SUBMIT)
def _cancel() -> str:
    """Take the letter back; its code does not count any more."""
    with transaction() as db:
        services.cancel(db, _me())
    return ""


@api_requires("verify", SUBMIT)
@limiter.limit("20/hour")
def _enter(arguments: dict[str, Any]) -> dict[str, Any]:
    """Type the code of the letter; five tries."""
    if not forms.is_shaped(arguments["code"]):
        raise Problem(422, "The code was not taken", str(forms.CODE_SHAPE), code="code")
    with words(), transaction() as db:
        entered = services.enter(db, _me(), arguments["code"], now())
    left = entered.tries_left if entered.outcome == services.WRONG else None
    return {"outcome": entered.outcome, "tries_left": left}


def _me() -> str:
    return str(viewer().member_id)
