"""Feeds: public notices of a board for everyone, and a member's own by an address that can be taken back.

The address of a member's feed is a secret: it stands in no log (requests are not logged, and errors name no
address), in no page but the one that shows it once, and is sent on to nobody as a referrer.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectMultipleField

from core import permissions, wards
from core.contributions import Viewer
from core.database import now, sql, transaction
from core.instance import instance
from core.web.access import public, signed_in, viewer
from core.web.security import limiter
from plugins.ward_boards import access, addresses
from plugins.ward_boards.reading import atom, copies, feeds


class FeedForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF has no types
    """Which boards, and how much of them."""

    wards = SelectMultipleField(_l("Which boards?"), validate_choice=False)
    with_text = BooleanField(
        _l("Send the text too, not only the titles"),
        description=_l("Your feed reader may keep the text where we cannot delete it."),
    )

    def prepare(self, who: Viewer) -> None:
        """Offer the boards this member may read."""
        may = permissions.wards_where(who, access.READ)
        self.wards.choices = [(row.code, row.name) for row in wards.boards() if row.code in may]

    def validate_wards(self, field: Any) -> None:
        """At least one, and ours."""
        offered = {code for code, _name in field.choices}
        field.data = [code for code in field.data or [] if code in offered]
        if not field.data:
            field.errors = [_("Choose at least one board.")]


def register(bp: Blueprint) -> None:
    """Add the feeds, and the page on which a member makes theirs."""
    bp.add_url_rule("/boards/<code>/feed.atom", "board_feed", board_feed)
    bp.add_url_rule("/feeds/<token>.atom", "member_feed", member_feed)
    bp.add_url_rule("/account/feeds", "feeds", my_feeds, methods=["GET", "POST"])
    bp.add_url_rule("/account/feeds/<feed_id>/revoke", "revoke_feed", revoke_feed, methods=["POST"])


@public
def board_feed(code: str) -> Response:
    """Give the public notices of a board; the same to everybody, members too."""
    place = addresses.board_or_404(code)
    tag = instance().keys.keyed_hash("board-feed", code, copies.revision(sql.session, code))
    if tag in request.if_none_match:
        return _feed(b"", tag, "public, no-cache", 304)
    return _feed(feeds.of_board(sql.session, place, now=now()), tag, "public, no-cache")


@public
@limiter.limit("240/hour")
def member_feed(token: str) -> Response:
    """Give the feed behind a secret address, as its owner may read at this moment."""
    try:
        written = feeds.personal(sql.session, token, now=now())
    except feeds.NoFeed:
        abort(404)
    tag = instance().keys.keyed_hash("member-feed", written.decode())
    if tag in request.if_none_match:
        return _feed(b"", tag, "private, no-cache", 304)
    return _feed(written, tag, "private, no-cache")


def _feed(written: bytes, tag: str, kept: str, status: int = 200) -> Response:
    answer = make_response(written, status)
    answer.mimetype = atom.MIMETYPE
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = kept
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


@signed_in
@limiter.limit("30/hour", methods=["POST"])
def my_feeds() -> Any:
    """List a member's feeds; make one and show its address this once."""
    who = viewer()
    form = FeedForm()
    form.prepare(who)
    if not form.is_submitted():
        form.wards.data = [code for code in (who.home_ward, instance().config.borough) if code]
        return _page(who, form)
    permissions.require(who, access.READ)
    form.validate_on_submit()
    if form.wards.errors or form.errors:
        return _page(who, form), 422
    try:
        with transaction() as db:
            token = feeds.make(db, who.member_id or "", form.wards.data, with_text=bool(form.with_text.data), now=now())
    except feeds.TooManyFeeds:
        form.wards.errors = [_("You have %(n)s addresses. Take one back, then make a new one.", n=feeds.MOST_FEEDS)]
        return _page(who, form), 422
    address = instance().config.public_url + url_for("ward_boards.member_feed", token=token)
    answer = make_response(_page(who, form, address=address))
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _page(who: Viewer, form: FeedForm, address: str = "") -> str:
    return render_template(
        "ward_boards/reading/feeds.html",
        form=form,
        address=address,
        feeds=feeds.of_member(sql.session, who.member_id or ""),
        reads=permissions.allowed(who, access.READ),
    )


@signed_in
def revoke_feed(feed_id: str) -> Any:
    """Take an address back."""
    try:
        with transaction() as db:
            feeds.revoke(db, viewer().member_id or "", feed_id)
    except feeds.NoFeed:
        abort(404)
    flash(_("The address is taken back. It shows nothing any more."))
    return redirect(url_for("ward_boards.feeds"), 303)
