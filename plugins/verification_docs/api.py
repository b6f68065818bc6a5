"""The same two sides for machines: `/api/v1/verification/…`. Calls the services that the pages call."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from core import storage
from core.cleaning import intake
from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import PageArgs, Problem, api_requires, paged
from core.web.security import limiter
from plugins.verification_docs import forms, postcodes, queries, refusals, reviewing, services, steps
from plugins.verification_docs.duplicates import api as duplicate_api
from plugins.verification_docs.duplicates import countries, tags
from plugins.verification_docs.duplicates import forms as number_forms
from plugins.verification_docs.duplicates import services as duplicate_services
from plugins.verification_docs.in_person import api as in_person_api
from plugins.verification_docs.keys import api as key_api
from plugins.verification_docs.letter import api as letter_api
from plugins.verification_docs.names import REVIEW, SUBMIT
from plugins.verification_docs.papers import KINDS
from plugins.verification_docs.policy import accepted_kinds, policy
from plugins.verification_docs.problems import words as _words
from plugins.verification_docs.purging import chain


class EvidenceSchema(Schema):
    """One paper of a case; no page, no name, no address."""

    id = fields.String()
    kind = fields.String(validate=validate.OneOf(list(KINDS)))
    document = fields.String()
    state = fields.String(metadata={"description": "waiting, accepted or rejected"})
    reason = fields.String(allow_none=True, metadata={"description": "code of why it was sent back"})
    advice = fields.String(allow_none=True)
    pages = fields.Integer()
    page_ids = fields.List(fields.String(), metadata={"description": "for reviewers with a claim only"})


class DeletionSchema(Schema):
    """One line of the list of deletions, which is at /verify/deletions."""

    sequence = fields.Integer()
    hash = fields.String()


class CaseSchema(Schema):
    """A member's own case, open or ended."""

    id = fields.String(allow_none=True)
    state = fields.String(
        metadata={"description": "none, collecting, waiting, resend, frozen, verified, withdrawn, lapsed, refused"}
    )
    opened_on = fields.Date(allow_none=True)
    ended_on = fields.Date(allow_none=True)
    openings = fields.Integer(metadata={"description": "how often a reviewer opened the papers"})
    pages_deleted = fields.Integer()
    deletion = fields.Nested(
        DeletionSchema, allow_none=True, metadata={"description": "its line in the list of deletions, once it ended"}
    )
    evidence = fields.List(fields.Nested(EvidenceSchema))
    wanted = fields.List(
        fields.List(fields.String()), metadata={"description": "of each inner list, one paper is still to be sent"}
    )


class QueueItemSchema(Schema):
    """A case that waits; not whose."""

    id = fields.String()
    waiting_since_on = fields.Date()
    evidence = fields.Integer()
    undecided = fields.Integer()
    openings = fields.Integer()
    claimed = fields.String(metadata={"description": "no, me or another"})


class QueueSchema(Schema):
    """A page of the queue."""

    items = fields.List(fields.Nested(QueueItemSchema))
    next = fields.String(allow_none=True)


class ClaimArgs(Schema):
    """Why the case is opened."""

    reason = fields.String(load_default="next", validate=validate.OneOf(list(forms.OPENING_REASONS)))


class DecisionArgs(Schema):
    """Accept, or reject with a reason code of that kind of paper."""

    decision = fields.String(required=True, validate=validate.OneOf(["accept", "reject"]))
    reason = fields.String(load_default=None, allow_none=True)


class DecisionSchema(Schema):
    """What came of it."""

    case_state = fields.String()


class ClaimedSchema(Schema):
    """A claimed case with its papers; each page is fetched sealed, and opened with the reviewer's own key."""

    id = fields.String()
    claimed_until = fields.DateTime()
    evidence = fields.List(fields.Nested(EvidenceSchema))


