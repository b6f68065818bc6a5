"""The page where a member chooses what the site looks like to others, and what templates need of the choice."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy.exc import SQLAlchemyError
from wtforms import RadioField

from core import accounts, disguises
from core.database import transaction
from core.disguises import Disguise
from core.instance import instance
from core.web.access import signed_in, viewer

PLAIN = "plain"
"""What the form sends for no disguise: an empty value would pass for no answer."""


class DisguiseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """One look of those there are."""

    look = RadioField(_l("What should it look like?"), validate_choice=False)


def register(bp: Blueprint) -> None:
    """Add the page to the account's."""
    bp.add_url_rule("/account/disguise", "disguise", choose, methods=["GET", "POST"])


def worn() -> Disguise:
    """Return the disguise of whoever looks at this page; none where nobody is signed in.

    It comes with the row that says who is asking. An error page must do without a database.
    """
    if "worn" not in g:
        try:
            g.worn = disguises.of(viewer().disguise)
        except SQLAlchemyError:
            g.worn = disguises.NONE
    found: Disguise = g.worn
    return found


@signed_in
def choose() -> Any:
    """Show the looks there are, and take the one that a member chose."""
    form = DisguiseForm()
    own = _("As it is: %(site)s", site=instance().config.site_name)
    form.look.choices = [(one.name or PLAIN, one.title or own) for one in disguises.ALL.values()]
    if form.validate_on_submit():
        try:
            with transaction() as db:
                accounts.choose_disguise(db, str(viewer().member_id), _name(form.look.data or ""))
        except disguises.NoSuchDisguise:
            form.look.errors = [_("Choose one of the names in the list.")]
        else:
            flash(_("Done. It looks like this from now on."))
            return redirect("/account/disguise", 303)
    elif not form.is_submitted():
        form.look.data = viewer().disguise or PLAIN
    return render_template("core/disguise.html", form=form, looks=disguises.ALL.values()), (
        422 if form.is_submitted() else 200
    )


def _name(sent: str) -> str:
    return "" if sent == PLAIN else sent or "?"
