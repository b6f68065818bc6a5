"""A member's own pages: joining, the account, alias, their data."""

from __future__ import annotations

from typing import Any

import email_validator
import sqlalchemy as sa
from flask import Blueprint, Response, flash, redirect, render_template, session
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired

from core import accounts, aliases, members, privacy
from core.database import sql, transaction
from core.models import Member, Membership
from core.notifications import inbox
from core.web import disguises, notices, ward_choice
from core.web.access import is_second_factor_missing, public, signed_in, viewer
from core.web.security import limiter


class JoinForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """An alias and an e-mail address; there is no field for a real name."""

    alias = StringField(
        _l("Your alias"),
        [DataRequired(_l("Choose an alias. It is the name other members see."))],
        description=_l("Do not use your real name. We made one up for you; you may change it."),
    )
    email = StringField(
        _l("Your e-mail address"),
        [DataRequired(_l("Type your e-mail address, so that we can send you the link."))],
        description=_l("Only you see it. We send you a link to choose a password."),
    )


class AliasForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """A new alias, once."""

    alias = StringField(_l("New alias"), [DataRequired(_l("Type the alias you would like."))])


class CloseForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Closing the account wants a tick, so that one slip does not do it."""

    sure = BooleanField(_l("Yes, close my account for good"), [DataRequired(_l("Tick the box if you are sure."))])


def blueprint() -> Blueprint:
    """Return the account pages, under core's name."""
    bp = Blueprint("account", __name__)
    bp.add_url_rule("/join", "join", join, methods=["GET", "POST"])
    bp.add_url_rule("/account", "show", show)
    bp.add_url_rule("/account/alias", "rename", rename, methods=["POST"])
    ward_choice.register(bp)
    bp.add_url_rule("/account/data.json", "export", export, methods=["POST"])
    bp.add_url_rule("/account/close", "close", close, methods=["GET", "POST"])
    notices.register(bp)
    disguises.register(bp)
    return bp


@public
@limiter.limit("20/hour", methods=["POST"])
def join() -> Any:
    """Join with an alias and an e-mail address; the answer is the same for a known address."""
    if viewer().is_signed_in:
        return redirect("/account", 303)
    form = JoinForm()
    if not form.is_submitted():
        form.alias.data = aliases.suggest(_is_taken)
        return render_template("core/join.html", form=form)
    if form.validate() and _join(form):
        return render_template("core/join_sent.html", email=form.email.data.strip())
    return render_template("core/join.html", form=form), 422


def _is_taken(alias: str) -> bool:
    found = sql.session.scalar(sa.select(Member.id).where(sa.func.lower(Member.alias) == alias.lower()))
    return found is not None


def _join(form: JoinForm) -> bool:
    try:
        email = accounts.normal_email(form.email.data)
    except email_validator.EmailNotValidError:
        form.email.errors = [_("This does not look like an e-mail address. It should look like name@place.uk.")]
        return False
    try:
        with transaction() as db:
            accounts.join(db, form.alias.data, email)
    except accounts.AliasTaken:
        form.alias.errors = [_("Another member has this alias. Choose a different one.")]
        return False
    except accounts.AliasUnfit:
        form.alias.errors = [_alias_rule()]
        return False
    return True


def _alias_rule() -> str:
    return str(_("Use 3 to 40 letters, digits or spaces. Do not use an e-mail address."))


@signed_in
def show() -> str:
    """Show a member their own account."""
    return _account_page(AliasForm())


def _account_page(alias_form: AliasForm) -> str:
    who = viewer()
    row = sql.session.execute(
        sa.select(Member.email, Member.alias_changes, Membership.ward_code, Membership.until_on, Membership.split_from)
        .outerjoin(Membership, Membership.member_id == Member.id)
        .where(Member.id == who.member_id)
    ).one()
    return render_template(
        "core/account.html",
        email=row.email,
        may_rename=row.alias_changes == 0,
        ward_code=row.ward_code,
        until_on=row.until_on,
        was_split=row.split_from is not None,
        second_factor_missing=is_second_factor_missing(),
        alias_form=alias_form,
        unread=inbox.unread(sql.session, str(who.member_id)),
    )


@signed_in
def rename() -> Any:
    """Change the alias, once."""
    form = AliasForm()
    if form.validate_on_submit():
        try:
            with transaction() as db:
                done = accounts.rename_alias(db, str(viewer().member_id), form.alias.data)
            flash(
                _("Your alias is changed.")
                if done
                else _("You have changed your alias before. It can be changed only once.")
            )
            return redirect("/account", 303)
        except accounts.AliasTaken:
            form.alias.errors = [_("Another member has this alias. Choose a different one.")]
        except accounts.AliasUnfit:
            form.alias.errors = [_alias_rule()]
    return _account_page(form), 422


@signed_in
def export() -> Response:
    """Give a member all that is held on them, as one JSON file."""
    import json

    parts = privacy.export(sql.session, str(viewer().member_id))
    answer = Response(json.dumps(parts, default=str, ensure_ascii=False, indent=2), mimetype="application/json")
    answer.headers["Content-Disposition"] = "attachment; filename=my-data.json"
    return answer


@signed_in
def close() -> Any:
    """Erase the account after a tick; what must be kept is listed by the erasure itself."""
    form = CloseForm()
    if form.validate_on_submit() and members.is_last_admin(sql.session, str(viewer().member_id)):
        form.sure.errors = [_("You are the only admin. Give somebody else that role first.")]
    elif form.validate_on_submit():
        with transaction() as db:
            privacy.erase(db, str(viewer().member_id))
        session.clear()
        flash(_("Your account is closed and your data is deleted."))
        return redirect("/", 303)
    return render_template("core/close.html", form=form), (422 if form.is_submitted() else 200)
