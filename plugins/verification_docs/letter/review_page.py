"""Letters to post: the reviewer's browser opens the address, and prints a plain page. The server reads neither."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template
from flask_babel import gettext as _

from core.database import now, sql, transaction
from core.instance import instance
from core.web.access import requires, viewer
from plugins.verification_docs.letter import forms, queries, refusals, services
from plugins.verification_docs.names import REVIEW


@requires(REVIEW)
def listed() -> Any:
    """List the letters that wait to be posted."""
    return render_template(
        "verification_docs/letter_list.html", rows=queries.to_post(sql.session, _me()), today=now().date()
    )


@requires(REVIEW)
def show(letter_id: str) -> Any:
    """Ask before the address is opened and a code is made."""
    row = next((row for row in queries.to_post(sql.session, _me()) if row.id == letter_id), None)
    if row is None:
        raise refusals.NoLetter
    return render_template("verification_docs/letter_open.html", row=row)


@requires(REVIEW)
def print_letter(letter_id: str) -> Any:
    """Make the code and show the page to print, this once."""
    with transaction() as db:
        printed = services.print_letter(db, _me(), letter_id)
    return render_template(
        "verification_docs/letter_print.html",
        letter_id=letter_id,
        printed=printed,
        site=instance().config.public_url.rstrip("/"),
        valid_days=services.VALID_DAYS,
    )


@requires(REVIEW)
def sealed(letter_id: str) -> Response:
    """Send the sealed address as a file, for a browser without scripts; the reviewer opens it with age."""
    content = services.sealed_address(sql.session, _me(), letter_id)
    answer = Response(content, mimetype="application/octet-stream")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Content-Disposition"] = "attachment; filename=letter.age"
    return answer


@requires(REVIEW)
def posted(letter_id: str) -> Any:
    """Note that it is in the post; the address goes."""
    try:
        with transaction() as db:
            services.post(db, _me(), letter_id, now())
    except refusals.PrintedByAnother:
        flash(str(forms.SENTENCES[refusals.PrintedByAnother]))
        return redirect(f"/review/letters/{letter_id}", 303)
    flash(_("Thank you. The address is deleted, and the member knows that a letter is on its way."))
    return redirect("/review/letters", 303)


def _me() -> str:
    return str(viewer().member_id)
