"""The members' pages of questions: read them, put one, say "me too". What is answered is open to all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core.contributions import Viewer
from core.database import now, sql, transaction
from core.permissions import wards_where
from core.web.access import public, requires, signed_in, viewer
from plugins.police_links import queries
from plugins.police_links.contact_sessions import PUBLISH, SessionClosed
from plugins.police_links.forms import PressForm
from plugins.police_links.queries import SessionRow
from plugins.police_links.questions import asking, officer_pages
from plugins.police_links.questions import queries as rows_of
from plugins.police_links.questions.asking import ASK, LONGEST, MOST_QUESTIONS, EnoughAsked, NoSuchQuestion, OwnCase
from plugins.police_links.questions.forms import QuestionForm
from plugins.police_links.questions.queries import QuestionRow

PATH = "/sessions/<session_id>/questions"


@dataclass(frozen=True)
class Shown:
    """The questions of a session as one reader may see them: answers are for all, the rest for verified members."""

    answered: list[QuestionRow]
    waiting: list[QuestionRow]
    reasons: list[str]
    takes: bool
    may_ask: bool
    may_sort: bool


def add_rules(bp: Blueprint) -> None:
    """Add the pages of questions to the plugin's blueprint."""
    one = f"{PATH}/<question_id>"
    bp.add_url_rule(PATH, "questions", question_list)
    bp.add_url_rule(PATH, "ask_question", ask, methods=["POST"])
    bp.add_url_rule(f"{one}/me-too", "me_too", me_too, methods=["POST"])
    bp.add_url_rule(f"{one}/take-back", "take_question_back", take_back, methods=["POST"])
    officer_pages.add_rules(bp, PATH)


def shown_to(who: Viewer, session: SessionRow) -> Shown:
    """Return what this reader may see of a session's questions, and do."""
    rows = rows_of.questions(sql.session, session.id, who.member_id)
    may_ask = session.ward_code in wards_where(who, ASK)
    may_sort = session.ward_code in wards_where(who, PUBLISH)
    sees_all = may_ask or may_sort
    return Shown(
        answered=[row for row in rows if row.is_answered],
        waiting=[row for row in rows if row.is_waiting and sees_all],
        reasons=[row.hidden_reason for row in rows if row.state == "hidden" and sees_all],
        takes=session.state == "open" and session.starts_at > now(),
        may_ask=may_ask,
        may_sort=may_sort,
    )


@public
def question_list(session_id: str) -> Any:
    """Show the questions of a session, and where to write one."""
    return _page(_known(session_id), QuestionForm())


@requires(ASK)
def ask(session_id: str) -> Any:
    """Put a question; one about an own case is led to 101 and the online route, with what was typed kept."""
    session = _known(session_id)
    form = QuestionForm()
    if not form.validate_on_submit():
        return _page(session, form), 422
    try:
        with transaction() as db:
            question_id, is_new = asking.ask(db, viewer(), session_id, form.words.data, now())
    except OwnCase:
        form.words.errors = [*form.words.errors, _("This looks like a question about your own case.")]
        return _page(session, form, is_own_case=True), 422
    except EnoughAsked:
        told = _("You have put %(most)s questions to this session. You can still say me too.", most=MOST_QUESTIONS)
        form.words.errors = [*form.words.errors, told]
        return _page(session, form), 422
    except SessionClosed:
        _tell_closed()
    else:
        there = _("This question is on the list. You are counted there.")
        flash(_("Your question is on the list, without your name.") if is_new else there)
        return _back(session_id, question_id)
    return _back(session_id)


@requires(ASK)
def me_too(session_id: str, question_id: str) -> Any:
    """Say that one wants it answered too; pressing twice counts once."""
    session = _pressed(session_id)
    try:
        with transaction() as db:
            found, is_new = asking.me_too(db, viewer(), session.id, question_id, at=now())
    except NoSuchQuestion:
        flash(_("This question is no longer on the list."), "warn")
    except SessionClosed:
        _tell_closed()
    else:
        flash(_("You are counted.") if is_new else _("You are counted already."))
        return _back(session_id, found)
    return _back(session_id)


@signed_in
def take_back(session_id: str, question_id: str) -> Any:
    """Want it no more."""
    _pressed(session_id)
    try:
        with transaction() as db:
            gone = asking.take_back(db, viewer().member_id or "", session_id, question_id)
    except NoSuchQuestion:
        gone = False
    flash(_("Done. You are no longer counted there.") if gone else _("You were not counted there."))
    return _back(session_id)


def _page(session: SessionRow, form: QuestionForm, *, is_own_case: bool = False) -> str:
    return render_template(
        "police_links/questions/list.html",
        session=session,
        shown=shown_to(viewer(), session),
        form=form,
        is_own_case=is_own_case,
        most=MOST_QUESTIONS,
        longest=LONGEST,
    )


def _known(session_id: str) -> SessionRow:
    found = queries.session_row(sql.session, session_id)
    if found is None:
        abort(404)
    return found


def _pressed(session_id: str) -> SessionRow:
    if not PressForm().validate_on_submit():
        abort(400)
    return _known(session_id)


def _tell_closed() -> None:
    flash(_("This session takes no more questions: it was called off, or it has begun."), "warn")


def _back(session_id: str, question_id: str | None = None) -> Any:
    anchor = f"q-{question_id}" if question_id else None
    return redirect(url_for("police_links.questions", session_id=session_id, _anchor=anchor), 303)
