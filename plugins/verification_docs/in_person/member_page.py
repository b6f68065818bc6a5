"""The member's page: what to bring to the counter, and the code, told once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template
from flask_babel import gettext as _

from core.database import now, sql, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.verification_docs import refusals, steps
from plugins.verification_docs.forms import MORE_TIME
from plugins.verification_docs.in_person import forms, queries, services
from plugins.verification_docs.names import SUBMIT
from plugins.verification_docs.policy import policy


@requires(SUBMIT)
def show() -> str:
    """Show what to bring, and whether there is a code; the code itself is told only when it is made."""
    return _page(None)


@requires(SUBMIT)
@limiter.limit("20/hour")
def make() -> Any:
    """Make a code and show it, this once; no address leads back to it."""
    try:
        with transaction() as db:
            code = services.make(db, _me(), now())
    except refusals.OnHold:
        flash(MORE_TIME)
        return redirect("/verify", 303)
    except refusals.NotNow:
        flash(_("Another page of yours made a code in the same moment. Press the button once more."))
        return redirect("/verify/in-person", 303)
    return _page(code)


@requires(SUBMIT)
def cancel() -> Any:
    """Forget the code and what was signed."""
    with transaction() as db:
        had_one = services.cancel(db, _me())
    flash(_("Done. The code does not count any more.") if had_one else _("There was no code."))
    return redirect("/verify", 303)


def _page(code: str | None) -> str:
    found = steps.of(policy().rule, None, ())
    photo = next((kind for step in found for kind in step.kinds if kind.name == "id"), None)
    return render_template(
        "verification_docs/in_person.html",
        code=code,
        check=queries.own_check(sql.session, _me(), now().date()),
        steps=found,
        # What to do with a photo of it is of no use to somebody who brings the thing itself.
        documents={kind.name: [replace(d, note="") for d in kind.uploads] for step in found for kind in step.kinds},
        photo_documents=() if photo else forms.photo_documents(),
        policy=policy(),
        valid_days=services.VALID_DAYS,
    )


def _me() -> str:
    return str(viewer().member_id)
