"""A reviewer's own key, and sealing anew, for machines, beside the other addresses under `/api/v1/verification`."""

from __future__ import annotations

import base64
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields

from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires
from plugins.verification_docs.keys import pages, proof, resealing, services
from plugins.verification_docs.names import REVIEW


class KeySchema(Schema):
    """The reviewer's public key, and how many reviewers have one."""

    recipient = fields.String(allow_none=True)
    reviewers_with_key = fields.Integer()
    needed = fields.Integer()


class ChallengeArgs(Schema):
    """A public key that the reviewer brings: an age X25519 recipient."""

    recipient = fields.String(required=True)


class ChallengeSchema(Schema):
    """Open `sealed` (base64 of an age file) with the key and bring what is inside with the token, in ten minutes."""

    sealed = fields.String()
    token = fields.String()


class ProofArgs(Schema):
    """The token of the challenge, and the text that was sealed."""

    token = fields.String(required=True)
    secret = fields.String(required=True)


class StaleSchema(Schema):
    """A page that is not sealed to the reviewers of today, and to whom it must be sealed."""

    id = fields.String()
    to = fields.String(metadata={"description": "the name of that set of keys, to be given back"})
    recipients = fields.List(fields.String())


class StaleListSchema(Schema):
    """Ten pages at most; `next` is what `after` goes on from."""

    items = fields.List(fields.Nested(StaleSchema))
    next = fields.String(allow_none=True)


class AfterArgs(Schema):
    """Where to go on."""

    after = fields.String(load_default=None)


def add_to(bp: Blueprint) -> None:
    """Add these addresses to the plugin's API."""
    binary = bp.response(200, content_type="application/octet-stream")
    bp.get("/key")(bp.response(200, KeySchema)(_key))
    bp.post("/key/challenge")(bp.arguments(ChallengeArgs)(bp.response(200, ChallengeSchema)(_challenge)))
    bp.put("/key")(bp.arguments(ProofArgs)(bp.response(200, KeySchema)(_prove)))
    bp.delete("/key")(bp.response(204)(_remove))
    bp.get("/reseal")(bp.arguments(AfterArgs, location="query")(bp.response(200, StaleListSchema)(_stale)))
    bp.post("/reseal/<page_id>/take")(binary(_take))
    bp.put("/reseal/<page_id>")(bp.response(204)(_replace))


@api_requires("review", REVIEW)
def _key() -> dict[str, Any]:
    """Return the reviewer's public key."""
    return _values()


@api_requires("review", REVIEW)
def _challenge(arguments: dict[str, Any]) -> dict[str, str]:
    """Ask for a proof that the reviewer can open what is sealed to a public key."""
    try:
        made = proof.challenge(_me(), arguments["recipient"])
    except services.KeyRefused as refusal:
        raise _refused(refusal) from None
    return {"sealed": base64.b64encode(made.sealed).decode(), "token": made.token}


@api_requires("review", REVIEW)
def _prove(arguments: dict[str, Any]) -> dict[str, Any]:
    """Take the public key, in place of an earlier one."""
    try:
        with transaction() as db:
            proof.accept(db, _me(), arguments["token"], arguments["secret"], now().date())
    except services.KeyRefused as refusal:
        raise _refused(refusal) from None
    return _values()


@api_requires("review", REVIEW)
def _remove() -> str:
    """Forget the reviewer's public key; what waits must be sealed anew without it."""
    with transaction() as db:
        services.remove(db, _me(), _me())
    return ""


@api_requires("review", REVIEW)
def _stale(arguments: dict[str, Any]) -> dict[str, Any]:
    """List pages that this reviewer's key may open and that must be sealed anew."""
    found = resealing.batch(sql.session, _me(), now().date(), arguments["after"])
    items = [{"id": page.page_id, "to": page.to, "recipients": page.recipients} for page in found]
    return {"items": items, "next": found[-1].page_id if len(found) == resealing.BATCH else None}


@api_requires("review", REVIEW)
def _take(page_id: str) -> Response:
    """Return a page to be sealed anew, as it is kept; logged."""
    try:
        with transaction() as db:
            sealed = resealing.take(db, _me(), page_id, now().date())
    except resealing.NotToReseal:
        raise _gone() from None
    answer = Response(sealed, mimetype="application/octet-stream")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@api_requires("review", REVIEW)
def _replace(page_id: str) -> str:
    """Put the body, an age file, in the place of a page; `?to=` names the set of keys as the list gave it."""
    resealed = resealing.Resealed(request.get_data(), request.args.get("to", ""))
    try:
        with transaction() as db:
            resealing.replace(db, _me(), page_id, resealed, now().date())
    except resealing.NotToReseal:
        raise _gone() from None
    except resealing.NotTheSame:
        detail = "Send the same page, sealed to exactly the keys of the list, as a binary age file."
        raise Problem(422, "Not the same page", detail, code="not_the_same") from None
    return ""


def _values() -> dict[str, Any]:
    return {
        "recipient": services.recipient_of(sql.session, _me()),
        "reviewers_with_key": len(services.recipients(sql.session, "", now().date())),
        "needed": services.FEWEST_REVIEWERS,
    }


def _refused(refusal: services.KeyRefused) -> Problem:
    return Problem(422, "The key was not taken", str(pages.SENTENCES[str(refusal)]), code=str(refusal))


def _gone() -> Problem:
    return Problem(404, "Nothing to seal anew", "The page is gone, or was sealed anew a moment ago.", code="no_page")


def _me() -> str:
    return str(viewer().member_id)
