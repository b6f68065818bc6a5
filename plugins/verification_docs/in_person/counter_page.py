"""The counter: two reviewers, one after the other, each on their own sign-in, with the papers in their hands.

The code stands in the form and never in an address. What is typed goes back into the page that the reviewer is
looking at, and nowhere else.
"""

from __future__ import annotations

from typing import Any

from flask import flash, g, redirect, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from core import wards
from core.database import now, sql, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.verification_docs import postcodes
from plugins.verification_docs.duplicates import forms as number_forms
from plugins.verification_docs.duplicates import numbers, tags
from plugins.verification_docs.forms import POSTCODE_SENTENCES
from plugins.verification_docs.in_person import forms, refusals, services
from plugins.verification_docs.in_person.models import CounterCheck
from plugins.verification_docs.names import REVIEW
from plugins.verification_docs.papers import KINDS
from plugins.verification_docs.refusals import PostcodeRefused

WRONG_CODES = "10/hour"
REFUSALS = tuple(forms.SENTENCES)


def _me() -> str:
    return str(viewer().member_id)


# Each reviewer has ten wrong codes an hour, over pages and API; right ones are not counted.
guessing = limiter.shared_limit(
    WRONG_CODES,
    scope="counter_codes",
    key_func=_me,
    methods=["POST"],
    deduct_when=lambda _answer: bool(g.get("was_wrong_code")),
)


def find(db: Any, typed: str) -> CounterCheck:
    """Return the check that this reviewer may sign; a wrong code is counted.

    Raises:
        CodeUnknown and the others of `services.find`.
    """
    try:
        return services.find(db, _me(), typed, now().date())
    except refusals.CodeUnknown:
        g.was_wrong_code = True
        raise


@requires(REVIEW)
def ask_code() -> Any:
    """Ask for the code of the member who stands there."""
    return _code_page(forms.CodeForm())


@requires(REVIEW)
@guessing
def show() -> Any:
    """Show what there is to sign for a code: everything for the first, the number once more for the second."""
    form = forms.CodeForm()
    if not form.validate():
        return _code_page(form), 422
    try:
        check = find(sql.session, str(form.code.data))
    except REFUSALS as refusal:
        return _code_page(form, refusal), 422
    code = str(form.code.data)
    if check.first_by is None:
        return _first_page(forms.FirstForm.for_counter(code))
    return _second_page(forms.SecondForm.for_counter(code), check)


@requires(REVIEW)
@guessing
def sign_first() -> Any:
    """Show the ward of the postcode; when it was shown, sign."""
    form = forms.FirstForm.for_counter()
    try:
        find(sql.session, str(form.code.data))
        if not form.validate():
            return _first_page(form), 422
        ward_code = _ward_of(form)
        if ward_code is None:
            return _first_page(form), 422
        if form.ward.data != ward_code:
            form.ward.data = ward_code
            return _first_page(form)
        read = numbers.tags_of(form.typed)
        seen = services.Seen(form.kinds, ward_code, read.document, read.person)
        with transaction() as db:
            services.sign_first(db, _me(), str(form.code.data), seen, now())
    except tags.Busy:
        form.document_number.errors = [number_forms.BUSY]
        return _first_page(form), 503
    except REFUSALS as refusal:
        return _code_page(forms.CodeForm(), refusal), 409
    flash(_("Signed. Now another volunteer types the same code, on their own sign-in, and looks at the papers too."))
    return redirect("/review/in-person", 303)


@requires(REVIEW)
@guessing
def sign_second() -> Any:
    """Compare the numbers that two people read; when they are the same, the member is verified."""
    form = forms.SecondForm.for_counter()
    try:
        check = find(sql.session, str(form.code.data))
        if not form.validate():
            return _second_page(form, check), 422
        tag = tags.document_tag(str(form.country.data), str(form.document_number.data))
        with transaction() as db:
            signed = services.sign_second(db, _me(), str(form.code.data), tag, now())
    except tags.Busy:
        form.document_number.errors = [number_forms.BUSY]
        return _second_page(form, check), 503
    except REFUSALS as refusal:
        return _code_page(forms.CodeForm(), refusal), 409
    if signed.outcome == services.DIFFERS:
        form.document_number.errors = [differs(signed.tries_left)]
        return _second_page(form, check), 422
    flash(outcome_words(signed.outcome))
    return redirect("/review/in-person", 303)


def differs(tries_left: int) -> str:
    """Return what to do when the numbers differ."""
    return str(
        ngettext(
            "The first volunteer read something else. Look again, letter by letter. You have 1 try left.",
            "The first volunteer read something else. Look again, letter by letter. You have %(num)s tries left.",
            tries_left,
        )
    )


def outcome_words(outcome: str) -> str:
    """Return what came of the second signature as a sentence."""
    sentences = {
        services.VERIFIED_NOW: _("Signed. The member is verified. Nothing of the papers was kept."),
        services.HELD: _("Signed. Something else must be decided first. We will write to the member."),
        services.OVER: _("The two numbers do not match. This check is over: the member can make a new code."),
    }
    return str(sentences[outcome])


def _ward_of(form: forms.FirstForm) -> str | None:
    """Return the ward of the typed postcode; None when the form says why there is none."""
    try:
        postcode = postcodes.home_postcode(sql.session, str(form.postcode.data))
    except PostcodeRefused as refusal:
        form.postcode.errors = [POSTCODE_SENTENCES[refusal.code]]
        return None
    return wards.ward_of_postcode(sql.session, postcode).ward_code


def _code_page(form: forms.CodeForm, refusal: Exception | None = None) -> Any:
    if refusal is not None:
        form.code.errors = [forms.SENTENCES[type(refusal)]]
    return render_template("verification_docs/in_person_code.html", form=form)


def _first_page(form: forms.FirstForm) -> Any:
    kinds = forms.asked_kinds()
    return render_template("verification_docs/in_person_first.html", form=form, kinds=kinds)


def _second_page(form: forms.SecondForm, check: CounterCheck) -> Any:
    shown = [KINDS[name] for name in KINDS if name in (check.shown or "").split()]
    return render_template("verification_docs/in_person_second.html", form=form, kinds=shown, ward_code=check.ward_code)
