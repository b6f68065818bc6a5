"""The custodians' pages: ask, decide, look; the public numbers; and the page of a member who was told."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import posting
from core.database import now, sql, transaction
from core.web.access import public, requires, signed_in, viewer
from core.web.security import limiter
from plugins.anonymity.openings import behind, closing, counting, queries, sealed, services, wording
from plugins.anonymity.openings.contributions import OPEN
from plugins.anonymity.openings.forms import AskForm, DecideForm, PostForm, PutOffForm, post_id_in
from plugins.anonymity.openings.models import GRANTED, WAITING, Opening
from plugins.anonymity.openings.services import PATH, Gone, Refused

FOLDER = "anonymity/openings"


def register(bp: Blueprint) -> None:
    """Add every page of openings to the blueprint."""
    bp.add_url_rule(PATH, "openings", index)
    bp.add_url_rule(f"{PATH}/new", "new_opening", new)
    bp.add_url_rule(f"{PATH}/new", "ask_opening", ask, methods=["POST"])
    bp.add_url_rule(f"{PATH}/counts", "opening_counts", counts)
    bp.add_url_rule(closing.TOLD_PATH, "told", told)
    bp.add_url_rule(f"{PATH}/<opening_id>", "opening", show)
    bp.add_url_rule(f"{PATH}/<opening_id>/decide", "decide_opening", decide, methods=["POST"])
    bp.add_url_rule(f"{PATH}/<opening_id>/look", "look_at_opening", look, methods=["POST"])
    bp.add_url_rule(f"{PATH}/<opening_id>/put-off", "put_off_telling", put_off, methods=["POST"])


@requires(OPEN)
def index() -> str:
    """List what this custodian asked, decided, or may decide."""
    return render_template(
        f"{FOLDER}/list.html",
        rows=queries.of_viewer(sql.session, viewer()),
        reasons=wording.reasons(),
        states=wording.states(),
        form=PostForm(),
    )


@requires(OPEN)
def new() -> Any:
    """Say what can and what cannot be opened for a post, and where something can, ask why."""
    chosen = PostForm(request.args)
    if not chosen.post.data:
        return render_template(f"{FOLDER}/choose.html", form=chosen)
    post_id = post_id_in(chosen.post.data)
    try:
        if post_id is None:
            raise Refused(_("We found no post in this address. Copy the address of “Report” below the post."))
        page = _asking(post_id)
    except Refused as problem:
        chosen.post.errors = [str(problem)]
        return render_template(f"{FOLDER}/choose.html", form=chosen), 422
    return page


@requires(OPEN)
@limiter.limit("10/hour")
def ask() -> Any:
    """Ask; what was typed is kept when it cannot be asked like this."""
    form = AskForm()
    form.prepare()
    post_id = post_id_in(form.post.data or "")
    if post_id is None:
        abort(404)
    is_complete = form.validate()
    try:
        if not is_complete:
            return _asking(post_id, form), 422
        with transaction() as db:
            opening_id = services.ask(db, viewer(), post_id, form.order())
    except Refused as problem:
        chosen = PostForm(request.args, post=post_id)
        chosen.post.data, chosen.post.errors = post_id, [str(problem)]
        return render_template(f"{FOLDER}/choose.html", form=chosen, typed=form), 422
    flash(_("Asked. A custodian of another ward has %(days)s days to decide.", days=services.DECIDE_DAYS))
    return redirect(url_for("anonymity.opening", opening_id=opening_id), 303)


@requires(OPEN)
def show(opening_id: str) -> Any:
    """Show one request to those who asked, decided, or may decide it."""
    return _page(_known(opening_id), DecideForm())


@requires(OPEN)
@limiter.limit("30/hour")
def decide(opening_id: str) -> Any:
    """Grant or refuse, once."""
    form, verb = DecideForm(), request.form.get("verb")
    row = _known(opening_id)
    if not form.validate_on_submit() or verb not in ("grant", "refuse"):
        return _page(row, form, problem=_("Press one of the two buttons: open the name, or leave it closed.")), 422
    try:
        with transaction() as db:
            (services.grant if verb == "grant" else services.refuse)(db, viewer(), opening_id)
    except Refused as problem:
        return _page(row, form, problem=str(problem)), 422
    except Gone:
        flash(_("This does not wait any more: somebody has decided, or it has lapsed."))
        return redirect(url_for("anonymity.openings"), 303)
    flash(_("The name is open for both of you.") if verb == "grant" else _("The name stays closed."))
    return redirect(url_for("anonymity.opening", opening_id=opening_id), 303)


@requires(OPEN)
@limiter.limit("30/hour")
def look(opening_id: str) -> Any:
    """Show the account to one of the two. A look is written down, so it is no GET."""
    if not DecideForm().validate_on_submit():
        abort(400)
    try:
        with transaction() as db:
            result = services.look(db, viewer(), opening_id)
    except Gone:
        abort(404)
    return _page(_known(opening_id), DecideForm(), result=result)


@requires(OPEN)
@limiter.limit("30/hour")
def put_off(opening_id: str) -> Any:
    """Let the member be told later, once."""
    row, form = _known(opening_id), PutOffForm()
    if not form.validate_on_submit():
        return _page(row, form), 422
    try:
        with transaction() as db:
            services.put_off(db, viewer(), opening_id, form.reason.data.strip())
    except Refused as problem:
        return _page(row, form, problem=str(problem)), 422
    except Gone:
        abort(404)
    flash(_("Put off. The writer is told %(days)s days later.", days=services.told_days()))
    return redirect(url_for("anonymity.opening", opening_id=opening_id), 303)


@public
def counts() -> str:
    """Show how many openings there were in each year that is over."""
    today = now().date()
    return render_template(
        f"{FOLDER}/counts.html",
        years=counting.of_past_years(sql.session, today),
        reasons=wording.reasons(),
        today=today,
    )


@signed_in
def told() -> str:
    """Show a member what they were told about openings."""
    notes = closing.told_to(sql.session, viewer().member_id or "")
    return render_template(f"{FOLDER}/told.html", notes=notes, reasons=wording.reasons())


def _asking(post_id: str, form: AskForm | None = None) -> str:
    signature, disclosure = services.look_at(sql.session, viewer(), post_id)
    if form is None:
        form = AskForm(formdata=None, post=post_id)
        form.prepare()
    return render_template(
        f"{FOLDER}/new.html", form=form, signature=signature, disclosure=disclosure, days=services.DECIDE_DAYS
    )


def _known(opening_id: str) -> Opening:
    row = queries.one(sql.session, viewer(), opening_id)
    if row is None:
        abort(404)
    return row


def _page(
    row: Opening, form: DecideForm | PutOffForm, *, problem: str = "", result: sealed.Result | None = None
) -> str:
    signature = posting.signature_of(sql.session, row.post_id)
    is_known = bool(signature and behind.member_behind(sql.session, signature))
    return render_template(
        f"{FOLDER}/one.html",
        row=row,
        form=form,
        later=form if isinstance(form, PutOffForm) else PutOffForm(formdata=None),
        told_days=services.told_days(),
        problem=problem,
        result=result,
        order=sealed.open_order(row.reason, row.sealed_words),
        signature=signature,
        disclosure=behind.disclosure(signature, is_known=is_known) if signature else None,
        reasons=wording.reasons(),
        states=wording.states(),
        decides=row.state == WAITING and row.asked_by != viewer().member_id,
        is_open=row.state == GRANTED,
        days=services.SHOWN_DAYS,
    )
