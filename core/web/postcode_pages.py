"""The admin looks a postcode up: which ward counts and why, and says otherwise where the directory is wrong."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField

from core import postcode_files, postcode_overrides, postcodes, wards
from core.database import now, sql, transaction
from core.web.access import requires, viewer

NOBODY = "none"


class PostcodeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A postcode, and the ward it shall count for. Sent in the body: it must not stand in an address or a log."""

    postcode = StringField(_l("Postcode"), description=_l("It looks like E3 4AB."))
    ward = SelectField(_l("It counts for"), validate_choice=False)


@requires("core.manage")
def show() -> Any:
    """Show what is known of a postcode; a POST with a verb changes it."""
    form = PostcodeForm()
    form.ward.choices = [(w.code, w.name) for w in wards.boards() if w.kind == "ward"]
    form.ward.choices.append((NOBODY, _("Nobody lives there (a firm or a PO box)")))
    if not form.is_submitted():
        return _page(form, None, 200)
    if not form.validate():
        return _page(form, None, 422)
    verb = request.form.get("verb", "look")
    try:
        if verb == "set" and not _set(form):
            return _page(form, _origin(form), 422)
        if verb == "unset":
            with transaction() as db:
                postcode_overrides.unset(db, form.postcode.data or "", viewer().member_id)
    except postcode_overrides.NotAPostcode:
        form.postcode.errors = [_("This does not look like a postcode. It should look like E3 4AB.")]
        return _page(form, None, 422)
    if verb in ("set", "unset"):
        flash(_("Done. The list below shows what admins have said."))
        return redirect("/admin/postcodes", 303)
    return _looked_up(form)


def _looked_up(form: PostcodeForm) -> Any:
    try:
        found = _origin(form)
    except postcode_overrides.NotAPostcode:
        typed = (form.postcode.data or "").strip()
        missing = _("Type a postcode, for example E3 4AB.")
        form.postcode.errors = [
            _("This does not look like a postcode. It should look like E3 4AB.") if typed else missing
        ]
        return _page(form, None, 422)
    form.ward.data = found.answer.ward_code or (NOBODY if found.answer.refusal == "large_user" else None)
    return _page(form, found, 200)


def _set(form: PostcodeForm) -> bool:
    ward_code = None if form.ward.data == NOBODY else str(form.ward.data or "")
    if ward_code is not None and not wards.is_ward(ward_code):
        form.ward.errors = [_("Choose a ward from the list.")]
        return False
    with transaction() as db:
        postcode_overrides.set_ward(db, form.postcode.data or "", ward_code, viewer().member_id, now().date())
    return True


def _origin(form: PostcodeForm) -> postcode_overrides.Origin:
    return postcode_overrides.origin(sql.session, form.postcode.data or "")


def _page(form: PostcodeForm, found: postcode_overrides.Origin | None, code: int) -> Any:
    page = render_template(
        "core/postcodes.html",
        form=form,
        found=found,
        overrides=postcode_overrides.overrides(sql.session),
        product_words=_product_words(),
        refusal_words=_refusal_words(),
    )
    return page, code


def _product_words() -> dict[str, str]:
    return {
        postcode_files.ONSPD: _("ONS Postcode Directory (by the place of the postcode)"),
        postcode_files.NSPL: _("National Statistics Postcode Lookup (by best fit of small areas)"),
        postcode_files.CODE_POINT: _("Code-Point Open"),
        postcode_files.OTHER: _("Another list"),
        postcodes.MADE: _("Made for the demonstration"),
        "": _("A list of an earlier version"),
    }


def _refusal_words() -> dict[str, str]:
    return {
        "unknown": _("We do not know it."),
        "terminated": _("It is no longer in use."),
        "large_user": _("Nobody lives there: a firm or a PO box."),
        "outside": _("It is in another borough."),
    }
