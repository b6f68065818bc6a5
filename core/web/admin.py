"""The admin's page: numbers, plugins, roles, the audit chain. No list of people: one is found by e-mail.

A role that is given waits for another person to confirm it; one that is taken back is gone at once.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired

from core import audit, members, plugin_manager, proposals, wards
from core.contributions import ROLES, WARD_ROLES
from core.database import now, sql, transaction
from core.models import AuditEntry, Member, Membership
from core.web import postcode_pages, revoking
from core.web import proposals as waiting
from core.web.access import requires, viewer
from core.web.role_words import role_words

_PROPOSED = _l("Proposed. Another admin or a reviewer now has to confirm it. You find it under Proposals.")
GIVEN = tuple(role for role in ROLES if role not in members.GIVEN_BY_CIRCUMSTANCE)


class RoleForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Give a role to the member behind an e-mail address, or take it back."""

    email = StringField(_l("E-mail address of the member"), [DataRequired(_l("Type the member's e-mail address."))])
    role = SelectField(_l("Role"))
    ward = SelectField(_l("Ward"), description=_l("Only for coordinators and officers. Empty means the whole borough."))
    verb = SelectField(_l("What to do"), choices=[("grant", _l("Propose the role")), ("withdraw", _l("Take it back"))])


def blueprint() -> Blueprint:
    """Return the admin pages."""
    bp = Blueprint("admin", __name__)
    bp.add_url_rule("/admin", "show", show, methods=["GET", "POST"])
    bp.add_url_rule("/admin/revoke", "revoke", revoking.show, methods=["GET", "POST"])
    bp.add_url_rule("/admin/postcodes", "postcodes", postcode_pages.show, methods=["GET", "POST"])
    bp.add_url_rule("/admin/proposals", "proposals", waiting.index)
    bp.add_url_rule("/admin/proposals/<proposal_id>", "proposal", waiting.show, methods=["GET", "POST"])
    bp.add_url_rule("/admin/second-factor", "second_factor", waiting.ask_reset, methods=["GET", "POST"])
    return bp


@requires("core.manage")
def show() -> Any:
    """Show the instance to its admin; a POST proposes a role or takes one."""
    form = RoleForm()
    form.ward.choices = [("", _("Whole borough")), *((w.code, w.name) for w in wards.boards() if w.kind == "ward")]
    form.role.choices = [(role, role_words()[role]) for role in GIVEN]
    if form.validate_on_submit() and _change_role(form):
        return redirect("/admin", 303)
    return render_template("core/admin.html", form=form, **_facts()), (422 if form.is_submitted() else 200)


def _change_role(form: RoleForm) -> bool:
    actor = viewer().member_id
    ward = (form.ward.data or None) if form.role.data in WARD_ROLES else None
    try:
        with transaction() as db:
            member_id = db.scalar(sa.select(Member.id).where(Member.email == form.email.data.strip().lower()))
            if member_id is None:
                form.email.errors = [_("No member has this address. Check it, or ask them to join first.")]
                return False
            if member_id == actor and form.role.data == "admin" and form.verb.data == "withdraw":
                form.role.errors = [_("You cannot take your own admin role. Ask another admin.")]
                return False
            if form.verb.data == "grant":
                proposals.propose_role(db, viewer(), member_id, form.role.data, ward)
            else:
                members.withdraw(db, member_id, form.role.data, ward, actor)
    except (members.NotPossible, proposals.Refused) as problem:
        form.role.errors = [str(problem)]
        return False
    flash(_PROPOSED if form.verb.data == "grant" else _("Done."))
    return True


def _facts() -> dict[str, Any]:
    db = sql.session
    today = now().date()
    loaded = plugin_manager.current()
    return {
        "member_count": db.scalar(sa.select(sa.func.count(Member.id)).where(Member.active)),
        "verified_count": db.scalar(sa.select(sa.func.count(Membership.member_id)).where(Membership.until_on >= today)),
        "plugins": [(p.name, p.name in loaded, p.distribution) for p in plugin_manager.available()],
        "audit": db.execute(
            sa.select(AuditEntry.sequence, AuditEntry.recorded_on, AuditEntry.verb, AuditEntry.reason)
            .order_by(AuditEntry.sequence.desc())
            .limit(20)
        ).all(),
        "audit_problem": audit.verify(db),
    }
