"""The page on which a member of a ward that was split says in which part they live."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField

from core import ward_changes, wards
from core.database import sql, transaction
from core.web.access import signed_in, viewer


class WardChoiceForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One of the parts of the old ward."""

    ward = RadioField(_l("Where do you live?"), validate_choice=False)


def register(bp: Blueprint) -> None:
    """Add the page to the account's blueprint."""
    bp.add_url_rule("/account/ward", "choose_ward", choose, methods=["GET", "POST"])


@signed_in
def choose() -> Any:
    """Ask once; who has nothing to choose is led to their account, where their ward stands."""
    member_id = str(viewer().member_id)
    parts = ward_changes.choices(sql.session, member_id)
    if not parts:
        return redirect("/account", 303)
    form = WardChoiceForm()
    form.ward.choices = [(code, wards.name_of(code)) for code in parts]
    if not form.is_submitted():
        return render_template("core/ward_choice.html", form=form)
    try:
        with transaction() as db:
            ward_changes.choose(db, member_id, form.ward.data or "")
    except ward_changes.NotOfThisSplit:
        form.ward.errors = [_("Choose one of these. Moved house? Then show a volunteer your new address.")]
        return render_template("core/ward_choice.html", form=form), 422
    flash(_("Thank you. This is your ward now."))
    return redirect("/account", 303)
