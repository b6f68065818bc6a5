"""The public pages of complaints: anybody may use them, signed in or not. They show no post to anybody."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core.database import now, sql, transaction
from core.web.access import public
from core.web.security import limiter
from plugins.ward_boards import addresses
from plugins.ward_boards.complaints import others, papers, services, staff_pages, writer_pages
from plugins.ward_boards.complaints.forms import MatterForm, NoticeForm, ReceiptForm
from plugins.ward_boards.models import Post

FOLDER = "ward_boards/complaints"
BOTH = ["GET", "POST"]


def register(bp: Blueprint) -> None:
    """Add every page of complaints to the blueprint."""
    bp.add_url_rule("/complaints", "complaints", choose)
    bp.add_url_rule("/complaints/defamation", "defamation", defamation, methods=BOTH)
    bp.add_url_rule("/complaints/defamation/<post_id>", "defamation_of", defamation, methods=BOTH)
    bp.add_url_rule("/complaints/answer", "complaint_answer", answer, methods=BOTH)
    bp.add_url_rule("/complaints/about/<any(illegal,decision,data,site):matter>", "complain", complain, methods=BOTH)
    staff_pages.register(bp)
    writer_pages.register(bp)


@public
def choose() -> str:
    """Say which complaint goes where."""
    return render_template(f"{FOLDER}/choose.html", kinds=others.kind_labels())


@public
@limiter.limit("10/hour", methods=["POST"])
def defamation(post_id: str = "") -> Any:
    """Take in a notice that a post says something untrue about somebody."""
    form = NoticeForm()
    if not form.is_submitted():
        form.link.data = _link_of(post_id) if post_id else ""
        return render_template(f"{FOLDER}/defamation.html", form=form)
    if not form.validate():
        return render_template(f"{FOLDER}/defamation.html", form=form), 422
    found = _post_at(*form.place)
    try:
        with transaction() as db:
            notice_id = services.receive(db, found or "", form.notice(), now=now())
    except services.NoSuchPost:
        form.link.errors = [_("There is no such post on the boards now. Check the link.")]
        return render_template(f"{FOLDER}/defamation.html", form=form), 422
    flash(_("We have your notice. Its number is %(receipt)s.", receipt=services.receipt_of(notice_id)))
    return redirect(url_for("ward_boards.complaints"), 303)


@public
@limiter.limit("10/hour", methods=["POST"])
def complain(matter: str) -> Any:
    """Take in any other complaint, and show its receipt once."""
    form, label = MatterForm(), others.kind_labels()[matter]
    page = {"form": form, "label": label, "days": others.TARGET_DAYS[matter], "matter": matter}
    if not form.is_submitted():
        return render_template(f"{FOLDER}/complain.html", **page)
    if not form.validate():
        return render_template(f"{FOLDER}/complain.html", **page), 422
    found = _post_at(*form.place) if form.place else None
    with transaction() as db:
        receipt = others.receive(db, matter, form.matter(), post_id=found, now=now())
    return render_template(f"{FOLDER}/received.html", receipt=receipt, mails=bool(form.email.data), label=label)


@public
@limiter.limit("30/hour", methods=["POST"])
def answer() -> Any:
    """Show with the receipt how far a complaint is, and its answer."""
    form = ReceiptForm()
    page: dict[str, Any] = {"form": form, "row": None, "words": "", "outcomes": others.outcome_labels()}
    if not form.is_submitted():
        return render_template(f"{FOLDER}/answer.html", **page)
    row = others.by_receipt(sql.session, form.said("receipt"))
    if row is None:
        form.receipt.errors = [_("There is no complaint with this number. Check it, letter by letter.")]
        return render_template(f"{FOLDER}/answer.html", **page), 422
    return render_template(f"{FOLDER}/answer.html", **page | {"row": row, "words": papers.open_text(row.sealed_answer)})


def _post_at(thread_id: str, number: int) -> str | None:
    chosen = sa.select(Post.id).where(Post.thread_id == thread_id, Post.number == number)
    return sql.session.scalar(chosen)


def _link_of(post_id: str) -> str:
    """Return the link of a post; for one that is not there an empty field, as for no post at all."""
    row = sql.session.execute(sa.select(Post.thread_id, Post.number).where(Post.id == post_id)).one_or_none()
    return addresses.of_post(row.thread_id, row.number) if row else ""
