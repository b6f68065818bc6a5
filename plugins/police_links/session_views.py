"""Contact sessions as pages: the list, one session, booking and giving back, and asking for one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import wards
from core.database import now, sql, transaction
from core.instance import instance
from core.permissions import wards_where
from core.web.access import public, requires, signed_in, viewer
from plugins.police_links import calendar_views, contact_sessions, organiser_views, queries, session_requests
from plugins.police_links.contact_sessions import BOOK, PUBLISH, NoSuchSession, SessionClosed, SessionFull
from plugins.police_links.forms import PressForm, RequestForm
from plugins.police_links.questions import pages as question_pages
from plugins.police_links.session_requests import REQUEST, Wish

PAGE_SIZE = 25


def add_rules(bp: Blueprint) -> None:
    """Add the pages about sessions to the plugin's blueprint."""
    calendar_views.add_rules(bp)
    organiser_views.add_rules(bp)
    question_pages.add_rules(bp)
    bp.add_url_rule("/sessions", "sessions", session_list)
    bp.add_url_rule("/sessions/<string(length=32):session_id>", "session", session_page)
    bp.add_url_rule("/sessions/<string(length=32):session_id>/book", "book", book, methods=["POST"])
    bp.add_url_rule("/sessions/<string(length=32):session_id>/give-back", "give_back", give_back, methods=["POST"])
    bp.add_url_rule("/bookings/<token>", "booking", booking_by_token, methods=["GET", "POST"])
    bp.add_url_rule("/<ward_code>/request", "request", request_session, methods=["GET", "POST"])
    bp.add_url_rule("/<ward_code>/request/withdraw", "withdraw", withdraw_request, methods=["POST"])


@public
def session_list() -> str:
    """List the sessions to come, of one ward or all."""
    chosen = request.args.get("ward") or None
    if chosen is not None and chosen not in {row.code for row in wards.boards()}:
        abort(404)
    places = {chosen, instance().config.borough} if chosen else None
    db, who = sql.session, viewer()
    found = queries.coming_sessions(db, now(), places, limit=PAGE_SIZE + 1, after=request.args.get("after"))
    mine = queries.booked_sessions(db, who.member_id, now()) if who.member_id else []
    publish_in = wards_where(who, PUBLISH)
    return render_template(
        "police_links/sessions.html",
        sessions=found[:PAGE_SIZE],
        next_after=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        mine={row.id for row in mine},
        chosen=chosen,
        wards=wards.boards(),
        may_publish=bool(publish_in),
        waiting=sum(queries.request_counts(db, publish_in).values()) if publish_in else 0,
        may_request=bool(wards_where(who, REQUEST)),
    )


@public
def session_page(session_id: str) -> Any:
    """Show one session, and the way to take or give back a place."""
    found = queries.session_row(sql.session, session_id)
    if found is None:
        abort(404)
    who = viewer()
    return render_template(
        "police_links/session.html",
        session=found,
        is_over=found.ends_at <= now(),
        has_begun=found.starts_at <= now(),
        has_place=who.member_id is not None and queries.has_place(sql.session, session_id, who.member_id),
        may_book=found.ward_code in wards_where(who, BOOK),
        may_publish=found.ward_code in wards_where(who, PUBLISH),
        press=PressForm(),
        shown=question_pages.shown_to(who, found),
    )


@requires(BOOK)
def book(session_id: str) -> Any:
    """Take a place; pressing twice shows the one that is held."""
    if not PressForm().validate_on_submit():
        abort(400)
    try:
        with transaction() as db:
            place = contact_sessions.book(db, viewer(), session_id, now())
    except NoSuchSession:
        abort(404)
    except SessionFull:
        flash(_("Sorry, the last place has just gone. If someone gives theirs back, you can book it here."), "warn")
    except SessionClosed:
        flash(_("You cannot book this any more: it was called off, or it has begun."), "warn")
    else:
        flash(_("Your place is kept.") if place.is_new else _("You have a place already. Nothing was booked twice."))
    return redirect(url_for("police_links.session", session_id=session_id), 303)


@signed_in
def give_back(session_id: str) -> Any:
    """Free the member's own place."""
    if not PressForm().validate_on_submit():
        abort(400)
    with transaction() as db:
        freed = contact_sessions.give_back(db, viewer().member_id or "", session_id)
    flash(_("Thank you. Your place is free for someone else.") if freed else _("You had no place here."))
    return redirect(url_for("police_links.session", session_id=session_id), 303)


@public
def booking_by_token(token: str) -> Any:
    """Give a place back by the address in the mail: a page with a button first, for mail scanners follow links."""
    form = PressForm()
    if form.validate_on_submit():
        with transaction() as db:
            session_id = contact_sessions.give_back_by_token(db, token)
        if session_id is not None:
            flash(_("Thank you. Your place is free for someone else."))
            return redirect(url_for("police_links.session", session_id=session_id), 303)
    session_id = contact_sessions.session_of_token(sql.session, token)
    found = queries.session_row(sql.session, session_id) if session_id else None
    return render_template("police_links/give_back.html", session=found, form=form), (200 if found else 404)


@requires(REQUEST)
def request_session(ward_code: str) -> Any:
    """Ask the ward's officers for a session; one open wish per member and ward."""
    if not wards.is_ward(ward_code):
        abort(404)
    who = viewer()
    waits = queries.has_request(sql.session, ward_code, who.member_id or "")
    form = RequestForm(suits="any") if request.method == "GET" else RequestForm()
    if not form.validate_on_submit():
        page = render_template(
            "police_links/request.html", form=form, ward_code=ward_code, waits=waits, press=PressForm()
        )
        return page, (422 if form.is_submitted() else 200)
    with transaction() as db:
        wish = Wish(form.suits.data, form.about.data or "")
        is_new = session_requests.ask(db, who, ward_code, wish, on=now().date())
    told = _("The officers of this ward see that one more person asks. We tell you when there is a date.")
    flash(told if is_new else _("You have asked for this ward already. We tell you when there is a date."))
    return redirect(url_for("police_links.ward", ward_code=ward_code), 303)


@signed_in
def withdraw_request(ward_code: str) -> Any:
    """Take the member's own wish back."""
    if not wards.is_ward(ward_code):
        abort(404)
    if not PressForm().validate_on_submit():
        abort(400)
    with transaction() as db:
        gone = session_requests.withdraw(db, viewer().member_id or "", ward_code)
    flash(_("Done. You are no longer on the list.") if gone else _("You were not on the list."))
    return redirect(url_for("police_links.ward", ward_code=ward_code), 303)
