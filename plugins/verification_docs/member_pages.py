"""A member's own case: what is asked, handing it in, taking it back, and the receipt."""

from __future__ import annotations

import io
from typing import Any

from flask import abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from core.cleaning import intake
from core.database import now, sql, transaction
from core.web import errors
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.verification_docs import forms, postcodes, queries, refusals, services, steps
from plugins.verification_docs.duplicates import forms as number_forms
from plugins.verification_docs.duplicates import services as duplicate_services
from plugins.verification_docs.duplicates import tags
from plugins.verification_docs.in_person import queries as in_person_queries
from plugins.verification_docs.keys import services as key_services
from plugins.verification_docs.letter import queries as letter_queries
from plugins.verification_docs.letter import services as letter_services
from plugins.verification_docs.models import RESEND, WAITING
from plugins.verification_docs.names import SUBMIT
from plugins.verification_docs.policy import policy
from plugins.verification_docs.purging import chain

MOST_DRAINED_BYTES = 64 << 20
"""Of a request that is too big, so much is read (and dropped) to find what was typed beside the file."""


@requires(SUBMIT)
def status() -> str:
    """Show how far the member's case is, or the receipt of the last one."""
    case, found = _own_case()
    is_held = duplicate_services.is_held(sql.session, _member_id())
    letter = letter_queries.own_letter(sql.session, _member_id(), now().date())
    # What a letter will prove need not be sent; another step is next, while there is one.
    left = [step for step in found if step.may_send and not is_held and not (letter and step.asks_postcode)]
    verified = queries.verification(sql.session, _member_id())
    return render_template(
        "verification_docs/status.html",
        case=case,
        is_open=case is not None and case.is_open,
        steps=found,
        next_step=left[0] if left else None,
        verified=verified,
        ends_soon=verified is not None and verified.ends_soon(now().date()),
        may_read_only=case is not None and queries.may_send_for_reading(sql.session, case.id, case.state),
        policy=policy(),
        begin="again" in request.args,
        is_held=is_held,
        letter=letter,
        may_ask_letter=_may_ask_letter(case),
        check=in_person_queries.own_check(sql.session, _member_id(), now().date()),
        proof=chain.proof_of(sql.session, case.id) if case is not None and not case.is_open else None,
    )


@requires(SUBMIT)
@limiter.limit("40/hour", methods=["POST"])
def step(slug: str) -> Any:
    """Take one paper. An error answers with the same page, and what was typed is still there."""
    step = _step(slug)
    if duplicate_services.is_held(sql.session, _member_id()):
        flash(forms.MORE_TIME)
        return redirect("/verify", 303)
    if not step.may_send:
        flash(_("We have this one already. There is nothing to send here just now."))
        return redirect("/verify", 303)
    form = forms.PaperForm.for_step(step)
    if form.validate_on_submit() and _take(form):
        return redirect("/verify", 303)
    return _step_page(step, form, 422 if form.is_submitted() else 200)


@requires(SUBMIT)
def take_back(slug: str) -> Any:
    """Delete one paper before it goes to the reviewers."""
    step = _step(slug)
    try:
        with transaction() as db:
            for paper in step.papers:
                services.take_back(db, _member_id(), paper.kind.name)
    except refusals.NotNow:
        flash(_("The reviewers have it already. You can take the whole case back instead."))
    else:
        flash(_("Deleted. You can send another one."))
    return redirect("/verify", 303)


@requires(SUBMIT)
def read_only() -> Any:
    """Send what is there, which is enough for reading, to the reviewers."""
    try:
        with transaction() as db:
            services.send_for_reading(db, _member_id(), now())
    except refusals.NotNow:
        flash(_("This is not possible just now. Look below at what is still to be sent."))
    else:
        flash(_("Thank you. A reviewer will look at it. Then you can read everything."))
    return redirect("/verify", 303)


@requires(SUBMIT)
def withdraw() -> Any:
    """Ask once, then end the case and delete everything in it."""
    case, found = _own_case()
    if case is None or not case.is_open:
        return redirect("/verify", 303)
    if request.method == "GET":
        return render_template("verification_docs/withdraw.html", steps=[step for step in found if step.papers])
    with transaction() as db:
        services.withdraw(db, _member_id(), now())
    flash(_("Done. Everything you sent is deleted."))
    return redirect("/verify", 303)