def blueprint() -> Blueprint:
    """Return the API of this plugin."""
    bp = Blueprint(
        "verification_docs_api", __name__, url_prefix="/api/v1/verification", description="Proving an address"
    )
    bp.get("/case")(bp.response(200, CaseSchema)(_own_case))
    bp.delete("/case")(bp.response(204)(_withdraw))
    bp.post("/case/read-only")(bp.response(200, CaseSchema)(_read_only))
    bp.post("/case/evidence")(bp.response(201, CaseSchema)(_hand_in))
    bp.get("/queue")(bp.arguments(PageArgs, location="query")(bp.response(200, QueueSchema)(_queue)))
    bp.post("/cases/<case_id>/claim")(bp.arguments(ClaimArgs)(bp.response(200, ClaimedSchema)(_claim)))
    bp.get("/cases/<case_id>/pages/<page_id>")(bp.response(200, content_type="application/octet-stream")(_page))
    bp.delete("/cases/<case_id>/claim")(bp.response(204)(_put_back))
    bp.post("/cases/<case_id>/evidence/<evidence_id>/decision")(
        bp.arguments(DecisionArgs)(bp.response(200, DecisionSchema)(_decide))
    )
    duplicate_api.add_to(bp)
    key_api.add_to(bp)
    in_person_api.add_to(bp)
    letter_api.add_to(bp)
    return bp


@api_requires("verify", SUBMIT)
def _own_case() -> dict[str, Any]:
    """Return the token's member's own case; state `none` before the first paper."""
    return _case_values()


@api_requires("verify", SUBMIT)
def _withdraw() -> str:
    """Take the case back; everything in it is deleted."""
    with _words(), transaction() as db:
        services.withdraw(db, _me(), now())
    return ""


@api_requires("verify", SUBMIT)
def _read_only() -> dict[str, Any]:
    """Send what is there to the reviewers when it is enough for reading, where the borough has such a rule."""
    with _words(), transaction() as db:
        services.send_for_reading(db, _me(), now())
    sql.session.expire_all()
    return _case_values()


@api_requires("verify", SUBMIT)
@limiter.limit("40/hour")
def _hand_in() -> dict[str, Any]:
    """Hand in a paper as multipart/form-data: `kind`, `document`, `file` (one or more).

    With an address also `postcode`; with a photo document `document_number` and `document_country` (default GB).
    """
    kind = request.form.get("kind", "")
    offered = accepted_kinds()
    if kind not in offered:
        raise Problem(422, "Unknown kind of paper", f"'kind' is one of: {', '.join(offered)}.", code="unknown_kind")
    document = request.form.get("document") or next((known.name for known in offered[kind].uploads), "")
    if document not in {known.name for known in offered[kind].uploads}:
        names = ", ".join(known.name for known in offered[kind].uploads)
        raise Problem(422, "Unknown document", f"For {kind}, 'document' is one of: {names}.", code="unknown_document")
    postcode = request.form.get("postcode") if kind == "address" else None
    files = [file.stream.read() for name in ("file", "files") for file in request.files.getlist(name)]
    if not files:
        raise Problem(422, "No file", "Send the photo or PDF as 'file' in multipart/form-data.", code="no_file")
    typed = _typed_number() if kind == "id" else None
    with _words():
        if kind == "address":
            postcodes.home_postcode(sql.session, postcode)
        if duplicate_services.is_held(sql.session, _me()):
            raise refusals.OnHold
        pages = intake.clean_pages(files)
        tag = tags.document_tag(*typed) if typed else None
        with transaction() as db:
            services.hand_in(db, _me(), services.Paper(kind, document, pages, postcode, tag), now())
    sql.session.expire_all()
    return _case_values()


def _typed_number() -> tuple[str, str]:
    """Return country and number of a photo document as sent.

    Raises:
        Problem: naming the field.
    """
    number, country = request.form.get("document_number", ""), request.form.get("document_country", tags.HOME_COUNTRY)
    problem = number_forms.number_problem(number)
    if problem:
        raise Problem(422, "The number is missing", f"'document_number': {problem}", code="document_number")
    if not countries.is_known(country.strip().upper()):
        detail = "'document_country' is a country's two letters as in ISO 3166, for example GB."
        raise Problem(422, "Unknown country", detail, code="document_country")
    return country, number


