"""The member's pages about their second factor: set it up, replace it, new recovery codes, switch it off.

Flask-Security keeps the factor and asks for codes at sign-in. Its own pages for setting up make a new secret after
a wrong code and show recovery codes again to whoever holds an open login; ours ask for the password each time.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import qrcode
import qrcode.image.svg
from flask import current_app, flash, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, RadioField, StringField
from wtforms.validators import DataRequired

from core import permissions, second_factor
from core.database import sql, transaction
from core.instance import instance
from core.models import Member
from core.web.access import signed_in, viewer
from core.web.paths import own_path

PURPOSE = "second-factor-setup"
SETUP_SECONDS = 1800


class ChangeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The password, for each change anew: an open login on a borrowed phone must not do."""

    do = RadioField(
        _l("What would you like to do?"),
        choices=[
            ("codes", _l("Get new recovery codes")),
            ("replace", _l("Use another phone or app")),
            ("off", _l("Sign in with the password alone")),
        ],
        default="codes",
    )
    password = PasswordField(_l("Your password"), [DataRequired(_l("Type your password, to show that it is you."))])


class CodeForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The first code of the app, and the signed secret it must come from."""

    state = HiddenField()
    code = StringField(
        _l("The six digits that the app shows now"),
        [DataRequired(_l("Type the six digits that the app shows."))],
        render_kw={"inputmode": "numeric", "maxlength": 12},
    )


@signed_in
def show() -> Any:
    """Lead a member through setting up, and let them change it later."""
    if request.method == "GET":
        form = ChangeForm()
        if not viewer().has_second_factor:
            form.do.data = "replace"
        return _page(form)
    return _confirm(CodeForm()) if "state" in request.form else _change(ChangeForm())


def _page(form: ChangeForm, status: int = 200) -> Any:
    who = viewer()
    must = permissions.must_have_second_factor(who)
    if must:
        form.do.choices = [choice for choice in form.do.choices if choice[0] != "off"]
    left = second_factor.codes_left(sql.session, str(who.member_id))
    return render_template("core/second_factor.html", form=form, must=must, codes_left=left), status


def _change(form: ChangeForm) -> Any:
    member_id = str(viewer().member_id)
    if not form.validate():
        return _page(form, 422)
    try:
        second_factor.check_password(sql.session, member_id, form.password.data)
        if form.do.data == "replace" or not viewer().has_second_factor:
            return _scan(CodeForm(formdata=None), second_factor.new_secret())
        with transaction() as db:
            if form.do.data == "codes":
                return _codes(second_factor.renew_codes(db, member_id), is_first=False)
            second_factor.switch_off(db, member_id)
    except second_factor.WrongPassword:
        form.password.errors = [_("This is not your password. Try again.")]
        return _page(form, 422)
    except second_factor.Needed:
        form.do.errors = [_("One of your roles needs a second factor. You can use another phone, but not be without.")]
        return _page(form, 422)
    _stay_signed_in(member_id)
    flash(_("From now on your password alone lets you in."))
    return redirect("/account", 303)


def _scan(form: CodeForm, secret: str, status: int = 200) -> Any:
    """Show a secret as a picture to scan and as text to type."""
    factory = current_app.extensions["security"].totp_factory
    email = sql.session.get_one(Member, str(viewer().member_id)).email
    uri = factory.get_totp_uri(email, secret)
    form.state.data = instance().keys.token(PURPOSE, [session["_user_id"], secret])
    key = factory.get_totp_pretty_key(secret).replace("-", " ")
    return render_template("core/second_factor_scan.html", form=form, uri=uri, image=_drawn(uri), key=key), status


def _drawn(uri: str) -> str:
    """Draw a QR code on white ground, so that it can be scanned on a dark page too."""
    drawn = io.BytesIO()
    qrcode.make(uri, image_factory=qrcode.image.svg.SvgPathFillImage).save(drawn)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.getvalue()).decode('ascii')}"


def _confirm(form: CodeForm) -> Any:
    member_id = str(viewer().member_id)
    # The signed state names the login that typed the password; setting up ends it, so it counts once.
    known = instance().keys.read_token(PURPOSE, form.state.data or "", SETUP_SECONDS)
    if not known or known[0] != session["_user_id"]:
        flash(_("This page was open for too long. Begin again; it takes a minute."))
        return redirect(request.full_path.rstrip("?"), 303)
    secret = known[1]
    if not form.validate():
        return _scan(form, secret, 422)
    with transaction() as db:
        if not second_factor.is_right(db, member_id, secret, form.code.data):
            codes = None
        else:
            codes = second_factor.set_up(db, member_id, secret)
    if codes is None:
        form.code.errors = [_("This code does not fit. Wait until the app shows the next one and type that.")]
        return _scan(form, secret, 422)
    _stay_signed_in(member_id)
    return _codes(codes, is_first=True)


def _stay_signed_in(member_id: str) -> None:
    """Give this browser, which has just shown the password, the one login that is left."""
    session["_user_id"] = sql.session.get_one(Member, member_id).fs_uniquifier


def _codes(codes: list[str], *, is_first: bool) -> Any:
    go_on = own_path(request.args.get("next", "/account"))
    return render_template("core/second_factor_codes.html", codes=codes, go_on=go_on, is_first=is_first)
