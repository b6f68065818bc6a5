"""The check in person for machines, beside the other addresses under `/api/v1/verification`."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core import wards
from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires
from core.web.security import limiter
from plugins.verification_docs import postcodes
from plugins.verification_docs.duplicates import countries, numbers, tags
from plugins.verification_docs.duplicates import forms as number_forms
from plugins.verification_docs.in_person import counter_page, forms, queries, services
from plugins.verification_docs.names import REVIEW, SUBMIT
from plugins.verification_docs.problems import words

FIRST, SECOND = "first", "second"


class CodeSchema(Schema):
    """A code, told this once."""

    code = fields.String()
    until_on = fields.Date()


class SignArgs(Schema):
    """What a reviewer read. The second of two sends the code, the number and its country only."""

    code = fields.String(required=True)
    signing_as = fields.String(required=True, validate=validate.OneOf([FIRST, SECOND]))
    document_number = fields.String(required=True)
    country = fields.String(load_default=tags.HOME_COUNTRY)
    document = fields.String(load_default="passport", metadata={"description": "which photo document it is"})
    names = fields.String(load_default="")
    born_on = fields.Date(load_default=None, allow_none=True)
    postcode = fields.String(load_default="")
    shown = fields.List(fields.String(), load_default=[], metadata={"description": "kinds of paper that were seen"})


class CounterSignatureSchema(Schema):
    """What came of it."""

    outcome = fields.String(metadata={"description": "signed, verified, held, differs or over"})
    ward_code = fields.String(allow_none=True, metadata={"description": "for the first: where the postcode is"})
    tries_left = fields.Integer(allow_none=True)


def add_to(bp: Blueprint) -> None:
    """Add these addresses to the plugin's API."""
    bp.post("/in-person")(bp.response(201, CodeSchema)(_make))
    bp.delete("/in-person")(bp.response(204)(_cancel))
    bp.post("/in-person/sign")(bp.arguments(SignArgs)(bp.response(200, CounterSignatureSchema)(_sign)))


@api_requires("verify", SUBMIT)
@limiter.limit("20/hour")
def _make() -> dict[str, Any]:
    """Make a code for the token's member; an earlier one does not count any more."""
    with words(), transaction() as db:
        code = services.make(db, _me(), now())
        check = queries.own_check(db, _me(), now().date())
    return {"code": code, "until_on": check.until_on if check else None}


@api_requires("verify", SUBMIT)
def _cancel() -> str:
    """Forget the code and what was signed."""
    with transaction() as db:
        services.cancel(db, _me())
    return ""


@api_requires("review", REVIEW)
@counter_page.guessing
def _sign(arguments: dict[str, Any]) -> dict[str, Any]:
    """Sign as the first or the second of two, with the papers and the member before you."""
    with words():
        counter_page.find(sql.session, arguments["code"])
        _check_number(arguments)
        return _sign_first(arguments) if arguments["signing_as"] == FIRST else _sign_second(arguments)


def _sign_first(typed: dict[str, Any]) -> dict[str, Any]:
    document = next((each for each in forms.photo_documents() if each.name == typed["document"]), None)
    if document is None:
        names = ", ".join(each.name for each in forms.photo_documents())
        raise Problem(422, "Unknown document", f"'document' is one of: {names}.", code="document")
    born_on: date | None = typed["born_on"] if document.shows_birth else None
    if document.shows_birth and born_on is None:
        raise Problem(422, "The day is missing", "'born_on' is the date of birth, as 1985-03-27.", code="born_on")
    if not 0 < len(tags.normal_names(typed["names"])) <= tags.LONGEST_NAMES:
        raise Problem(422, "The names are missing", "'names' are all names as they are printed.", code="names")
    ward_code = str(
        wards.ward_of_postcode(sql.session, postcodes.home_postcode(sql.session, typed["postcode"])).ward_code
    )
    kinds = frozenset(typed["shown"]) & {kind.name for kind in forms.asked_kinds()}
    services.require_enough(kinds)
    read = numbers.tags_of(numbers.Typed(typed["country"], typed["document_number"], typed["names"], born_on))
    seen = services.Seen(kinds, ward_code, read.document, read.person)
    with transaction() as db:
        services.sign_first(db, _me(), typed["code"], seen, now())
    return {"outcome": "signed", "ward_code": ward_code, "tries_left": None}


def _sign_second(typed: dict[str, Any]) -> dict[str, Any]:
    tag = tags.document_tag(typed["country"], typed["document_number"])
    with transaction() as db:
        signed = services.sign_second(db, _me(), typed["code"], tag, now())
    left = signed.tries_left if signed.outcome == services.DIFFERS else None
    return {"outcome": signed.outcome, "ward_code": None, "tries_left": left}


def _check_number(typed: dict[str, Any]) -> None:
    problem = number_forms.number_problem(typed["document_number"])
    if problem:
        raise Problem(422, "The number was not taken", f"'document_number': {problem}", code="document_number")
    typed["country"] = typed["country"].strip().upper()
    if not countries.is_known(typed["country"]):
        detail = "'country' is a country's two letters as in ISO 3166, for example GB."
        raise Problem(422, "Unknown country", detail, code="country")


def _me() -> str:
    return str(viewer().member_id)
