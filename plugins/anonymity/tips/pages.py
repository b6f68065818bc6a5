"""The box for everybody, without account or script; and the desk of those who answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.database import sql, transaction
from core.web.access import public, requires, viewer
from core.web.paths import has_page
from core.web.security import limiter
from plugins.anonymity.tips import desk, services
from plugins.anonymity.tips.contributions import ANSWER
from plugins.anonymity.tips.forms import MoreForm, ReceiptForm, ReplyForm, TipForm
from plugins.anonymity.tips.models import CLOSED, Tip
from plugins.anonymity.tips.services import BoxFull, NoSuchTip, TipClosed

FOLDER = "anonymity/tips"
BOTH = ["GET", "POST"]
POLICE = "/police/report"


def register(bp: Blueprint) -> None:
    """Add every page of tips to the blueprint."""
    bp.add_url_rule("/tips", "tips", give, methods=BOTH)
    bp.add_url_rule("/tips/open", "open_tip", open_tip, methods=BOTH)
    bp.add_url_rule(desk.PATH, "tip_desk", tip_desk)
    bp.add_url_rule(f"{desk.PATH}/<tip_id>", "tip", show)
    bp.add_url_rule(f"{desk.PATH}/<tip_id>", "answer_tip", answer, methods=["POST"])


@public
@limiter.limit("10/hour", methods=["POST"])
def give() -> Any:
    """Take in a tip, and show its receipt once."""
    form = TipForm()
    form.prepare()
    if not form.is_submitted():
        return _box(form)
    if not form.validate():
        return _box(form), 422
    try:
        with transaction() as db:
            receipt = services.give(db, form.ward.data or None, form.said())
    except BoxFull:
        form.text.errors = [_("The box is full just now. Call 101, or try again tomorrow.")]
        return _box(form), 422
    return render_template(f"{FOLDER}/received.html", receipt=receipt, days=services.kept_days())


@public
@limiter.limit("10/15 minutes", methods=["POST"])
def open_tip() -> Any:
    """Show with the receipt what was answered, and take in more. The receipt is in no address, so in no history."""
    form, more, verb = ReceiptForm(), MoreForm(), request.form.get("verb")
    if not form.is_submitted():
        return render_template(f"{FOLDER}/open.html", form=form)
    if not form.validate():
        return render_template(f"{FOLDER}/open.html", form=form), 422
    typed = form.receipt.data or ""
    try:
        tip = services.by_receipt(sql.session, typed)
        if verb == "more":
            return _more(typed, more)
        if verb == "delete":
            return _take_back(typed)
    except NoSuchTip:
        form.receipt.errors = [_("We found nothing under this number. Check the 16 digits. Old ones are deleted.")]
        return render_template(f"{FOLDER}/open.html", form=form), 422
    return _conversation(tip, typed, MoreForm(formdata=None))


@requires(ANSWER)
def tip_desk() -> str:
    """List the tips that the viewer may answer."""
    found = desk.tips(sql.session, viewer())
    begun = services.first_words(sql.session, [tip.id for tip in found])
    return render_template(f"{FOLDER}/desk.html", tips=[(tip, begun.get(tip.id, "")) for tip in found])


@requires(ANSWER)
def show(tip_id: str) -> Any:
    """Show one tip."""
    return _answering(_known(tip_id), ReplyForm())


@requires(ANSWER)
@limiter.limit("60/hour")
def answer(tip_id: str) -> Any:
    """Reply, close, or note that the police have it."""
    tip, form, verb = _known(tip_id), ReplyForm(), request.form.get("verb")
    if verb not in ("reply", "close", "police"):
        return _answering(tip, form, problem=_("Press one of the buttons: answer, close, or passed on.")), 422
    if verb == "reply" and not form.validate():
        return _answering(tip, form), 422
    try:
        with transaction() as db:
            if verb == "reply":
                desk.reply(db, viewer(), tip_id, form.said())
            else:
                (desk.close if verb == "close" else desk.pass_on)(db, viewer(), tip_id)
    except TipClosed:
        return _answering(_known(tip_id), form, problem=_("This tip was closed. Nothing more can be said in it.")), 422
    except NoSuchTip:
        abort(404)
    flash(_("Done. The sender reads it with their number."))
    return redirect(url_for("anonymity.tip", tip_id=tip_id), 303)


def _box(form: TipForm) -> str:
    police = POLICE if has_page(POLICE) else ""
    return render_template(f"{FOLDER}/give.html", form=form, days=services.kept_days(), police=police)


def _more(typed: str, more: MoreForm) -> Any:
    if not more.validate():
        return _conversation(services.by_receipt(sql.session, typed), typed, more), 422
    try:
        with transaction() as db:
            services.add(db, typed, more.said())
    except (TipClosed, BoxFull) as problem:
        closed = _("This tip was closed. Nothing more can be said in it. You can give a new one.")
        full = _("There is no more room in this tip. You can give a new one.")
        more.text.errors = [closed if isinstance(problem, TipClosed) else full]
        return _conversation(services.by_receipt(sql.session, typed), typed, more), 422
    flash(_("Sent."))
    return _conversation(services.by_receipt(sql.session, typed), typed, MoreForm(formdata=None))


def _take_back(typed: str) -> Any:
    with transaction() as db:
        services.take_back(db, typed)
    flash(_("Deleted, with all that was said."))
    return redirect(url_for("anonymity.tips"), 303)


def _conversation(tip: Tip, typed: str, form: MoreForm) -> str:
    said = services.conversation(sql.session, tip.id)
    days = services.kept_days()
    page = {"said": said, "receipt": typed, "form": form, "is_closed": tip.state == CLOSED, "days": days}
    return render_template(f"{FOLDER}/conversation.html", **page)


def _answering(tip: Tip, form: ReplyForm, *, problem: str = "") -> str:
    said = services.conversation(sql.session, tip.id)
    police = POLICE if has_page(POLICE) else ""
    page = {"tip": tip, "said": said, "form": form, "problem": problem, "police": police}
    return render_template(f"{FOLDER}/answer.html", **page, is_closed=tip.state == CLOSED)


def _known(tip_id: str) -> Tip:
    try:
        return desk.one(sql.session, viewer(), tip_id)
    except NoSuchTip:
        abort(404)
