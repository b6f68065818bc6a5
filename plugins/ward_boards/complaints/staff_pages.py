"""The pages of those who handle complaints: what waits, what each says, what to do next, and the record."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.database import now, sql, transaction
from core.web.access import requires, viewer
from plugins.ward_boards.complaints import course, mails, others, papers, queries, services, wording
from plugins.ward_boards.complaints.forms import CloseForm
from plugins.ward_boards.complaints.models import Complaint, LegalNotice
from plugins.ward_boards.complaints.rights import HANDLE
from plugins.ward_boards.models import Post

FOLDER = "ward_boards/complaints"
RECORD = "core.manage"
BOTH = ["GET", "POST"]
STAFF_STEPS = (course.FORWARD, course.STAFF, course.LACKING)


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    bp.add_url_rule("/complaints/queue", "complaints_queue", queue)
    bp.add_url_rule("/complaints/record", "complaints_record", record)
    bp.add_url_rule("/complaints/record.csv", "complaints_record_csv", record_csv)
    bp.add_url_rule("/complaints/notices/<notice_id>", "legal_notice", notice, methods=BOTH)
    bp.add_url_rule("/complaints/items/<complaint_id>", "complaint", complaint, methods=BOTH)


@requires(HANDLE)
def queue() -> str:
    """List what waits on the viewer's boards, the most urgent first."""
    return render_template(
        f"{FOLDER}/queue.html",
        notices=queries.notices(sql.session, viewer()),
        complaints=queries.complaints(sql.session, viewer()),
        kinds=others.kind_labels(),
        words=wording,
        now=now(),
        course=course,
    )


@requires(HANDLE)
def notice(notice_id: str) -> Any:
    """Show a notice with its log, and take a step on it."""
    row = sql.session.get(LegalNotice, notice_id)
    if row is None or not queries.handles(viewer(), row.ward_list):
        abort(404)
    if request.method == "POST":
        return _step(row.id)
    paper = papers.open_notice(row.sealed)
    post = sql.session.get(Post, row.post_id) if row.post_id else None
    return render_template(
        f"{FOLDER}/notice.html",
        notice=row,
        said=mails.redacted(paper),
        post=post,
        steps=queries.steps(sql.session, row.id),
        words=wording,
        course=course,
        receipt=services.receipt_of(row.id),
    )


def _step(notice_id: str) -> Any:
    step = request.form.get("step", "")
    if step not in STAFF_STEPS:
        abort(404)
    said = request.form.get("words", "").strip()[:1000]
    try:
        with transaction() as db:
            services.handle(db, viewer(), notice_id, step, now=now(), words=said if step == course.LACKING else "")
        flash(_("Done. The one who complained is told."))
    except course.NotNow:
        flash(_("Nothing was changed: the notice is no longer as you saw it."))
    except services.OwnPost:
        flash(_("You wrote this post. Somebody else must handle the notice."))
    return redirect(url_for("ward_boards.legal_notice", notice_id=notice_id), 303)


@requires(HANDLE)
def complaint(complaint_id: str) -> Any:
    """Show any other complaint, and answer it."""
    row = sql.session.get(Complaint, complaint_id)
    if row is None or not queries.handles(viewer(), row.ward_list):
        abort(404)
    form = CloseForm()
    form.prepare()
    page = {
        "form": form,
        "row": row,
        "matter": papers.open_matter(row.sealed),
        "kinds": others.kind_labels(),
        "outcomes": others.outcome_labels(),
        "words": papers.open_text(row.sealed_answer),
    }
    if not form.is_submitted():
        return render_template(f"{FOLDER}/complaint.html", **page)
    if not form.validate():
        return render_template(f"{FOLDER}/complaint.html", **page), 422
    try:
        with transaction() as db:
            others.close(db, viewer(), complaint_id, form.outcome.data, form.said("words"), now=now())
        flash(_("The complaint is answered."))
    except others.AlreadyAnswered:
        flash(_("Somebody else has answered it already. Your answer was not sent."))
    return redirect(url_for("ward_boards.complaint", complaint_id=complaint_id), 303)


@requires(RECORD)
def record() -> str:
    """Show how many complaints of each kind there were, how they ended, and how long it took."""
    return render_template(f"{FOLDER}/record.html", rows=others.record(sql.session), words=wording)


@requires(RECORD)
def record_csv() -> Response:
    """Give the same figures as a table file; there is no word in it that anybody else wrote."""
    stream = io.StringIO()
    table = csv.writer(stream)
    table.writerow(["kind", "outcome", "number", "median_days"])
    table.writerows(others.record(sql.session))
    answer = Response(stream.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=complaints.csv"
    return answer
