"""What concerns one post or thread: its writer's answer to a notice, and the mark that a court case is active."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import permissions
from core.database import now, sql, transaction
from core.web.access import requires, signed_in, viewer
from plugins.ward_boards import access, addresses, conversation, words
from plugins.ward_boards.complaints import course, mails, papers, proceedings, queries, services
from plugins.ward_boards.complaints.forms import AnswerForm
from plugins.ward_boards.conversation import PostRow
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.services import NotYours


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    bp.add_url_rule("/posts/<post_id>/complaint", "post_complaint", answer, methods=["GET", "POST"])
    bp.add_url_rule("/threads/<thread_id>/proceedings", "set_proceedings", set_proceedings, methods=["POST"])


@signed_in
def answer(post_id: str) -> Any:
    """Show the writer of a post what somebody says about it, and take their answer."""
    found = conversation.post_row(sql.session, viewer(), post_id)
    notice = queries.open_notice_of(sql.session, post_id) if found and found[1].is_own else None
    if found is None or notice is None:
        abort(404)
    thread, post = found
    form = AnswerForm()
    form.prepare()
    page = {
        "form": form,
        "thread": thread,
        "post": post,
        "notice": notice,
        "said": mails.redacted(papers.open_notice(notice.sealed)),
        "words": words.Speaker(),
        "course": course,
    }
    if request.method == "GET":
        return render_template("ward_boards/complaints/writer.html", **page)
    if request.form.get("read"):
        return _take(notice.id, post, course.READ, None, _("You have five days to answer, from tomorrow."))
    if not form.validate():
        return render_template("ward_boards/complaints/writer.html", **page), 422
    said = _("Your post is taken down.") if form.step.data == course.WITHDRAW else _("Your answer is sent.")
    return _take(notice.id, post, form.step.data, form.answer(), said)


def _take(notice_id: str, post: PostRow, step: str, given: papers.Answer | None, said: str) -> Any:
    try:
        with transaction() as db:
            services.answer(db, viewer(), notice_id, step, now=now(), given=given)
    except (course.NotNow, NotYours):
        said = _("Nothing was changed: the notice is no longer as you saw it.")
    flash(said)
    if step == course.READ:
        return redirect(url_for("ward_boards.post_complaint", post_id=post.id), 303)
    return redirect(addresses.of_post(post.thread_id, post.number), 303)


@requires(access.MODERATE)
def set_proceedings(thread_id: str) -> Any:
    """Mark that a court case is active about a thread, or that it is over."""
    thread = conversation.thread_view(sql.session, viewer(), thread_id)
    if thread is None:
        abort(404)
    if not thread.moderates:
        permissions.require(viewer(), access.MODERATE, thread.ward_codes[0])
        raise permissions.Denied(access.MODERATE, "you do not moderate a board of this thread")
    active = request.form.get("active") == "1"
    with transaction() as db:
        proceedings.set_active(db, viewer(), thread_id, active=active, today=day_of(now()))
    flash(_("The thread takes no replies while the court case is active.") if active else _("The mark is gone."))
    return redirect(url_for("ward_boards.thread", thread_id=thread_id), 303)
