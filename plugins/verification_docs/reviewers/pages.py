"""Pages about reviewers: their vetting, looking again at what one passed, and people who must not be judged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from core.database import now, sql, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.verification_docs.names import REVIEW, SUBMIT, VET
from plugins.verification_docs.policy import policy
from plugins.verification_docs.reviewers import close, forms, looking_again, passed, vetting

USUAL_DAYS = 365


def add_to(bp: Blueprint) -> None:
    """Add the addresses of these pages."""
    both = ["GET", "POST"]
    bp.add_url_rule("/admin/reviewers", "reviewers", reviewers, methods=both)
    bp.add_url_rule("/admin/reviewers/look-again", "look_again", look_again, methods=both)
    bp.add_url_rule("/review/close", "close_people", close_people, methods=both)
    bp.add_url_rule("/verify/close", "close_reviewer", close_reviewer, methods=both)


@requires(VET)
def reviewers() -> Any:
    """Show how many reviewers are checked, and record a check of one. No list of people: one is found by e-mail."""
    form = forms.VettingForm()
    if not form.is_submitted():
        form.vetted_on.data, form.until_on.data = now().date(), now().date() + timedelta(days=USUAL_DAYS)
    elif form.validate() and _record(form):
        flash(_("Recorded. The reviewer can work until that day."))
        return redirect("/admin/reviewers", 303)
    everyone, held, ending = vetting.counts(sql.session, now().date())
    page = render_template(
        "verification_docs/reviewers.html",
        form=form,
        everyone=everyone,
        held=held,
        ending=ending,
        waiting=passed.waiting(sql.session),
    )
    return page, (422 if form.errors else 200)


@requires(VET)
def look_again() -> Any:
    """Ask whom it concerns, say how many, then ask all of them for their papers again."""
    form = forms.LookAgainForm()
    if not form.is_submitted():
        return _look_again_page(form, None, 200)
    reviewer_id = _known(sql.session, form) if form.validate() else None
    if reviewer_id is None:
        return _look_again_page(form, None, 422)
    if reviewer_id == viewer().member_id:
        form.email.errors = [_("You cannot do this to yourself. Ask another admin.")]
        return _look_again_page(form, None, 422)
    count = passed.concerned(sql.session, reviewer_id, form.since.data)
    # The number on the button is what was agreed to; when it has changed since, it is shown again.
    if request.form.get("agreed") != str(count):
        return _look_again_page(form, count, 200)
    with transaction() as db:
        done = looking_again.look_again(db, reviewer_id, form.since.data, viewer().member_id, now().date())
    words = ngettext("One member was asked again.", "%(num)s members were asked again.", done)
    flash(_("This person is no reviewer any more.") + " " + words)
    return redirect("/admin/reviewers", 303)


@requires(REVIEW)
@limiter.limit("30/hour", methods=["POST"])
def close_people() -> Any:
    """Let a reviewer name somebody they must not judge, or take a name back; the answer is always the same."""
    form = forms.CloseForm()
    if form.validate_on_submit():
        me = str(viewer().member_id)
        try:
            with transaction() as db:
                verb = close.take_back if request.form.get("verb") == "take_back" else close.name
                verb(db, me, form.email.data)
        except close.TooMany:
            form.email.errors = [_("You have named as many as we can keep. Talk to an admin.")]
        else:
            flash(_("Noted."))
            return redirect("/review/close", 303)
    count = close.count(sql.session, str(viewer().member_id))
    page = render_template("verification_docs/close_people.html", form=form, count=count)
    return page, (422 if form.errors else 200)


@requires(SUBMIT)
@limiter.limit("10/hour", methods=["POST"])
def close_reviewer() -> Any:
    """Let a member say who among the reviewers must not see their papers; the answer is always the same."""
    form = forms.CloseForm()
    if form.validate_on_submit():
        with transaction() as db:
            close.name_reviewer(db, str(viewer().member_id), form.email.data)
        flash(_("Noted. If this is a reviewer, they will not be given your case."))
        return redirect("/verify", 303)
    page = render_template("verification_docs/close_reviewer.html", form=form)
    return page, (422 if form.errors else 200)


def _record(form: forms.VettingForm) -> bool:
    try:
        with transaction() as db:
            reviewer_id = _known(db, form)
            if reviewer_id is None:
                return False
            days = (form.vetted_on.data, form.until_on.data)
            vetting.vet(db, reviewer_id, form.kind.data, days=days, vetted_by=viewer().member_id)
    except vetting.VettingRefused as refusal:
        words = {
            "own": _("Nobody records their own check. Ask another admin."),
            "days": _("The last day must not be before the day of the check."),
        }
        field = form.until_on if str(refusal) == "days" else form.email
        field.errors = [words.get(str(refusal), _("Choose how they were checked."))]
        return False
    return True


def _known(db: Session, form: Any) -> str | None:
    """Return the id of the member at the address in the form who is a reviewer, or word what is wrong."""
    found = vetting.reviewer_at(db, form.email.data)
    if found is None:
        form.email.errors = [_("No reviewer has this address. Check it, or give them the role first.")]
    return found


def _look_again_page(form: forms.LookAgainForm, count: int | None, code: int) -> Any:
    days = policy().look_again_days
    return render_template("verification_docs/look_again.html", form=form, count=count, days=days), code
