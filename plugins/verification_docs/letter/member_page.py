"""The member's pages of a letter: ask for it, wait for it, type its code."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template
from flask_babel import gettext as _

from core.database import now, sql, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.verification_docs import queries as case_queries
from plugins.verification_docs.forms import MORE_TIME, NO_REVIEWERS, POSTCODE_SENTENCES
from plugins.verification_docs.keys.services import TooFewReviewers
from plugins.verification_docs.letter import forms, queries, refusals, services
from plugins.verification_docs.names import SUBMIT
from plugins.verification_docs.refusals import NotNow, OnHold, PostcodeRefused


@requires(SUBMIT)
def show() -> Any:
    """Show what is next: the address, the wait, or the code."""
    if queries.own_letter(sql.session, _me(), now().date()) is not None:
        return _wait_page(forms.CodeForm(), 200)
    case = case_queries.latest_case(sql.session, _me())
    if not services.is_offered(sql.session, _me(), case.id if case is not None and case.is_open else None):
        flash(str(forms.SENTENCES[refusals.NotOffered]))
        return redirect("/verify", 303)
    return _ask_page(forms.AddressForm(), 200)


@requires(SUBMIT)
@limiter.limit("20/hour")
def ask() -> Any:
    """Take the address, sealed at once."""
    form = forms.AddressForm()
    if not form.validate():
        return _ask_page(form, 422)
    try:
        with transaction() as db:
            services.ask(db, _me(), form.typed, now())
    except PostcodeRefused as refusal:
        form.postcode.errors = [POSTCODE_SENTENCES[refusal.code]]
        return _ask_page(form, 422)
    except TooFewReviewers:
        form.address.errors = [NO_REVIEWERS]
        return _ask_page(form, 422)
    except refusals.TooManyLetters:
        form.address.errors = [forms.SENTENCES[refusals.TooManyLetters]]
        return _ask_page(form, 422)
    except (refusals.NotOffered, NotNow):
        flash(str(forms.SENTENCES[refusals.NotOffered]))
    except OnHold:
        flash(str(MORE_TIME))
    else:
        flash(_("Saved and sealed. A volunteer will post the letter. We write to you when it is on its way."))
    return redirect("/verify", 303)


@requires(SUBMIT)
@limiter.limit("20/hour")
def enter() -> Any:
    """Compare the code that was typed."""
    form = forms.CodeForm()
    try:
        if not form.validate():
            return _wait_page(form, 422)
        with transaction() as db:
            entered = services.enter(db, _me(), str(form.code.data), now())
    except refusals.NoLetter:
        flash(_("We wait for no code just now. If yours is too old, you can ask for another letter."))
        return redirect("/verify", 303)
    except OnHold:
        flash(str(MORE_TIME))
        return redirect("/verify", 303)
    except PostcodeRefused as refusal:
        form.code.errors = [POSTCODE_SENTENCES[refusal.code]]
        return _wait_page(form, 422)
    if entered.outcome == services.WRONG:
        form.code.errors = [forms.tries_left(entered.tries_left)]
        return _wait_page(form, 422)
    right = _("That is the right code. Your address is proved.")
    flash(right if entered.outcome == services.RIGHT else str(forms.USED_UP))
    return redirect("/verify", 303)


@requires(SUBMIT)
def cancel() -> Any:
    """Take the letter back; its code does not count any more."""
    with transaction() as db:
        had_one = services.cancel(db, _me())
    flash(
        _("Done. The address is deleted, and a code that is on its way does not count.")
        if had_one
        else _("There was no letter.")
    )
    return redirect("/verify", 303)


def _ask_page(form: forms.AddressForm, code: int) -> Any:
    page = render_template("verification_docs/letter_ask.html", form=form, valid_days=services.VALID_DAYS)
    return page, code


def _wait_page(form: forms.CodeForm, code: int) -> Any:
    letter = queries.own_letter(sql.session, _me(), now().date())
    if letter is None:
        raise refusals.NoLetter
    return render_template("verification_docs/letter_code.html", form=form, letter=letter), code


def _me() -> str:
    return str(viewer().member_id)
