"""The members' side for the page's own script and other clients: keys, issuing, vault, choice.

With a token, or with the cookie and the page's token in `X-CSRFToken`. Nothing here is asked from the unlinkable side.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core import documents, wards
from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_member
from plugins.anonymity.credentials import blind_rsa, epochs, issuing, keeping, keys, manifest, policy, queries
from plugins.anonymity.credentials.models import BLOB_BYTES, KEEPS
from plugins.anonymity.credentials.wire import NotBase64, from_text, to_text

MIRROR_SEEN_DAYS = 7


class VoiceOfferSchema(Schema):
    """A voice the member may have in a coming week."""

    epoch = fields.String(metadata={"description": "ISO week, such as 2026-W49"})
    scope = fields.String(metadata={"description": "GSS code of the board it counts for"})
    scope_name = fields.String()
    spki = fields.String(metadata={"description": "the public RSA key, DER in base64url"})
    spki_sha256 = fields.String()
    begins_at = fields.String()
    ends_at = fields.String()
    is_issued = fields.Boolean()


class VoiceOffersSchema(Schema):
    """The coming weeks, and where to compare their keys."""

    items = fields.List(fields.Nested(VoiceOfferSchema))
    next = fields.String(allow_none=True)
    unlinkable_url = fields.String()
    manifest = fields.String()
    mirrors = fields.List(fields.String())
    keep = fields.String(validate=validate.OneOf(KEEPS))


class VoiceIssueArgs(Schema):
    """A blinded message for one week and board."""

    epoch = fields.String(required=True, validate=validate.Length(max=20))
    scope = fields.String(required=True, validate=validate.Length(max=20))
    blinded = fields.String(required=True, validate=validate.Length(max=1000))


class BlindSignatureSchema(Schema):
    """What the client takes the blinding off."""

    blind_signature = fields.String()


class VoiceVaultSchema(Schema):
    """What the browser sealed under the card."""

    blob = fields.String(required=True, metadata={"description": f"exactly {BLOB_BYTES} bytes, base64url"})


class VoiceChoiceSchema(Schema):
    """Where voices are kept."""

    keep = fields.String(required=True, validate=validate.OneOf(KEEPS))


def blueprint() -> Blueprint:
    """Return the API of anonymity on the members' side."""
    bp = Blueprint(
        "anonymity_api", __name__, url_prefix="/api/v1/anonymity", description="Verified, and unlinkable: members' side"
    )
    _add_issuing(bp)
    _add_keeping(bp)
    return bp


def _me() -> str:
    return str(viewer().member_id)


def _add_issuing(bp: Blueprint) -> None:
    @bp.get("/epochs")
    @bp.response(200, VoiceOffersSchema)
    @api_member("read")
    def epoch_list() -> dict[str, Any]:
        """List the voices you can have in the coming four weeks; none while you are not verified."""
        at = now()
        coming = epochs.coming(at, policy.WEEKS_AHEAD)
        return {
            "items": [_shown(offer) for offer in queries.offers(sql.session, _me(), coming, at.date())],
            "next": None,
            "unlinkable_url": policy.unlinkable_url(),
            "manifest": f"/.well-known/{policy.DOCUMENT}",
            "mirrors": _mirrors(at.date()),
            "keep": queries.keep_of(sql.session, _me()),
        }

    @bp.post("/issue")
    @bp.arguments(VoiceIssueArgs)
    @bp.response(200, BlindSignatureSchema)
    @api_member("post", policy.HOLD_VOICE)
    def issue(asked: dict[str, str]) -> dict[str, str]:
        """Have one blinded message signed: one for each week and board, and never for this week."""
        wanted = issuing.Wanted(asked["epoch"], asked["scope"], _binary(asked["blinded"], "blinded"))
        try:
            with transaction() as db:
                signature = issuing.issue(db, _me(), wanted, now())
        except Exception as refusal:
            raise _problem(refusal) or refusal from None
        return {"blind_signature": to_text(signature)}


