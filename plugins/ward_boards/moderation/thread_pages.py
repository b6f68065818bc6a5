"""What moderators do with a whole thread: close it for replies, move it, join it with another."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from core.database import now, sql, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.ward_boards import access, conversation
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.moderation import merging, outcomes, threads
from plugins.ward_boards.moderation.about import require_moderator
from plugins.ward_boards.moderation.forms import MergeForm, MoveForm
from plugins.ward_boards.moderation.threads import Place


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    both = ["GET", "POST"]
    bp.add_url_rule("/threads/<thread_id>/lock", "lock", lock, methods=["POST"])
    bp.add_url_rule("/threads/<thread_id>/move", "move", move, methods=both)
    bp.add_url_rule("/threads/<thread_id>/merge", "merge", merge, methods=both)


def _moderated_or_404(thread_id: str) -> ThreadView:
    thread = conversation.thread_view(sql.session, viewer(), thread_id)
    if thread is None:
        abort(404)
    require_moderator(thread)
    return thread


@requires(access.MODERATE)
def lock(thread_id: str) -> Any:
    """Stop a thread from taking replies, or open it again."""
    _moderated_or_404(thread_id)
    locked = request.form.get("locked") == "1"
    with transaction() as db:
        threads.set_locked(db, viewer(), thread_id, locked=locked, reason="", now=now())
    flash(_("The thread takes no more replies.") if locked else _("The thread takes replies again."))
    return redirect(url_for("ward_boards.thread", thread_id=thread_id), 303)


@requires(access.MODERATE)
@limiter.limit("60/hour", methods=["POST"])
def move(thread_id: str) -> Any:
    """Put a thread on other boards, under another kind, or before fewer readers."""
    thread = _moderated_or_404(thread_id)
    form = MoveForm()
    form.offer(thread.tier)
    if not form.is_submitted():
        form.wards.data, form.category.data, form.tier.data = list(thread.ward_codes), thread.category, thread.tier
        form.reason.data = "offtopic"
        return render_template("ward_boards/moderation/move.html", thread=thread, form=form)
    if not form.validate():
        return render_template("ward_boards/moderation/move.html", thread=thread, form=form), 422
    place = Place(frozenset(form.wards.data), form.category.data, form.tier.data)
    asked: frozenset[str] = frozenset()

    def deed(db: Any, at: Any) -> None:
        nonlocal asked
        asked = threads.move(db, viewer(), thread_id, place, form.ruling, now=at)

    said = outcomes.carry_out(deed, _("The thread is moved."))
    if asked:
        said = ngettext(
            "Done. The moderators of %(num)s other board are asked whether they take it.",
            "Done. The moderators of %(num)s other boards are asked whether they take it.",
            len(asked),
        )
    flash(said)
    return _after(thread_id)


def _after(thread_id: str) -> Any:
    """Lead to the thread, or to the queue when it is no longer on a board of the viewer's."""
    if conversation.thread_view(sql.session, viewer(), thread_id) is None:
        return redirect(url_for("ward_boards.moderation"), 303)
    return redirect(url_for("ward_boards.thread", thread_id=thread_id), 303)


@requires(access.MODERATE)
@limiter.limit("60/hour", methods=["POST"])
def merge(thread_id: str) -> Any:
    """Move the posts of a thread to the end of another; its address leads there from then on."""
    thread = _moderated_or_404(thread_id)
    form = MergeForm()
    form.prepare()
    if not form.is_submitted():
        form.reason.data = "repeat"
        return render_template("ward_boards/moderation/merge.html", thread=thread, form=form)
    target = None
    if form.validate() and form.into_id is not None:
        target = conversation.thread_view(sql.session, viewer(), form.into_id)
        if target is None or not target.moderates or target.id == thread.id:
            form.into.errors = [_("There is no other thread at this address that you moderate.")]
    if target is None or form.into.errors:
        return render_template("ward_boards/moderation/merge.html", thread=thread, form=form), 422
    into_id = target.id
    said = outcomes.carry_out(
        lambda db, at: merging.merge(db, viewer(), thread_id, into_id, form.ruling, now=at),
        _("The two threads are one now. The old address leads here."),
    )
    flash(said)
    return redirect(url_for("ward_boards.thread", thread_id=into_id), 303)