def too_big(problem: RequestEntityTooLarge) -> Any:
    """Answer an upload that is too big with the form as it was typed; the file is read past and dropped."""
    slug = (request.view_args or {}).get("slug")
    if request.endpoint != "verification_docs.step" or not isinstance(slug, str) or not viewer().is_signed_in:
        return errors.page(413)
    request.max_content_length = MOST_DRAINED_BYTES
    request._get_file_stream = lambda *_args, **_kwargs: _Drain()  # type: ignore[method-assign]  # this request only
    try:
        request.form  # noqa: B018  # reads the request to its end
    except RequestEntityTooLarge:
        return errors.page(413)
    step = _step(slug)
    form = forms.PaperForm.for_step(step)
    form.validate()
    form.files.errors = [intake.SENTENCES["too_big"]]
    return _step_page(step, form, 422)


class _Drain(io.BytesIO):
    """Takes bytes and keeps none."""

    def write(self, content: Any) -> int:
        """Count what would have been written."""
        return len(content)


def _take(form: forms.PaperForm) -> bool:
    """Hand the paper in; False when it was refused and the form says why."""
    try:
        state = _hand_in(form)
    except refusals.OnHold:
        flash(forms.MORE_TIME)
        return True
    except refusals.NotNow:
        flash(_("We have this one already. There is nothing to send here just now."))
        return True
    except refusals.PostcodeRefused as refusal:
        form.postcode.errors = [forms.POSTCODE_SENTENCES[refusal.code]]
        return False
    except intake.FileRefused as refusal:
        form.files.errors = [str(refusal)]
        return False
    except key_services.TooFewReviewers:
        form.files.errors = [forms.NO_REVIEWERS]
        return False
    except tags.Busy:
        form.document_number.errors = [number_forms.BUSY]
        return False
    if state == WAITING:
        flash(_("Thank you. That was the last one: a reviewer will look at everything now."))
    else:
        flash(_("Saved and sealed. Now the next one."))
    return True


def _hand_in(form: forms.PaperForm) -> str:
    """Check the postcode, clean the files in the child, scramble the number; then, in one transaction, keep it."""
    if form.typed_postcode is not None:
        postcodes.home_postcode(sql.session, form.typed_postcode)
    pages = intake.clean_pages([file.stream.read() for file in form.contents])
    tag = tags.document_tag(*form.typed_number) if form.typed_number else None
    paper = services.Paper(*form.chosen, pages, form.typed_postcode, tag)
    with transaction() as db:
        return services.hand_in(db, _member_id(), paper, now()).state


def _step_page(step: steps.Step, form: forms.PaperForm, code: int) -> Any:
    case, found = _own_case()
    others_done = all(not other.may_send for other in found if other.slug != step.slug)
    page = render_template(
        "verification_docs/step.html",
        step=step,
        form=form,
        number=[other.slug for other in found].index(step.slug) + 1,
        total=len(found),
        is_last=others_done,
        is_again=case is not None and case.state == RESEND,
        policy=policy(),
        file_types=forms.FILE_TYPES,
        may_ask_letter=step.asks_postcode and _may_ask_letter(case),
    )
    return page, code


def _own_case() -> tuple[queries.CaseRow | None, tuple[steps.Step, ...]]:
    case = queries.latest_case(sql.session, _member_id())
    is_open = case is not None and case.is_open
    papers = queries.papers_of(sql.session, case.id) if case is not None and is_open else ()
    return case, steps.of(policy().rule, case.state if case is not None and is_open else None, papers)


def _may_ask_letter(case: queries.CaseRow | None) -> bool:
    return letter_services.is_offered(sql.session, _member_id(), case.id if case is not None and case.is_open else None)


def _step(slug: str) -> steps.Step:
    found = next((step for step in _own_case()[1] if step.slug == slug), None)
    if found is None:
        abort(404)
    return found


def _member_id() -> str:
    return str(viewer().member_id)
