"""The admin takes verifications back: first how many it concerns, then the deed. No list of people."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from core import revocation, wards
from core.database import now, sql, transaction
from core.models import Member
from core.web.access import requires, viewer
from core.web.form_data import DayField


class RevokeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Whose verification, and why; all that is filled in must be true of a member."""

    email = StringField(
        _l("E-mail address of one member"), description=_l("Leave it empty to mean everybody the rest is true of.")
    )
    verified_before = DayField(_l("Verified before this day"), validators=[Optional()])
    ward = SelectField(_l("Home ward"), default="")
    reason = StringField(
        _l("Why"),
        [DataRequired(_l("Write why. It goes to the audit log.")), Length(max=200)],
        description=_l("Only admins and custodians read it. Do not write a name."),
    )


@requires("core.manage")
def show() -> Any:
    """Ask whom it concerns; say how many; then take their verification back."""
    form = RevokeForm()
    form.ward.choices = [("", _("Any ward")), *((w.code, w.name) for w in wards.boards() if w.kind == "ward")]
    if not form.is_submitted():
        return _page(form, None, 200)
    if not form.validate() or not _is_clear(form):
        return _page(form, None, 422)
    condition = _condition(form)
    count = revocation.concerned(sql.session, condition)
    # The number on the button is what was agreed to; when it has changed since, it is shown again.
    if not count or request.form.get("agreed") != str(count):
        return _page(form, count, 200)
    with transaction() as db:
        done = revocation.revoke(db, condition, viewer().member_id, form.reason.data.strip())
    flash(ngettext("Taken back from one member.", "Taken back from %(num)s members.", done))
    return redirect("/admin", 303)


def _condition(form: RevokeForm) -> revocation.Condition:
    return revocation.Condition(
        email=(form.email.data or "").strip() or None,
        verified_before=form.verified_before.data,
        ward_code=form.ward.data or None,
    )


def _is_clear(form: RevokeForm) -> bool:
    condition = _condition(form)
    if condition == revocation.Condition():
        form.email.errors = [_("Say whose: an address, a day or a ward.")]
        return False
    if condition.verified_before and condition.verified_before > now().date():
        form.verified_before.errors = [_("This day is still to come. Choose today or an earlier day.")]
        return False
    if condition.email is None:
        return True
    known = sa.select(Member.id).where(Member.email == condition.email.lower())
    if sql.session.scalar(known) is None:
        form.email.errors = [_("No member has this address. Check it.")]
        return False
    return True


def _page(form: RevokeForm, count: int | None, code: int) -> Any:
    return render_template("core/revoke.html", form=form, count=count), code
