"""The officers' pages of questions: one list, merge, answer, leave out, and the sheet to print."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.database import now, sql, transaction
from core.permissions import require
from core.web.access import requires, viewer
from plugins.police_links import queries
from plugins.police_links.contact_sessions import PUBLISH
from plugins.police_links.forms import PressForm
from plugins.police_links.queries import SessionRow
from plugins.police_links.questions import queries as rows_of
from plugins.police_links.questions import sorting
from plugins.police_links.questions.asking import LONGEST, NoSuchQuestion
from plugins.police_links.questions.forms import AnswerForm, HideForm, MergeForm
from plugins.police_links.questions.queries import QuestionRow
from plugins.police_links.questions.sheet import sheet
from plugins.police_links.questions.sorting import NotMergeable


def add_rules(bp: Blueprint, path: str) -> None:
    """Add the officers' pages; `path` is that of a session's questions."""
    one = f"{path}/<question_id>"
    bp.add_url_rule(f"{path}/sort", "sort_questions", sort_questions, methods=["GET", "POST"])
    bp.add_url_rule(f"{path}/print", "print_questions", print_questions)
    bp.add_url_rule(one, "question", one_question, methods=["GET", "POST"])
    bp.add_url_rule(f"{one}/leave-out", "hide_question", hide_question, methods=["POST"])
    bp.add_url_rule(f"{one}/show", "show_question", show_question, methods=["POST"])


@requires(PUBLISH)
def sort_questions(session_id: str) -> Any:
    """Show all questions, most wanted first, and make one of several."""
    session = _own(session_id)
    rows = rows_of.questions(sql.session, session_id)
    form = MergeForm(ids=[row.id for row in rows if row.is_waiting])
    if not form.validate_on_submit() or not _merged(session_id, form):
        # Read again: when a merge was refused, someone else had changed the list.
        rows = rows_of.questions(sql.session, session_id)
        page = render_template(
            "police_links/questions/sort.html", session=session, rows=rows, form=form, longest=LONGEST
        )
        return page, (422 if form.is_submitted() else 200)
    flash(_("These are one question now. Everyone who wanted one of them is counted once."))
    return _back(session_id)


def _merged(session_id: str, form: MergeForm) -> bool:
    picked = form.picked.data or []
    try:
        with transaction() as db:
            sorting.merge(db, viewer(), session_id, picked, words=form.words.data or "")
    except NotMergeable:
        few = _("Tick two questions or more.")
        gone = _("Someone else has changed one of these just now. Look at the list again, then tick anew.")
        form.picked.errors = [*form.picked.errors, few if len(set(picked)) < 2 else gone]
        return False
    return True


@requires(PUBLISH)
def print_questions(session_id: str) -> str:
    """Show the sheet to print: the most wanted questions that wait, and room for notes."""
    session = _own(session_id)
    waiting = [row for row in rows_of.questions(sql.session, session_id) if row.is_waiting]
    return render_template("police_links/questions/print.html", session=session, sheet=sheet(waiting))


@requires(PUBLISH)
def one_question(session_id: str, question_id: str) -> Any:
    """Show one question, and write its answer."""
    session, row = _one(session_id, question_id)
    form = AnswerForm() if request.method == "POST" else AnswerForm(answer=row.answer)
    if not form.validate_on_submit():
        page = _page(session, row, form, HideForm(formdata=None))
        return page, (422 if form.is_submitted() else 200)
    try:
        with transaction() as db:
            sorting.answer(db, viewer(), session_id, question_id, words=form.answer.data, on=now().date())
    except NoSuchQuestion:
        _tell_changed()
    else:
        flash(_("The answer is on the session’s page. It goes into the next weekly letter."))
    return _back(session_id)


@requires(PUBLISH)
def hide_question(session_id: str, question_id: str) -> Any:
    """Leave a question out, with a reason."""
    session, row = _one(session_id, question_id)
    form = HideForm()
    if not form.validate_on_submit():
        return _page(session, row, AnswerForm(formdata=None, answer=row.answer), form), 422
    try:
        with transaction() as db:
            sorting.hide(db, viewer(), session_id, question_id, reason=form.reason.data)
    except NoSuchQuestion:
        _tell_changed()
    else:
        flash(_("Left out. Members read your reason."))
    return _back(session_id)


@requires(PUBLISH)
def show_question(session_id: str, question_id: str) -> Any:
    """Take a question that was left out back on the list."""
    if not PressForm().validate_on_submit():
        abort(400)
    _one(session_id, question_id)
    try:
        with transaction() as db:
            sorting.show(db, viewer(), session_id, question_id)
    except NoSuchQuestion:
        _tell_changed()
    else:
        flash(_("It is on the list again."))
    return _back(session_id)


def _own(session_id: str) -> SessionRow:
    """Return a session of the viewer's wards."""
    found = queries.session_row(sql.session, session_id)
    if found is None:
        abort(404)
    require(viewer(), PUBLISH, found.ward_code)
    return found


def _one(session_id: str, question_id: str) -> tuple[SessionRow, QuestionRow]:
    session = _own(session_id)
    rows = rows_of.questions(sql.session, session_id)
    found = next((row for row in rows if row.id == question_id and row.state != "merged"), None)
    if found is None:
        abort(404)
    return session, found


def _page(session: SessionRow, row: QuestionRow, form: AnswerForm, hide_form: HideForm) -> str:
    wrong = hide_form if hide_form.errors else form
    return render_template(
        "police_links/questions/one.html", session=session, row=row, form=form, hide_form=hide_form, wrong=wrong
    )


def _tell_changed() -> None:
    flash(_("Someone else has changed this question just now. Look at the list again."), "warn")


def _back(session_id: str) -> Any:
    return redirect(url_for("police_links.sort_questions", session_id=session_id), 303)
