"""The page on which anybody who can read a post reports it, signed in or not.

Source: Online Safety Act 2023, section 20 (content reporting): easy to use, and for whoever can see the content.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template
from flask_babel import gettext as _

from core.database import now, transaction
from core.web.access import public, viewer
from core.web.security import limiter
from plugins.ward_boards import addresses
from plugins.ward_boards.models import PUBLISHED
from plugins.ward_boards.moderation import reports
from plugins.ward_boards.moderation.about import about, post_or_404
from plugins.ward_boards.moderation.forms import FlagForm
from plugins.ward_boards.services import PostGone


def register(bp: Blueprint) -> None:
    """Add the page to the blueprint."""
    bp.add_url_rule("/posts/<post_id>/report", "report", report, methods=["GET", "POST"])


@public
@limiter.limit("20/hour", methods=["POST"])
def report(post_id: str) -> Any:
    """Ask the moderators to look at a post. The writer is not told who asked; of visitors nothing is stored."""
    thread, post = post_or_404(post_id)
    if post.state != PUBLISHED:
        abort(404)
    form = FlagForm()
    form.prepare()
    if not form.is_submitted():
        return render_template("ward_boards/moderation/report.html", form=form, **about(thread, post))
    if not form.validate():
        return render_template("ward_boards/moderation/report.html", form=form, **about(thread, post)), 422
    member_id, said = viewer().member_id, {"reason": form.reason.data, "note": form.note.data or "", "now": now()}
    try:
        with transaction() as db:
            if member_id is None:
                reports.report_as_visitor(db, post_id, **said)
            else:
                reports.flag(db, member_id, post_id, **said)
    except PostGone:
        abort(404)
    flash(_("Thank you. A coordinator will look at the post. Nobody is told that it was you."))
    return redirect(addresses.of_post(post.thread_id, post.number), 303)
