"""The reviewer's room: the queue, one case with its papers, and the decision on each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, abort, flash, redirect, render_template, request
from flask_babel import gettext as _

from core import storage, wards
from core.database import now, sql, transaction
from core.web.access import requires, viewer
from plugins.verification_docs import forms, papers, queries, refusals, reviewing, vault
from plugins.verification_docs.duplicates import queries as duplicate_queries
from plugins.verification_docs.duplicates.forms import WHY_EMPTY, NumberForm
from plugins.verification_docs.letter import queries as letter_queries
from plugins.verification_docs.models import FROZEN, RESEND, VERIFIED, WAITING
from plugins.verification_docs.names import REVIEW
from plugins.verification_docs.policy import policy

QUEUE_SIZE = 50


@requires(REVIEW)
def queue() -> str:
    """List the cases that wait, oldest first; the reviewer's own is never among them."""
    after = request.args.get("after")
    rows = queries.queue(sql.session, _me(), now(), after, QUEUE_SIZE + 1)
    meetings, _others = duplicate_queries.meetings(sql.session, _me())
    return render_template(
        "verification_docs/queue.html",
        rows=rows[:QUEUE_SIZE],
        next_after=rows[QUEUE_SIZE - 1].id if len(rows) > QUEUE_SIZE else None,
        has_own=queries.has_own_waiting(sql.session, _me()),
        meetings=len(meetings),
        letters_to_post=len(letter_queries.to_post(sql.session, _me())),
        today=now().date(),
        usual_days=policy().usual_days,
    )


@requires(REVIEW)
def case(case_id: str) -> Any:
    """Show a case: a question why, or (once opened) its papers."""
    reviewing.case_for(sql.session, _me(), case_id)
    try:
        return case_page(case_id, 200)
    except refusals.NotClaimed:
        return _opening_page(case_id, forms.OpeningForm(), 200)


@requires(REVIEW)
def open_case(case_id: str) -> Any:
    """Open a case with a reason: logged, counted, and claimed for half an hour."""
    form = forms.OpeningForm()
    if not form.validate_on_submit():
        reviewing.case_for(sql.session, _me(), case_id)
        return _opening_page(case_id, form, 422)
    try:
        with transaction() as db:
            reviewing.open_case(db, _me(), case_id, form.reason.data, now())
    except refusals.ClaimedByAnother:
        flash(_("Another reviewer has this case open just now. Take the next one."))
        return redirect("/review", 303)
    return redirect(f"/review/{case_id}", 303)


@requires(REVIEW)
def put_back(case_id: str) -> Any:
    """Give the case back to the queue."""
    with transaction() as db:
        reviewing.put_back(db, _me(), case_id)
    flash(_("Put back. Another reviewer can open it now."))
    return redirect("/review", 303)


@requires(REVIEW)
def page(case_id: str, page_id: str) -> Response:
    """Send one page as it is kept, sealed: the reviewer's own browser opens it, and nothing else can."""
    reviewing.require_claim(sql.session, _me(), case_id, now())
    blob_id = queries.page_blob(sql.session, case_id, page_id)
    if blob_id is None:
        abort(404)
    try:
        sealed = storage.get(sql.session, blob_id)
    except storage.BlobGone:
        abort(404)
    answer = Response(sealed, mimetype="application/octet-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Disposition"] = "attachment; filename=page.age"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return answer


@requires(REVIEW)
def decide(case_id: str, evidence_id: str) -> Any:
    """Take the decision on one paper, and say what came of it."""
    reviewing.require_claim(sql.session, _me(), case_id, now())
    paper = next((p for p in queries.papers_of(sql.session, case_id) if p.id == evidence_id), None)
    if paper is None or paper.state != WAITING:
        flash(_("This paper was decided or replaced a moment ago."))
        return redirect(f"/review/{case_id}", 303)
    number = duplicate_queries.numbers_of(sql.session, case_id, _me()).get(evidence_id)
    form = forms.DecisionForm.for_paper(paper.kind, evidence_id, number)
    if not form.validate_on_submit():
        return case_page(case_id, 422, {evidence_id: form})
    accept = form.decision.data == forms.ACCEPT
    verdict = reviewing.Verdict(accept, None if accept else form.decision.data)
    try:
        with transaction() as db:
            state = reviewing.decide(db, _me(), evidence_id, verdict, now())
    except refusals.AlreadyDecided:
        flash(_("This paper was decided or replaced a moment ago."))
        return redirect(f"/review/{case_id}", 303)
    except refusals.PostcodeRefused:
        form.decision.errors = [_("The postcode is no longer in the list. Send the paper back instead.")]
        return case_page(case_id, 422, {evidence_id: form})
    return _after(case_id, state)


def _after(case_id: str, state: str) -> Any:
    if state == VERIFIED:
        flash(_("The member is verified. All papers of the case are deleted."))
        return redirect("/review", 303)
    if state == RESEND:
        flash(_("The member was asked to send again what you sent back."))
        return redirect("/review", 303)
    flash(_("Decided. There is more to look at in this case."))
    return redirect(f"/review/{case_id}", 303)


def _opening_page(case_id: str, form: forms.OpeningForm, code: int) -> Any:
    row = queries.queue_row(sql.session, _me(), case_id, now())
    if row is None:
        raise refusals.CaseGone(case_id)
    return render_template("verification_docs/open.html", row=row, form=form), code


def case_page(
    case_id: str,
    code: int,
    failed: Mapping[str, forms.DecisionForm] | None = None,
    failed_number: Mapping[str, NumberForm] | None = None,
) -> Any:
    """Return the page of a claimed case; a form that failed stands on it as it was typed, by its paper."""
    open_now = reviewing.require_claim(sql.session, _me(), case_id, now())
    postcode = vault.open_postcode(open_now.postcode_sealed) if open_now.postcode_sealed else None
    answer = wards.ward_of_postcode(sql.session, postcode) if postcode else None
    rows = queries.papers_of(sql.session, case_id)
    numbers = duplicate_queries.numbers_of(sql.session, case_id, _me())
    waiting = [row for row in rows if row.state == WAITING and open_now.state != FROZEN]
    decisions = {row.id: forms.DecisionForm.for_paper(row.kind, row.id, numbers.get(row.id)) for row in waiting}
    number_forms = {
        row.id: NumberForm.for_paper(row.document, row.id)
        for row in waiting
        if row.id in numbers and not numbers[row.id].matched
    }
    today = now().date()
    page = render_template(
        "verification_docs/case.html",
        case_id=case_id,
        claimed_until=open_now.claimed_until,
        is_frozen=open_now.state == FROZEN,
        papers=rows,
        decisions={**decisions, **(failed or {})},
        numbers=numbers,
        number_forms={**number_forms, **(failed_number or {})},
        why_empty=WHY_EMPTY,
        form=next(iter({**(failed or {}), **(failed_number or {})}.values()), None),
        postcode=postcode,
        ward_code=answer.ward_code if answer else None,
        oldest={row.id: papers.oldest_day(row.document, today) for row in rows},
        issuers_for=policy().issuers_for,
    )
    return page, code


def _me() -> str:
    return str(viewer().member_id)
