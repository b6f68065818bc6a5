"""Pages of the weekly letter: what waits, one letter, and the deputies of a board."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import permissions, wards
from core.database import now, sql, transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.ward_boards import markup
from plugins.ward_boards.addresses import board_or_404
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.weekly import queries, services
from plugins.ward_boards.weekly.forms import DeputyForm, LetterForm
from plugins.ward_boards.weekly.queries import LetterRow
from plugins.ward_boards.weekly.rights import APPOINT, SEND
from plugins.ward_boards.weekly.services import LetterGone, NoSuchDeputy, StaleLetter, UnfitLetter

FOLDER = "ward_boards/weekly"


def register(bp: Blueprint) -> None:
    """Add the pages of letters to the blueprint."""
    bp.add_url_rule("/letters", "letters", show_list)
    bp.add_url_rule("/letters/<board_letter_id>", "letter", show)
    bp.add_url_rule("/letters/<board_letter_id>", "change_letter", change, methods=["POST"])
    bp.add_url_rule("/boards/<code>/deputies", "deputies", show_deputies)
    bp.add_url_rule("/boards/<code>/deputies", "appoint_deputy", appoint, methods=["POST"])
    bp.add_url_rule("/boards/<code>/deputies/dismiss", "dismiss_deputy", dismiss, methods=["POST"])


@requires(SEND)
def show_list() -> str:
    """List the letters that wait for the viewer, and those that went out."""
    codes = permissions.wards_where(viewer(), SEND)
    return render_template(
        f"{FOLDER}/list.html",
        drafts=queries.drafts(sql.session, codes),
        sent=queries.sent(sql.session, codes),
        appoints=sorted(permissions.wards_where(viewer(), APPOINT)),
    )


@requires(SEND)
def show(board_letter_id: str) -> str:
    """Show a letter: to be edited and sent, or as it went out."""
    row = _letter_or_404(board_letter_id)
    form = _form(row)
    if row.is_draft:
        form.title.data, form.text.data, form.revision.data = row.title, row.text, row.revision
    return _page(row, form)


@requires(SEND)
@limiter.limit("60/hour", methods=["POST"])
def change(board_letter_id: str) -> Any:
    """Save a letter, show it as readers see it, mail it to oneself, or send it."""
    row = _letter_or_404(board_letter_id)
    form = _form(row)
    verb = request.form.get("verb")
    try:
        if verb in ("test", "send"):
            return _test(row, form) if verb == "test" else _send(row, form)
        with transaction() as db:
            form.revision.data = services.edit(db, viewer(), row.id, form.wording())
    except UnfitLetter as unfit:
        form.say(unfit.faults)
        return _page(row, form), 422
    except StaleLetter:
        newest = _letter_or_404(board_letter_id)
        form.revision.data = newest.revision
        said = _("Somebody changed this letter meanwhile. Theirs is below yours. Send again to keep yours.")
        form.text.errors = [said]
        return _page(newest, form, theirs=newest.text), 409
    except LetterGone as gone:
        flash(_state_words(gone.state))
        return redirect(url_for("ward_boards.letter", board_letter_id=board_letter_id), 303)
    if verb == "preview":
        html = markup.render(markup.clean(form.text.data or ""))
        return _page(_letter_or_404(board_letter_id), form, preview_html=html)
    flash(_("Saved. It waits until somebody sends it."))
    return redirect(url_for("ward_boards.letter", board_letter_id=board_letter_id), 303)


def _test(row: LetterRow, form: LetterForm) -> Any:
    with transaction() as db:
        services.send_test(db, viewer(), row.id, form.wording())
    flash(_("A test is on its way to your own e-mail address, and to nobody else."))
    return redirect(url_for("ward_boards.letter", board_letter_id=row.id), 303)


def _send(row: LetterRow, form: LetterForm) -> Any:
    with transaction() as db:
        thread_id = services.send(db, viewer(), row.id, form.wording(), now=now())
    flash(_("The letter is on its way. It is also on the board."))
    return redirect(url_for("ward_boards.thread", thread_id=thread_id), 303)


def _state_words(state: str) -> str:
    words: dict[str, str] = {
        "sent": _("Somebody has sent this letter already. It went out once."),
        "covered": _("The letter of another ward went to this ward too."),
        "lapsed": _("A newer letter waits. This one was not sent."),
    }
    return words.get(state) or str(_("There is no such letter any more."))


def _letter_or_404(board_letter_id: str) -> LetterRow:
    sql.session.rollback()  # what was read so far may be from before a change that we are told of
    row = queries.letter(sql.session, board_letter_id)
    if row is None or row.ward_code not in permissions.wards_where(viewer(), SEND):
        abort(404)
    return row


def _form(row: LetterRow) -> LetterForm:
    form = LetterForm()
    form.prepare(sorted(permissions.wards_where(viewer(), SEND) - {row.ward_code}))
    return form


def _page(row: LetterRow, form: LetterForm, **more: Any) -> str:
    sent_html = "" if row.is_draft else markup.render(row.text)
    return render_template(
        f"{FOLDER}/letter.html", letter=row, form=form, sent_html=sent_html, state_words=_state_words(row.state), **more
    )


@requires(APPOINT)
def show_deputies(code: str) -> str:
    """Show who stands in on a board."""
    return _deputies_page(_board(code), DeputyForm())


@requires(APPOINT)
@limiter.limit("30/hour", methods=["POST"])
def appoint(code: str) -> Any:
    """Make a verified member a deputy."""
    place, form = _board(code), DeputyForm()
    try:
        with transaction() as db:
            services.appoint(db, viewer(), code, form.alias.data or "", today=day_of(now()))
    except NoSuchDeputy as refusal:
        form.refuse(refusal)
        return _deputies_page(place, form), 422
    flash(_("They can now send this board's letter."))
    return redirect(url_for("ward_boards.deputies", code=code), 303)


@requires(APPOINT)
def dismiss(code: str) -> Any:
    """Let a deputy go."""
    _board(code)
    with transaction() as db:
        services.dismiss(db, viewer(), code, request.form.get("member", ""))
    flash(_("They no longer look after this board's letter."))
    return redirect(url_for("ward_boards.deputies", code=code), 303)


def _board(code: str) -> wards.WardRow:
    place = board_or_404(code)
    permissions.require(viewer(), APPOINT, code)
    return place


def _deputies_page(place: wards.WardRow, form: DeputyForm) -> str:
    rows = queries.deputies(sql.session, place.code)
    return render_template(f"{FOLDER}/deputies.html", board=place, form=form, rows=rows, most=services.MOST_DEPUTIES)
