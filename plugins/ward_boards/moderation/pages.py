"""Pages that act on one post or thread: withdraw, report, hide, restore, lock; and what waits for a moderator."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import permissions
from core.contributions import Viewer
from core.database import now, sql, transaction
from core.web.access import requires, signed_in, viewer
from plugins.ward_boards import access, addresses, conversation, markup, services, words
from plugins.ward_boards.addresses import board_or_404
from plugins.ward_boards.conversation import PostRow, ThreadView
from plugins.ward_boards.forms import FlagForm, ReasonForm
from plugins.ward_boards.models import HELD, HIDDEN, PUBLISHED, WITHDRAWN
from plugins.ward_boards.moderation import services as moderation
from plugins.ward_boards.moderation.queries import waiting_posts


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    both = ["GET", "POST"]
    bp.add_url_rule("/posts/<post_id>/withdraw", "withdraw", withdraw, methods=both)
    bp.add_url_rule("/posts/<post_id>/report", "report", report, methods=both)
    bp.add_url_rule("/posts/<post_id>/moderate", "moderate", moderate, methods=both)
    bp.add_url_rule("/threads/<thread_id>/lock", "lock", lock, methods=["POST"])
    bp.add_url_rule("/boards/<code>/waiting", "waiting", waiting)


def moderated_wards(who: Viewer) -> frozenset[str]:
    """Return the boards this viewer moderates."""
    return permissions.wards_where(who, access.MODERATE)


@signed_in
def withdraw(post_id: str) -> Any:
    """Ask once, then delete the text of one's own post."""
    thread, post = _post_or_404(post_id)
    if not post.is_own or post.state == WITHDRAWN:
        abort(404)
    if request.method == "GET":
        return render_template("ward_boards/withdraw.html", **_about(thread, post))
    with transaction() as db:
        services.withdraw(db, viewer(), post_id)
    flash(_("Your post is withdrawn and its text is deleted."))
    if thread.posts_count <= 1 and post.number == 1:
        return redirect(url_for("ward_boards.board", code=thread.ward_codes[0]), 303)
    return redirect(addresses.of_post(post.thread_id, post.number), 303)


@requires(access.POST)
def report(post_id: str) -> Any:
    """Ask the moderators to look at a post. The writer is not told who asked."""
    thread, post = _post_or_404(post_id)
    if post.state != PUBLISHED:
        abort(404)
    form = FlagForm()
    form.prepare()
    if not form.is_submitted():
        return render_template("ward_boards/moderation/report.html", form=form, **_about(thread, post))
    if not form.validate():
        return render_template("ward_boards/moderation/report.html", form=form, **_about(thread, post)), 422
    member_id = viewer().member_id
    assert member_id is not None  # noqa: S101  # nosec B101  # the permission is held by members only
    with transaction() as db:
        moderation.flag(db, member_id, post_id, reason=form.reason.data, note=form.note.data or "", now=now())
    flash(_("Thank you. A coordinator will look at the post. Nobody is told that it was you."))
    return redirect(addresses.of_post(post.thread_id, post.number), 303)


@requires(access.MODERATE)
def moderate(post_id: str) -> Any:
    """Hide a post, put it back, or let a held one out; with a reason that the writer reads."""
    thread, post = _post_or_404(post_id)
    _require_moderator(thread)
    form = ReasonForm()
    page = {**_about(thread, post), "form": form, "HELD": HELD, "HIDDEN": HIDDEN}
    if not form.is_submitted():
        return render_template("ward_boards/moderation/moderate.html", **page)
    if not form.validate():
        return render_template("ward_boards/moderation/moderate.html", **page), 422
    act, said = (
        (moderation.restore, _("The post is on the board."))
        if request.form.get("verb") == "restore"
        else (moderation.hide, _("The post is hidden."))
    )
    try:
        with transaction() as db:
            act(db, viewer(), post_id, form.reason.data.strip())
    except services.PostGone:
        said = _("Nothing was changed: the post is no longer as you saw it.")
    flash(said)
    return redirect(addresses.of_post(post.thread_id, post.number), 303)


@requires(access.MODERATE)
def lock(thread_id: str) -> Any:
    """Stop a thread from taking replies, or open it again."""
    thread = conversation.thread_view(sql.session, viewer(), thread_id)
    if thread is None:
        abort(404)
    _require_moderator(thread)
    locked = request.form.get("locked") == "1"
    with transaction() as db:
        moderation.set_locked(db, viewer(), thread_id, locked=locked, reason="")
    flash(_("The thread takes no more replies.") if locked else _("The thread takes replies again."))
    return redirect(url_for("ward_boards.thread", thread_id=thread_id), 303)


@requires(access.MODERATE)
def waiting(code: str) -> Any:
    """List what a moderator of this board should look at: held posts and reported ones."""
    place = board_or_404(code)
    permissions.require(viewer(), access.MODERATE, code)
    rows = waiting_posts(sql.session, viewer(), code)
    return render_template("ward_boards/moderation/waiting.html", board=place, rows=rows, HELD=HELD, excerpt=markup.excerpt)


def _post_or_404(post_id: str) -> tuple[ThreadView, PostRow]:
    found = conversation.post_row(sql.session, viewer(), post_id)
    if found is None:
        abort(404)
    return found


def _about(thread: ThreadView, post: PostRow) -> dict[str, Any]:
    return {"thread": thread, "post": post, "words": words.Speaker(), "section": url_for("ward_boards.index")}


def _require_moderator(thread: ThreadView) -> None:
    if not thread.moderates:
        permissions.require(viewer(), access.MODERATE, thread.ward_codes[0])
        raise permissions.Denied(access.MODERATE, "you do not moderate a board of this thread")
