"""The search page: a box, what was found, and words that help when nothing was."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, render_template, request, url_for
from flask_babel import gettext as _

from core import permissions, wards
from core.database import now, sql
from core.web.access import public, viewer
from core.web.security import limiter
from plugins.ward_boards import access
from plugins.ward_boards.search import finding, me_too_pages, results, wish
from plugins.ward_boards.search.finding import MOST_COUNTED, FoundPage, Search
from plugins.ward_boards.search.wish import LONGEST_QUERY, Wish

ORDERS = ("new", "best")
FOLDER = "ward_boards/search"


class Asked(NamedTuple):
    """The question as it came in the address, with what does not fit left out."""

    text: str
    wish: Wish
    ward_code: str | None
    order: str
    after: int


def register(bp: Blueprint) -> None:
    """Add the search and "me too" to the blueprint `ward_boards`."""
    bp.add_url_rule("/search", "search", search)
    me_too_pages.register(bp)


@public
@limiter.limit("60/minute;600/hour")
def search() -> Any:
    """Show what was found; signed-out people find what everyone may read."""
    asked = _asked()
    who, moment = viewer(), now()
    problem = _problem(asked)
    page, count = FoundPage([], None), None
    if asked.wish.phrases and not problem:
        looked = Search(asked.wish, asked.ward_code, asked.after)
        look = finding.best if asked.order == "best" else finding.newest
        page = look(sql.session, who, looked, now=moment)
        count = _count(page, looked, moment)
    answer = render_template(
        f"{FOLDER}/search.html",
        asked=asked,
        problem=problem,
        hits=results.hits(page.rows, asked.wish.words, now=moment),
        count=count,
        most=MOST_COUNTED,
        older=None if page.after is None else _address(asked, after=page.after),
        orders={name: _address(asked, order=name) for name in ORDERS},
        single=[_address(asked, q=" ".join(phrase)) for phrase in asked.wish.phrases],
        places=wards.boards(),
        reads_all=permissions.allowed(who, access.READ),
        longest=LONGEST_QUERY,
        section=url_for("ward_boards.index"),
    )
    return (answer, 422) if problem else answer


def _asked() -> Asked:
    text = " ".join(request.args.get("q", "").replace("\x00", " ").split())
    code, order, after = (request.args.get(name, "") for name in ("ward", "order", "after"))
    known = {row.code for row in wards.boards()}
    return Asked(
        text[: LONGEST_QUERY * 2],
        wish.parse(text),
        code if code in known else None,
        order if order in ORDERS else ORDERS[0],
        read_after(after) or 0,
    )


def read_after(text: str | None) -> int | None:
    """Return where to go on; 0 for the top, None for what no page of ours gave."""
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _problem(asked: Asked) -> str:
    if len(asked.text) > LONGEST_QUERY:
        return str(_("That is too long to look for. Keep the few words that matter most."))
    if asked.text and not asked.wish.phrases:
        return str(_("There is no word in it to look for. Write a word, like 'moped' or 'library'."))
    return ""


def _count(page: FoundPage, looked: Search, moment: Any) -> int | None:
    """Return how many there are, asked for on the first page only."""
    if looked.after:
        return None
    return len(page.rows) if page.after is None else finding.counted(sql.session, viewer(), looked, now=moment)


def _address(asked: Asked, **changes: str) -> str:
    values: dict[str, Any] = {
        "q": asked.text,
        "ward": asked.ward_code,
        "order": asked.order if asked.order != ORDERS[0] else None,
    }
    return url_for("ward_boards.search", **{**values, **changes})
