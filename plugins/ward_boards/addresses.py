"""Where boards, threads and posts are found, and the place behind a board's code."""

from __future__ import annotations

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from core import wards
from plugins.ward_boards import conversation

NO_ID = "0" * 32


def board_or_404(code: str) -> wards.WardRow:
    """Return the place a board belongs to. A ward that ended leads to what follows it; anything else is not found."""
    found = next((row for row in wards.boards() if row.code == code), None)
    if found is None and (following := wards.successors(code)):
        abort(_moved(code, following))
    return found or abort(404)


def _moved(code: str, following: tuple[str, ...]) -> Response:
    """Lead to the same page of the one board that follows, or to the page that lists several."""
    if len(following) > 1:
        return redirect(url_for("ward_boards.ended", code=code), 303)
    values = {**(request.view_args or {}), **request.args.to_dict(flat=False), "code": following[0]}
    return redirect(url_for(str(request.endpoint), **values), 308)


def before_thread_id() -> str:
    """Return what comes before a thread's id in its address; asked once per page, not once per row."""
    return url_for("ward_boards.thread", thread_id=NO_ID).removesuffix(NO_ID)


def before_post_id() -> str:
    """Return what comes before a post's id in the addresses of what can be done to it."""
    return url_for("ward_boards.withdraw", post_id=NO_ID).split(NO_ID)[0]


def before_board_code() -> str:
    """Return what comes before a board's code in its address."""
    return url_for("ward_boards.board", code="-").removesuffix("-")


def of_post(thread_id: str, number: int) -> str:
    """Return where a post can be read: in a long thread, on the page that starts with it."""
    after = number - 1 if number > conversation.POSTS_PER_PAGE else None
    return url_for("ward_boards.thread", thread_id=thread_id, after=after, _anchor=f"post-{number}")
