"""What writers do with their own post: withdraw it, change it, appeal when it was hidden."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import permissions
from core.database import now, sql, transaction
from core.web.access import signed_in, viewer
from core.web.security import limiter
from plugins.ward_boards import access, addresses, services
from plugins.ward_boards.conversation import PostRow, ThreadView
from plugins.ward_boards.models import HELD, HIDDEN, PUBLISHED, WITHDRAWN
from plugins.ward_boards.moderation import appeals, editing, vocabulary
from plugins.ward_boards.moderation.about import about, post_or_404
from plugins.ward_boards.moderation.editing import Change
from plugins.ward_boards.moderation.forms import AppealForm, EditForm
from plugins.ward_boards.publishing import Refused
from plugins.ward_boards.words import is_coarse


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    both = ["GET", "POST"]
    bp.add_url_rule("/posts/<post_id>/withdraw", "withdraw", withdraw, methods=both)
    bp.add_url_rule("/posts/<post_id>/edit", "edit", edit, methods=both)
    bp.add_url_rule("/posts/<post_id>/appeal", "appeal", appeal, methods=both)


def _own_or_404(post_id: str) -> tuple[ThreadView, PostRow]:
    thread, post = post_or_404(post_id)
    if not post.is_own or post.state == WITHDRAWN:
        abort(404)
    return thread, post


@signed_in
def withdraw(post_id: str) -> Any:
    """Ask once, then delete the text of one's own post."""
    thread, post = _own_or_404(post_id)
    if request.method == "GET":
        return render_template("ward_boards/withdraw.html", **about(thread, post))
    try:
        with transaction() as db:
            services.withdraw(db, viewer(), post_id)
    except services.PostGone:
        abort(404)
    flash(_("Your post is withdrawn and its text is deleted."))
    if thread.posts_count <= 1 and post.number == 1:
        return redirect(url_for("ward_boards.board", code=thread.ward_codes[0]), 303)
    return redirect(addresses.of_post(post.thread_id, post.number), 303)


@signed_in
@limiter.limit("60/hour", methods=["POST"])
def edit(post_id: str) -> Any:
    """Change one's own post while nobody has answered."""
    thread, post = _own_or_404(post_id)
    if post.state not in (PUBLISHED, HELD):
        abort(404)
    if not thread.posts:
        permissions.require(viewer(), access.POST, thread.ward_codes[0])
    form = EditForm()
    form.has_title = post.number == 1
    if not form.is_submitted():
        form.title.data, form.text.data = thread.title, post.text
    page = {**about(thread, post), "form": form, "minutes": editing.MINUTES, "is_coarse": is_coarse(post)}
    if not form.is_submitted():
        return render_template("ward_boards/moderation/edit.html", **page)
    if not form.validate():
        return render_template("ward_boards/moderation/edit.html", **page), 422
    try:
        with transaction() as db:
            state = editing.edit(db, viewer(), post_id, Change(form.text.data, form.title.data or ""), now=now())
    except Refused as refusal:
        form.text.errors = [*form.text.errors, *refusal.reasons]
        return render_template("ward_boards/moderation/edit.html", **page), 422
    except editing.TooLate:
        late = _("It is too late to change this post. Copy your text and write a reply, or withdraw the post.")
        form.text.errors = [*form.text.errors, late]
        return render_template("ward_boards/moderation/edit.html", **page), 422
    except (services.PostGone, services.NotYours):
        abort(404)
    flash(_("A coordinator will look at the new text first.") if state == HELD else _("Your post is changed."))
    return redirect(addresses.of_post(post.thread_id, post.number), 303)


@signed_in
@limiter.limit("20/hour", methods=["POST"])
def appeal(post_id: str) -> Any:
    """Ask for a second look at one's own hidden post, and read what came of it."""
    thread, post = _own_or_404(post_id)
    chance = appeals.chance(sql.session, post_id)
    if chance is None or (post.state != HIDDEN and chance.outcome is None):
        abort(404)
    form = AppealForm()
    page = {**about(thread, post), "form": form, "chance": chance, "told": vocabulary.told(post.state_reason)}
    page["is_open"] = post.state == HIDDEN and chance.is_open_on(now().date())
    if not form.is_submitted() or not page["is_open"]:
        return render_template("ward_boards/moderation/appeal.html", **page), 422 if form.is_submitted() else 200
    if not form.validate():
        return render_template("ward_boards/moderation/appeal.html", **page), 422
    try:
        with transaction() as db:
            appeals.appeal(db, viewer(), post_id, form.statement.data, now=now())
    except appeals.NoAppeal:
        flash(_("Nothing was sent: this post has been appealed for before, or is no longer hidden."))
    else:
        flash(_("Thank you. Somebody of another ward will look at it again."))
    return redirect(url_for("ward_boards.appeal", post_id=post_id), 303)
