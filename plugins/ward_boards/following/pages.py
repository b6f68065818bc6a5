"""Pages of following: the two buttons on a thread, and the page behind the link of a mail."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, TextAreaField, ValidationError

from core import notifications, permissions
from core.database import now, sql, transaction
from core.web.access import machine, signed_in, viewer
from core.web.security import limiter
from plugins.ward_boards import forms
from plugins.ward_boards.following import answering, topics
from plugins.ward_boards.following.answering import Invitation, LinkOver, UsedUp
from plugins.ward_boards.following.telling import REPLY_PATH
from plugins.ward_boards.models import COORDINATORS, HELD
from plugins.ward_boards.publishing import LONGEST_TEXT, Refused
from plugins.ward_boards.services import ThreadClosed
from plugins.ward_boards.urgency import urgent_words


class LinkForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """An answer from a mail. No cookie counts here, so no token of a form is wanted: the link is the proof."""

    class Meta:
        """Settings of the form."""

        csrf = False

    text = TextAreaField(_l("Your answer"))
    confirmed = HiddenField()

    def validate_text(self, field: Any) -> None:
        """The text must be there and not too long."""
        if problem := forms.check_text(field.data or ""):
            raise ValidationError(problem)


def register(bp: Blueprint) -> None:
    """Add the pages of following to the blueprint `ward_boards`."""
    bp.add_url_rule("/threads/<thread_id>/follow", "follow", follow, methods=["POST"])
    bp.add_url_rule("/threads/<thread_id>/unfollow", "unfollow", unfollow, methods=["POST"])
    bp.add_url_rule(f"{REPLY_PATH}/<token>", "answer_link", answer_link)
    bp.add_url_rule(f"{REPLY_PATH}/<token>", "answer_by_link", answer_by_link, methods=["POST"])
    bp.app_template_global("follows_thread")(follows_thread)


def follows_thread(thread_id: str) -> bool:
    """Whether who is looking follows a thread; for the button in the template."""
    return topics.is_followed(sql.session, viewer(), thread_id)


@signed_in
def follow(thread_id: str) -> Any:
    """Follow a thread."""
    from plugins.ward_boards.thread_views import thread_or_404

    view = thread_or_404(viewer(), thread_id)
    try:
        with transaction() as db:
            topics.follow(db, viewer(), view)
    except topics.NothingToHear:
        flash(_("You can follow this thread once you can read its answers. Show a volunteer first where you live."))
    except notifications.TooManyTopics:
        flash(_("You follow very many threads. Stop following some of them on the page Notices, then come back."))
    else:
        flash(_("You follow this thread. We will tell you of answers."))
    return redirect(url_for("ward_boards.thread", thread_id=thread_id), 303)


@signed_in
def unfollow(thread_id: str) -> Any:
    """Follow a thread no more."""
    from plugins.ward_boards.thread_views import thread_or_404

    view = thread_or_404(viewer(), thread_id)
    with transaction() as db:
        topics.unfollow(db, viewer(), view.id)
    flash(_("You do not follow this thread any more. Our note of it is deleted."))
    return redirect(url_for("ward_boards.thread", thread_id=thread_id), 303)


@machine
def answer_link(token: str) -> Any:
    """Show a box for an answer, and no word of anybody else's: whoever holds the mail could read it."""
    sent = request.args.get("sent")
    return _page(token, LinkForm(formdata=None), 200, sent=sent if sent in ("published", HELD) else None)


@machine
@limiter.limit("30/hour")
def answer_by_link(token: str) -> Any:
    """Take an answer from a mail; nobody is signed in by it."""
    form = LinkForm()
    if not form.validate():
        return _page(token, form, 422)
    alarming = urgent_words(form.text.data)
    if alarming and not form.confirmed.data:
        return _page(token, form, 200, alarming=alarming)
    try:
        with transaction() as db:
            placed = answering.answer(db, token, form.text.data, now=now())
    except UsedUp:
        return _over(_("You have answered three times by this link. Sign in to write more."), form, 403)
    except (LinkOver, permissions.Denied):
        return _page(token, form, 403)
    except Refused as refusal:
        form.text.errors = [*form.text.errors, *refusal.reasons]
        return _page(token, form, 422)
    except ThreadClosed:
        return _page(token, form, 409)
    return _guarded(redirect(url_for("ward_boards.answer_link", token=token, sent=placed.state), 303))


def _page(token: str, form: LinkForm, status: int, **more: Any) -> Any:
    try:
        found = answering.invitation(sql.session, token)
    except LinkOver:
        said = _("This link is over. It works for two days. Sign in to read the thread and to answer.")
        return _over(said, form, 404)
    if problem := _hindrance(found):
        return _over(problem, form, status if status >= 400 else 403)
    if answering.is_used_up(sql.session, token) and not more.get("sent"):
        return _over(_("You have answered three times by this link. Sign in to write more."), form, 403)
    page = render_template(
        "ward_boards/following/answer.html",
        form=form,
        thread=found.thread,
        alias=found.viewer.alias,
        longest=LONGEST_TEXT,
        for_coordinators=found.thread is not None and found.thread.tier == COORDINATORS,
        **more,
    )
    return _guarded(make_response(page, status))


def _hindrance(found: Invitation) -> str | None:
    """Return why nothing can be written there now, as a sentence, or None."""
    thread = found.thread
    if thread is None:
        return str(_("This thread is not on the boards any more, or you cannot read it any more."))
    if not thread.posts or not thread.reads_replies:
        return str(_("You cannot write here just now. Sign in: the page My account says what is missing."))
    if not thread.takes_replies:
        return str(_("This thread takes no more answers. Sign in to start a new one."))
    return None


def _over(said: str, form: LinkForm, status: int) -> Any:
    page = render_template("ward_boards/following/over.html", said=said, typed=form.text.data or "")
    return _guarded(make_response(page, status))


def _guarded(answer: Any) -> Any:
    """Let the address, which is as good as a signature for two days, go nowhere else."""
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer
