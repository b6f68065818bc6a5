"""What waits for a second pair of eyes: the list, one proposal, and asking to reset a lost second step.

The pages name nobody: who confirms types the address of the member again, and so must know whom it is about.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import abort, flash, redirect, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from core import audit, proposals
from core.database import sql, transaction
from core.models import Member, Proposal
from core.web.access import requires, viewer
from core.web.role_words import role_words
from core.web.security import limiter


class ConfirmForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """The address of the member, so that nobody confirms without knowing whom."""

    email = StringField(
        _l("E-mail address of the member"),
        description=_l("Ask the one who proposed it for the address. You do not need it to turn it down."),
    )


class ResetForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Whose second factor is lost, and how you know that it is really them who ask."""

    email = StringField(_l("E-mail address of the member"), [DataRequired(_l("Type the member's e-mail address."))])
    reason = StringField(
        _l("Why"),
        [DataRequired(_l("Write why, and how you know that it is really them.")), Length(max=200)],
        description=_l("Like: lost phone, I met them. It goes to the audit log. Do not write a name."),
    )


def words_for(proposal: Proposal) -> str:
    """Return what a proposal is, in words."""
    if proposal.kind == proposals.RESET:
        return str(_("Reset the second step of a member"))
    return str(_("Give the role %(role)s", role=role_words()[str(proposal.role)]))


def code_of(proposal: Proposal) -> str:
    """Return the short code by which two people speak of the same proposal."""
    return proposal.id[:6].upper()


@requires(proposals.CONFIRM)
def index() -> str:
    """List what waits."""
    found = proposals.waiting(sql.session, viewer())
    return render_template("core/proposals.html", waiting=found, words_for=words_for, code_of=code_of)


@requires(proposals.CONFIRM)
@limiter.limit("60/hour", methods=["POST"])
def show(proposal_id: str) -> Any:
    """Show one proposal; a POST confirms it or turns it down."""
    form = ConfirmForm()
    try:
        found = proposals.find(sql.session, viewer(), proposal_id)
        if not form.is_submitted():
            return _page(form, found, 200)
        if request.form.get("verb") == "turn_down":
            with transaction() as db:
                proposals.turn_down(db, viewer(), proposal_id)
            flash(_("Turned down."))
        else:
            with transaction() as db:
                proposals.confirm(db, viewer(), proposal_id, form.email.data or "")
            flash(_("Confirmed. It holds from now on."))
    except proposals.Gone:
        if request.method == "GET":
            abort(404)
        flash(_("This does not wait any more: somebody dealt with it, or it has lapsed."))
    except proposals.Refused as problem:
        form.email.errors = [str(problem)]
        return _page(form, proposals.find(sql.session, viewer(), proposal_id), 422)
    return redirect(proposals.PATH, 303)


def _page(form: ConfirmForm, found: Proposal, status: int) -> Any:
    return render_template(
        "core/proposal.html",
        form=form,
        proposal=found,
        what=words_for(found),
        code=code_of(found),
        proposer=audit.actor_hash(found.proposed_by)[:8],
        is_mine=viewer().member_id == found.proposed_by,
        is_about_me=viewer().member_id == found.member_id,
        can_be_confirmed=proposals.can_confirm(sql.session, found),
    ), status


@requires(proposals.MANAGE)
@limiter.limit("30/hour", methods=["POST"])
def ask_reset() -> Any:
    """Ask that a member's lost second factor be reset; another admin confirms it."""
    form = ResetForm()
    if form.validate_on_submit() and _ask_reset(form):
        flash(_("Asked. Another admin has %(days)s days to confirm it.", days=proposals.KEPT_DAYS))
        return redirect(proposals.PATH, 303)
    return render_template("core/reset_second_factor.html", form=form), (422 if form.is_submitted() else 200)


def _ask_reset(form: ResetForm) -> bool:
    try:
        with transaction() as db:
            member_id = db.scalar(sa.select(Member.id).where(Member.email == form.email.data.strip().lower()))
            if member_id is None:
                form.email.errors = [_("No member has this address. Check it.")]
                return False
            proposals.propose_reset(db, viewer(), member_id, form.reason.data.strip())
    except proposals.Refused as problem:
        form.email.errors = [str(problem)]
        return False
    return True