def _mirrors(today: date) -> list[str]:
    """Return where neighbours were seen to show a copy lately; one that is down for days must not stop everybody."""
    known = documents.mirrors_of(sql.session, policy.DOCUMENT)
    lately = today - timedelta(days=MIRROR_SEEN_DAYS)
    return [mirror.url for mirror in known if mirror.seen_on is not None and mirror.seen_on >= lately]


def _shown(offer: queries.Offer) -> dict[str, Any]:
    return {
        "epoch": offer.epoch,
        "scope": offer.scope,
        "scope_name": wards.name_of(offer.scope),
        "spki": to_text(offer.spki),
        "spki_sha256": manifest.fingerprint(offer.spki),
        "begins_at": _moment(epochs.begins_at(offer.epoch)),
        "ends_at": _moment(epochs.ends_at(offer.epoch)),
        "is_issued": offer.is_issued,
    }


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _binary(text: str, field: str) -> bytes:
    try:
        return from_text(text)
    except NotBase64:
        errors = {"json": {field: ["Not base64url without padding."]}}
        raise Problem(422, "Not readable", f"Send '{field}' as base64url without padding.", errors=errors) from None


def _problem(refusal: Exception) -> Problem | None:
    """Return what a client is told, or None when the failure is none that was foreseen."""
    if isinstance(refusal, issuing.NotOffered):
        detail = "This week or this board is not among your offers. Ask GET /api/v1/anonymity/epochs which are."
        return Problem(404, "No such voice", detail, code="not_offered")
    if isinstance(refusal, issuing.TooLate):
        detail = "The week has begun and its key is gone. Ask for a coming week."
        return Problem(410, "The week has begun", detail, code="week_begun")
    if isinstance(refusal, issuing.AlreadyIssued):
        detail = "You have your voice for this week. It is never given twice. Open your card, or wait for another week."
        return Problem(409, "One voice for each week", detail, code="already_issued")
    if isinstance(refusal, blind_rsa.OutOfRange):
        return Problem(422, "Out of range", "Blind the message with this week's key: 256 bytes.", code="out_of_range")
    if isinstance(refusal, keys.KeyGone | blind_rsa.NoBackend | blind_rsa.SigningFailed):
        detail = "The server cannot sign just now. Nothing was used up. Try again later."
        return Problem(503, "Cannot sign", detail, code="cannot_sign")
    return None


def _add_keeping(bp: Blueprint) -> None:
    @bp.get("/vault")
    @bp.response(200, VoiceVaultSchema)
    @api_member("read")
    def vault() -> dict[str, str]:
        """Give back what your browser sealed; only your card opens it."""
        blob = queries.blob_of(sql.session, _me())
        if blob is None:
            raise Problem(404, "Nothing kept", "There is nothing of yours in the vault.", code="vault_empty")
        return {"blob": to_text(blob)}

    @bp.put("/vault")
    @bp.arguments(VoiceVaultSchema)
    @bp.response(204)
    @api_member("post")
    def fill_vault(asked: dict[str, str]) -> None:
        """Keep what your browser sealed, in place of what was there."""
        try:
            with transaction() as db:
                keeping.put(db, _me(), _binary(asked["blob"], "blob"))
        except keeping.WrongSize:
            detail = f"Send exactly {BLOB_BYTES} bytes, so that the size says nothing."
            raise Problem(422, "Not the one size", detail, code="wrong_size") from None

    @bp.delete("/vault")
    @bp.response(204)
    @api_member("post")
    def empty_vault() -> None:
        """Delete what is in your vault."""
        with transaction() as db:
            keeping.empty(db, _me())

    @bp.get("/choice")
    @bp.response(200, VoiceChoiceSchema)
    @api_member("read")
    def choice() -> dict[str, str]:
        """Say where your voices are kept: on the device, on the card only, or that you take no part."""
        return {"keep": queries.keep_of(sql.session, _me())}

    @bp.put("/choice")
    @bp.arguments(VoiceChoiceSchema)
    @bp.response(200, VoiceChoiceSchema)
    @api_member("post")
    def choose(asked: dict[str, str]) -> dict[str, str]:
        """Choose where your voices are kept."""
        with transaction() as db:
            keeping.choose(db, _me(), asked["keep"])
        return asked
