"""Marking as read, and the registration of all pages of reading."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask_babel import gettext as _

from core import permissions
from core.database import transaction
from core.web.access import requires, viewer
from core.web.security import limiter
from plugins.ward_boards import access, addresses, paging
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.reading import feed_pages, map_pages, marking, print_pages
from plugins.ward_boards.reading.marks import Mark

SENT_BY_SCRIPT = "fetch"


def register(bp: Blueprint) -> None:
    """Add the pages of reading to the blueprint `ward_boards`."""
    bp.add_url_rule("/threads/<thread_id>/read", "mark_thread", mark_thread, methods=["POST"])
    bp.add_url_rule("/boards/<code>/read", "mark_board", mark_board, methods=["POST"])
    feed_pages.register(bp)
    print_pages.register(bp)
    map_pages.register(bp)


@requires(access.READ)
@limiter.limit("1200/hour")
def mark_thread(thread_id: str) -> Any:
    """Note how far the viewer has read a thread; sent by the page itself, or with its button."""
    from plugins.ward_boards.thread_views import thread_or_404

    who = viewer()
    view = thread_or_404(who, thread_id)
    try:
        number = min(paging.parse_number(request.form.get("number")), view.last_number)
    except paging.BadCursor:
        abort(404)
    if number and view.reads_replies:
        seen = Mark(number, day_of(view.last_post_at))
        with transaction() as db:
            marking.see(db, who.member_id or "", [(view.id, seen)])
    if request.headers.get("X-Requested-With") == SENT_BY_SCRIPT:
        return "", 204
    return redirect(url_for("ward_boards.board", code=view.ward_codes[0]), 303)


@requires(access.READ)
@limiter.limit("120/hour")
def mark_board(code: str) -> Any:
    """Mark all that the viewer can read on a board as read."""
    place = addresses.board_or_404(code)
    who = viewer()
    permissions.require(who, access.READ, code)
    with transaction() as db:
        marking.see_board(db, who, code)
    flash(_("Everything on the board of %(ward)s is marked as read.", ward=place.name))
    return redirect(url_for("ward_boards.board", code=code), 303)
