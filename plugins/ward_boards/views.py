"""The blueprint of the boards, and the pages that list boards and threads."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale

from core import wards
from core.contributions import Viewer
from core.database import sql
from core.instance import instance
from core.web.access import public, viewer
from plugins.ward_boards import access, addresses, paging, queries, thread_views, words
from plugins.ward_boards.addresses import board_or_404
from plugins.ward_boards.categories import CATEGORIES, category_labels
from plugins.ward_boards.complaints import pages as complaint_pages
from plugins.ward_boards.following import pages as following_pages
from plugins.ward_boards.incidents import pages as incident_pages
from plugins.ward_boards.moderation import pages as moderation_pages
from plugins.ward_boards.moderation import rights as moderation_rights
from plugins.ward_boards.queries import ThreadFilter
from plugins.ward_boards.reading import copies, marking
from plugins.ward_boards.reading import pages as reading_pages
from plugins.ward_boards.search import pages as search_pages
from plugins.ward_boards.weekly import pages as weekly_pages
from plugins.ward_boards.writing import pages as writing_pages


def blueprint() -> Blueprint:
    """Return a fresh blueprint `ward_boards`; alerts add their pages to it before it is registered."""
    bp = Blueprint(
        "ward_boards",
        "plugins.ward_boards",
        template_folder="templates",
        static_folder="static",
        static_url_path="/static/ward_boards",
    )
    bp.add_url_rule("/boards", "index", index)
    bp.add_url_rule("/boards/<code>", "board", board)
    bp.add_url_rule("/boards/<code>/ended", "ended", ended)
    reading_pages.register(bp)
    thread_views.register(bp)
    search_pages.register(bp)
    moderation_pages.register(bp)
    incident_pages.register(bp)
    following_pages.register(bp)
    weekly_pages.register(bp)
    writing_pages.register(bp)
    complaint_pages.register(bp)
    return bp


@public
def index() -> str:
    """List every board with its newest thread; the home ward comes first, and fences nothing off."""
    who = viewer()
    rows = queries.board_rows(sql.session, who)
    borough, places = rows[:1], rows[1:]
    home = [row for row in places if row.code == who.home_ward]
    return render_template(
        "ward_boards/index.html",
        borough=borough,
        home=home,
        places=[row for row in places if row.code != who.home_ward],
        boards_at=addresses.before_board_code(),
        threads_at=addresses.before_thread_id(),
        fresh=marking.fresh_by_board(sql.session, who),
        words=words.Speaker(),
        reads_all=bool(access.tiers_in(who, rows[0].code)[1:]) if rows else False,
    )


@public
def board(code: str) -> Any:
    """Show a board's threads, newest activity first, with filters by kind and by readers."""
    place = board_or_404(code)
    who = viewer()
    wish = _wish(who, code)
    tag = None if who.is_signed_in else _tag(code)
    if tag and tag in request.if_none_match:
        return _unchanged(tag)
    page = queries.board_threads(sql.session, who, code, wish)
    answer = make_response(
        render_template(
            "ward_boards/board.html",
            board=place,
            page=page,
            wish=wish,
            tiers=access.tiers_in(who, code),
            writes=bool(access.tiers_to_write(who, (code,))),
            moderates=code in moderation_rights.moderated_wards(who),
            threads_at=addresses.before_thread_id(),
            fresh=marking.fresh_in(sql.session, who, page.rows),
            categories=category_labels(),
            words=words.Speaker(),
        )
    )
    if tag:
        answer.set_etag(tag)
        answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@public
def ended(code: str) -> Any:
    """Say what became of a ward that ended, with the boards on which its threads are now."""
    following = wards.successors(code)
    if not following:
        return redirect(url_for("ward_boards.board", code=board_or_404(code).code), 303)
    return render_template(
        "ward_boards/ended.html",
        name=wards.name_of(code),
        day=wards.ended_on(code),
        following=[(each, wards.name_of(each)) for each in following],
        boards_at=addresses.before_board_code(),
    )


def _wish(who: Viewer, code: str) -> ThreadFilter:
    category, tier = request.args.get("category"), request.args.get("tier")
    try:
        after = paging.parse(request.args.get("after"))
    except paging.BadCursor:
        abort(404)
    return ThreadFilter(
        category=category if category in CATEGORIES else None,
        only_open="open" in request.args,
        tier=tier if tier in access.tiers_in(who, code) else None,
        after=after,
    )


def _tag(code: str) -> str:
    """Return what changes whenever a visitor's page would: the list, the language, the look, and every five minutes.

    The minutes bound how long a change in another plugin's panel can go unseen.
    """
    from core.database import now

    parts = (
        copies.revision(sql.session, code),
        request.full_path,
        str(get_locale()),
        request.headers.get("Cookie", ""),
        str(int(now().timestamp()) // 300),
    )
    return instance().keys.keyed_hash("board-etag", *parts)


def _unchanged(tag: str) -> Any:
    answer = make_response("", 304)
    answer.set_etag(tag)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
