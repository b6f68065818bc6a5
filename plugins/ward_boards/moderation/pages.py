"""Pages of moderators: what waits for them, one case, what they decide. All of them go by the case's own boards."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import permissions
from core.database import now, sql, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.ward_boards import access, addresses, conversation, markup, words
from plugins.ward_boards.addresses import board_or_404
from plugins.ward_boards.models import HELD, HIDDEN, WITHDRAWN
from plugins.ward_boards.moderation import (
    cases,
    claims,
    kept_pictures,
    log_pages,
    outcomes,
    own_pages,
    queries,
    report_pages,
    services,
    thread_pages,
    vocabulary,
)
from plugins.ward_boards.moderation.about import about, actions_for, post_or_404, require_moderator
from plugins.ward_boards.moderation.forms import RulingForm
from plugins.ward_boards.moderation.models import Case
from plugins.ward_boards.moderation.permission_names import DECIDE_APPEALS
from plugins.ward_boards.moderation.rights import moderated_wards
from plugins.ward_boards.writing.pages import as_picture


def register(bp: Blueprint) -> None:
    """Add these pages, and those of the other modules of this room, to the blueprint."""
    bp.add_url_rule("/moderation", "moderation", queue)
    bp.add_url_rule("/boards/<code>/waiting", "waiting", waiting)
    bp.add_url_rule("/moderation/cases/<moderation_case_id>", "case", case)
    pictures = "/moderation/cases/<moderation_case_id>/pictures/<case_picture_id>.jpg"
    bp.add_url_rule(pictures, "case_picture", case_picture)
    bp.add_url_rule("/moderation/cases/<moderation_case_id>/claim", "claim", claim, methods=["POST"])
    bp.add_url_rule("/moderation/cases/<moderation_case_id>/release", "release", release, methods=["POST"])
    bp.add_url_rule("/moderation/cases/<moderation_case_id>/decide", "decide", decide, methods=["POST"])
    bp.add_url_rule("/posts/<post_id>/moderate", "moderate", moderate, methods=["GET", "POST"])
    for pages in (own_pages, report_pages, thread_pages, log_pages):
        pages.register(bp)


@requires(DECIDE_APPEALS)
def queue() -> str:
    """List what waits on all boards the viewer moderates, and appeals from elsewhere that they may decide."""
    return _queue_page(None)


@requires(access.MODERATE)
def waiting(code: str) -> str:
    """List what waits on one board."""
    place = board_or_404(code)
    permissions.require(viewer(), access.MODERATE, code)
    return _queue_page(place)


def _queue_page(place: Any) -> str:
    own = moderated_wards(viewer())
    return render_template(
        "ward_boards/moderation/queue.html",
        board=place,
        rows=queries.queue(sql.session, viewer(), place.code if place else None),
        own=sorted(own) if len(own) <= 6 else [],
        labels=vocabulary.kind_labels(),
        excerpt=markup.excerpt,
        HELD=HELD,
        WITHDRAWN=WITHDRAWN,
    )


@requires(DECIDE_APPEALS)
def case(moderation_case_id: str) -> str:
    """Show a case: what it is about, and to the one who claimed it what readers said and what can be decided."""
    return _case_page(_case_or_404(moderation_case_id), _ruling_form(empty=True))


@requires(DECIDE_APPEALS)
def case_picture(moderation_case_id: str, case_picture_id: str) -> Any:
    """Send a picture of a case to the one who claimed it."""
    found = _case_or_404(moderation_case_id)
    if claims.holder(found, viewer(), now()) != "mine":
        abort(404)
    content = kept_pictures.content_of(sql.session, found, case_picture_id)
    return as_picture(Response(content), case_picture_id) if content else abort(404)


def _case_or_404(case_id: str) -> Case:
    found = sql.session.get(Case, case_id)
    if found is None or not queries.may_see(sql.session, viewer(), found):
        abort(404)
    return found


def _ruling_form(*, empty: bool = False) -> RulingForm:
    form = RulingForm(formdata=None) if empty else RulingForm()
    form.prepare()
    return form


def _case_page(found: Case, form: RulingForm) -> str:
    held = claims.holder(found, viewer(), now()) if found.is_open else ""
    is_appeal = found.kind == vocabulary.APPEAL
    shown = conversation.post_row(sql.session, viewer(), found.post_id) if found.post_id and not is_appeal else None
    copy = cases.unseal(found) if held == "mine" else None
    post = shown[1] if shown else None
    if copy is not None and post is not None and post.text == copy.text:
        copy = None  # the post says it itself
    return render_template(
        "ward_boards/moderation/case.html",
        case=found,
        thread=shown[0] if shown else conversation.thread_view(sql.session, viewer(), found.thread_id),
        post=post,
        copy=copy,
        pictures=kept_pictures.listed(sql.session, found) if copy else [],
        copy_html=markup.render(copy.text) if copy else "",
        held=held,
        reports=queries.reports(sql.session, found.post_id) if held == "mine" and found.post_id else [],
        reasons=vocabulary.reason_labels(),
        labels=vocabulary.kind_labels(),
        verbs=_verbs(found, post.state if post else ""),
        words=words.Speaker(),
        form=form,
        actions=actions_for(found.post_id) if held == "mine" and shown and found.post_id else [],
        section=url_for("ward_boards.moderation"),
    )


def _verbs(found: Case, post_state: str) -> tuple[str, ...]:
    """Return what can be decided now, in the order of the buttons."""
    if found.kind in outcomes.DECISIONS:
        return outcomes.DECISIONS[found.kind]
    return tuple(verb for verb in vocabulary.POST_VERBS if post_state in services.FROM_STATES[verb])


@requires(DECIDE_APPEALS)
@limiter.limit("120/hour")
def claim(moderation_case_id: str) -> Any:
    """Claim a case for half an hour."""
    _case_or_404(moderation_case_id)
    try:
        with transaction() as db:
            claims.claim(db, viewer(), moderation_case_id, now=now())
    except claims.Claimed:
        flash(_("Somebody else looks at it just now. If they do not decide within half an hour, you can."))
    except claims.OwnCase:
        flash(_("This is about your own post. Another coordinator must look at it."))
    except claims.CaseClosed:
        flash(_("This is decided already."))
        return redirect(url_for("ward_boards.moderation"), 303)
    return redirect(url_for("ward_boards.case", moderation_case_id=moderation_case_id), 303)


@requires(DECIDE_APPEALS)
def release(moderation_case_id: str) -> Any:
    """Give a claim back, so that somebody else can look."""
    _case_or_404(moderation_case_id)
    with transaction() as db:
        claims.release(db, viewer(), moderation_case_id, now=now())
    flash(_("You gave it back. Somebody else can look at it now."))
    return redirect(url_for("ward_boards.moderation"), 303)


@requires(DECIDE_APPEALS)
@limiter.limit("120/hour")
def decide(moderation_case_id: str) -> Any:
    """Decide a case."""
    found = _case_or_404(moderation_case_id)
    verb = request.form.get("verb", "")
    if verb not in outcomes.DECISIONS.get(found.kind, vocabulary.POST_VERBS):
        abort(400)
    form = _ruling_form()
    if not form.validate():
        return _case_page(found, form), 422
    flash(outcomes.carry_out(outcomes.deed(found, viewer(), verb, form.ruling), outcomes.done(verb)))
    return redirect(url_for("ward_boards.moderation"), 303)


@requires(access.MODERATE)
@limiter.limit("120/hour", methods=["POST"])
def moderate(post_id: str) -> Any:
    """Hide a post, put it back, or take it down to look at it, without waiting for a report."""
    thread, post = post_or_404(post_id)
    require_moderator(thread)
    waiting_case = cases.open_case(sql.session, post_id)
    if request.method == "GET" and waiting_case is not None and queries.may_see(sql.session, viewer(), waiting_case):
        return redirect(url_for("ward_boards.case", moderation_case_id=waiting_case.id), 303)
    form = _ruling_form(empty=request.method == "GET")
    verbs = tuple(verb for verb in vocabulary.POST_VERBS[:-1] if post.state in services.FROM_STATES[verb])
    page = {**about(thread, post), "form": form, "verbs": verbs, "HELD": HELD, "HIDDEN": HIDDEN}
    page["actions"] = actions_for(post_id)
    if request.method == "GET":
        return render_template("ward_boards/moderation/moderate.html", **page)
    verb = request.form.get("verb", "")
    if verb not in vocabulary.POST_VERBS:
        abort(400)
    if not form.validate():
        return render_template("ward_boards/moderation/moderate.html", **page), 422
    said = outcomes.carry_out(
        lambda db, at: services.act(db, viewer(), post_id, verb, form.ruling, now=at), outcomes.done(verb)
    )
    flash(said)
    return redirect(addresses.of_post(post.thread_id, post.number), 303)
