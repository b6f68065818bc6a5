"""A reviewer types a number, asks for an override, and (a third one) decides about two accounts that met."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from core.database import now, sql, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.verification_docs import queries, refusals, review_pages, reviewing
from plugins.verification_docs.duplicates import deciding, forms, numbers, tags
from plugins.verification_docs.duplicates import queries as duplicate_queries
from plugins.verification_docs.models import FROZEN, WAITING
from plugins.verification_docs.names import REVIEW


@requires(REVIEW)
@limiter.limit("120/hour")
def compare(case_id: str, evidence_id: str) -> Any:
    """Compare what the reviewer read with what the member typed."""
    form = _form(case_id, evidence_id)
    if form is None:
        return _late(case_id)
    read = _read(form)
    if read is None:
        return review_pages.case_page(case_id, 422, failed_number={evidence_id: form})
    try:
        with transaction() as db:
            found = numbers.compare(db, _me(), evidence_id, read, now())
    except (refusals.AlreadyDecided, refusals.NoTriesLeft):
        return _late(case_id)
    if found.case_state == FROZEN:
        flash(_("The number matches. Somebody else must look at something in this case first. Take the next one."))
        return redirect("/review", 303)
    if found.matched:
        flash(_("The number matches. Now decide about the paper."))
        return redirect(f"/review/{case_id}", 303)
    if queries.has_tried(sql.session, case_id, _me()):
        flash(_("That was the third try. Another reviewer goes on with this case. Take the next one."))
        return redirect("/review", 303)
    form.document_number.errors = [wrong_words(found.tries_left)]
    return review_pages.case_page(case_id, 422, failed_number={evidence_id: form})


@requires(REVIEW)
@limiter.limit("120/hour")
def ask_override(case_id: str, evidence_id: str) -> Any:
    """Ask a third reviewer to read the number, because the member typed another one."""
    form = _form(case_id, evidence_id)
    if form is None:
        return _late(case_id)
    read = _read(form)
    if read is None:
        return review_pages.case_page(case_id, 422, failed_number={evidence_id: form})
    try:
        with transaction() as db:
            numbers.ask_override(db, _me(), evidence_id, read, now())
    except (refusals.AlreadyDecided, refusals.NoTriesLeft):
        return _late(case_id)
    flash(_("A third reviewer will read the number. If it is what you read, the paper can be accepted."))
    return redirect("/review", 303)


@requires(REVIEW)
def conflicts() -> str:
    """List the pairs of accounts that this reviewer may decide about."""
    rows, others = duplicate_queries.meetings(sql.session, _me())
    return render_template("verification_docs/conflicts.html", rows=rows, others=others)


@requires(REVIEW)
def conflict(conflict_id: str) -> Any:
    """Show days and kinds of documents of two accounts, and ask which holds."""
    return _conflict_page(conflict_id, forms.OutcomeForm(), 200)


@requires(REVIEW)
def decide(conflict_id: str) -> Any:
    """Take the decision about two accounts."""
    form = forms.OutcomeForm()
    if not form.validate_on_submit():
        return _conflict_page(conflict_id, form, 422)
    _require_decider(conflict_id)
    try:
        with transaction() as db:
            deciding.decide(db, _me(), conflict_id, form.outcome.data, now())
    except refusals.AlreadyDecided:
        flash(_("Somebody decided this a moment ago."))
    else:
        flash(_("Decided. Both were written to."))
    return redirect("/review/conflicts", 303)


def wrong_words(tries_left: int) -> str:
    """Return what a reviewer is told whose number does not match."""
    if not tries_left:
        return str(_("That is not the number the member typed. You have no try left: send the paper back, or ask."))
    return str(
        ngettext(
            "That is not the number the member typed. Look again, at the country too: 1 try left.",
            "That is not the number the member typed. Look again, at the country too: %(num)s tries left.",
            tries_left,
        )
    )


def _form(case_id: str, evidence_id: str) -> forms.NumberForm | None:
    """Return the form of a photo document that waits in a claimed case, else None."""
    reviewing.require_claim(sql.session, _me(), case_id, now())
    paper = next((p for p in queries.papers_of(sql.session, case_id) if p.id == evidence_id), None)
    if paper is None or paper.state != WAITING or paper.kind.name != "id":
        return None
    return forms.NumberForm.for_paper(paper.document, evidence_id)


def _read(form: forms.NumberForm) -> numbers.ReadTags | None:
    """Return the tags of what was typed, made before any transaction; None when the form has errors."""
    if not form.validate_on_submit():
        return None
    try:
        return numbers.tags_of(form.typed)
    except tags.Busy:
        form.document_number.errors = [forms.BUSY]
        return None


def _late(case_id: str) -> Any:
    flash(_("The number of this paper is not asked for just now."))
    return redirect(f"/review/{case_id}", 303)


def _require_decider(conflict_id: str) -> None:
    pair = duplicate_queries.open_pair(sql.session, conflict_id)
    # Of a meeting that they are part of themselves, a reviewer must not learn that there is one.
    if pair is None or duplicate_queries.is_side(pair, _me()):
        abort(404)
    if not duplicate_queries.may_decide(sql.session, _me(), pair):
        raise refusals.TookPart(conflict_id)


def _conflict_page(conflict_id: str, form: forms.OutcomeForm, code: int) -> Any:
    _require_decider(conflict_id)
    row = duplicate_queries.meeting(sql.session, conflict_id)
    if row is None:
        abort(404)
    hints = {outcome: words[1] for outcome, words in forms.OUTCOME_WORDS.items()}
    return render_template("verification_docs/conflict.html", row=row, form=form, hints=hints), code


def _me() -> str:
    return str(viewer().member_id)