@api_requires("review", REVIEW)
def _queue(page: dict[str, Any]) -> dict[str, Any]:
    """Return the cases that wait, oldest first; never one's own."""
    rows = queries.queue(sql.session, _me(), now(), page["after"], page["limit"] + 1)
    shown = rows[: page["limit"]]
    items = [
        {
            "id": row.id,
            "waiting_since_on": row.waiting_since_on,
            "evidence": row.papers,
            "undecided": row.undecided,
            "openings": row.openings,
            "claimed": "me" if row.is_mine else "another" if row.is_taken else "no",
        }
        for row in shown
    ]
    return paged(items, shown[-1].id if len(rows) > page["limit"] else None)


@api_requires("review", REVIEW)
def _claim(arguments: dict[str, Any], case_id: str) -> dict[str, Any]:
    """Open a case: logged with the reason, counted for the member, and held for half an hour."""
    with _words(), transaction() as db:
        reviewing.open_case(db, _me(), case_id, arguments["reason"], now())
        case = reviewing.require_claim(db, _me(), case_id, now())
        rows = queries.papers_of(db, case_id)
        evidence = [{**paper, "page_ids": row.page_ids} for paper, row in zip(_papers(rows), rows, strict=True)]
        return {"id": case_id, "claimed_until": case.claimed_until, "evidence": evidence}


@api_requires("review", REVIEW)
def _page(case_id: str, page_id: str) -> Response:
    """Return one page of a claimed case as it is kept: an age file, sealed to the reviewers' keys."""
    with _words():
        reviewing.require_claim(sql.session, _me(), case_id, now())
    blob_id = queries.page_blob(sql.session, case_id, page_id)
    if blob_id is None:
        raise Problem(404, "No such page", "It may have been deleted.", code="no_page")
    try:
        sealed = storage.get(sql.session, blob_id)
    except storage.BlobGone:
        raise Problem(404, "No such page", "It may have been deleted.", code="no_page") from None
    answer = Response(sealed, mimetype="application/octet-stream")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@api_requires("review", REVIEW)
def _put_back(case_id: str) -> str:
    """Give the case back to the queue."""
    with _words(), transaction() as db:
        reviewing.put_back(db, _me(), case_id)
    return ""


@api_requires("review", REVIEW)
def _decide(arguments: dict[str, Any], case_id: str, evidence_id: str) -> dict[str, Any]:
    """Accept or reject one paper of a case that was claimed."""
    accept = arguments["decision"] == "accept"
    verdict = reviewing.Verdict(accept, None if accept else arguments["reason"])
    with _words(), transaction() as db:
        reviewing.require_claim(db, _me(), case_id, now())
        if evidence_id not in {paper.id for paper in queries.papers_of(db, case_id)}:
            raise refusals.AlreadyDecided(evidence_id)
        return {"case_state": reviewing.decide(db, _me(), evidence_id, verdict, now())}


def _case_values() -> dict[str, Any]:
    case = queries.latest_case(sql.session, _me())
    papers = queries.papers_of(sql.session, case.id) if case is not None and case.is_open else ()
    wanted = steps.of(policy().rule, case.state if case is not None and case.is_open else None, papers)
    values: dict[str, Any] = {"id": None, "state": "none", "openings": 0, "pages_deleted": 0}
    if case is not None:
        names = ("id", "state", "opened_on", "ended_on", "openings", "pages_deleted")
        values = {name: getattr(case, name) for name in names}
        values["deletion"] = None if case.is_open else chain.proof_of(sql.session, case.id)
    values["evidence"] = _papers(papers)
    values["wanted"] = [[kind.name for kind in step.kinds] for step in wanted if step.may_send]
    return values


def _papers(papers: tuple[queries.PaperRow, ...]) -> list[dict[str, Any]]:
    return [
        {
            "id": paper.id,
            "kind": paper.kind.name,
            "document": paper.document.name,
            "state": paper.state,
            "reason": paper.reason.code if paper.reason else None,
            "advice": str(paper.reason.advice) if paper.reason else None,
            "pages": len(paper.page_ids),
        }
        for paper in papers
    ]


def _me() -> str:
    return str(viewer().member_id)
