"""The boards in the JSON API: the same rights, objections and services as the pages."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request
from flask_smorest import Blueprint

from core import posting, wards
from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import PageArgs, Problem, api_requires, paged
from plugins.ward_boards import access, conversation, paging, publishing, queries, services, words
from plugins.ward_boards.api_schemas import (
    FlagSchema,
    NewThreadSchema,
    PostListSchema,
    PostSchema,
    ReplySchema,
    ThreadArgs,
    ThreadListSchema,
    WholeThreadSchema,
)
from plugins.ward_boards.conversation import PostRow, ThreadView, Window
from plugins.ward_boards.guard import api as guard_api
from plugins.ward_boards.incidents import api as incidents_api
from plugins.ward_boards.models import PUBLISHED
from plugins.ward_boards.moderation import api as moderation_api
from plugins.ward_boards.moderation import merging, reports
from plugins.ward_boards.publishing import Entry, Refused
from plugins.ward_boards.search import api as search_api
from plugins.ward_boards.services import Placed, ThreadClosed
from plugins.ward_boards.weekly import api as weekly_api
from plugins.ward_boards.writing import api as writing_api
from plugins.ward_boards.writing.api_schemas import rough_of, shown_files, shown_rough


def blueprint() -> Blueprint:
    """Return a fresh API blueprint `ward_boards_api`; alerts add their resources to it before it is registered."""
    bp = Blueprint("ward_boards_api", __name__, url_prefix="/api/v1", description="Boards, threads and alerts")
    _add_threads(bp)
    _add_posts(bp)
    guard_api.register(bp)
    incidents_api.register(bp)
    writing_api.register(bp)
    search_api.register(bp)
    moderation_api.register(bp)
    weekly_api.register(bp)
    return bp


def _add_threads(bp: Blueprint) -> None:
    @bp.get("/threads")
    @bp.arguments(ThreadArgs, location="query")
    @bp.response(200, ThreadListSchema)
    @api_requires("read")
    def list_threads(args: dict[str, Any]) -> dict[str, Any]:
        """List the threads you may read, newest activity first."""
        wish = queries.ThreadFilter(
            category=args["category"], only_open=args["open"], after=_cursor(args["after"]), limit=args["limit"]
        )
        if args["ward"] is None:
            page = queries.threads_everywhere(sql.session, viewer(), wish)
        elif args["ward"] in {row.code for row in wards.boards()}:
            page = queries.board_threads(sql.session, viewer(), args["ward"], wish)
        elif following := wards.successors(args["ward"]):
            raise _ended(args["ward"], following)
        else:
            raise Problem(422, "No such board", "'ward' is the GSS code of this borough or one of its wards.")
        return paged([thread_of_row(row) for row in page.rows], None if page.after is None else str(page.after))

    @bp.post("/threads")
    @bp.arguments(NewThreadSchema)
    @bp.response(201, WholeThreadSchema)
    @api_requires("post", access.POST)
    def create_thread(body: dict[str, Any]) -> tuple[Any, int, dict[str, str]]:
        """Open a thread on one board or several."""
        entry = Entry(
            title=body["title"],
            text=body["text"],
            ward_codes=tuple(dict.fromkeys(body["wards"])),
            category=body["category"],
            tier=body["tier"],
            sign_as=body["sign_as"],
            rough=rough_of(body),
        )
        writing_api.check_place(entry.rough, entry.ward_codes)
        placed = _publish(lambda db: publishing.open_thread(db, viewer(), entry, now=now()))
        return thread_of_view(_thread(placed.thread_id)), 201, {"Location": f"/api/v1/threads/{placed.thread_id}"}

    @bp.get("/threads/<thread_id>")
    @bp.response(200, WholeThreadSchema)
    @api_requires("read")
    def show_thread(thread_id: str) -> dict[str, Any]:
        """Show one thread."""
        return thread_of_view(_thread(thread_id))

    @bp.get("/threads/<thread_id>/replies")
    @bp.arguments(PageArgs, location="query")
    @bp.response(200, PostListSchema)
    @api_requires("read")
    def list_posts(args: dict[str, Any], thread_id: str) -> dict[str, Any]:
        """List the posts of a thread by number, the first one included."""
        view = _thread(thread_id)
        try:
            after = paging.parse_number(args["after"])
        except paging.BadCursor:
            raise _bad_cursor() from None
        page = conversation.post_page(sql.session, viewer(), view, Window(after=after, limit=args["limit"]))
        return paged([post_of_row(row) for row in page.rows], None if page.after is None else str(page.after))

    @bp.post("/threads/<thread_id>/replies")
    @bp.arguments(ReplySchema)
    @bp.response(201, PostSchema)
    @api_requires("post", access.POST)
    def create_reply(body: dict[str, Any], thread_id: str) -> tuple[Any, int, dict[str, str]]:
        """Answer in a thread."""
        view = _thread(thread_id)
        placed = _publish(
            lambda db: incidents_api.reply(
                db,
                view,
                lambda: publishing.reply(db, viewer(), view, body["text"], sign_as=body["sign_as"], now=now()),
                is_update=body["update"],
            )
        )
        return post_of_row(_post(placed.post_id)), 201, {"Location": f"/api/v1/posts/{placed.post_id}"}


def _add_posts(bp: Blueprint) -> None:
    @bp.get("/posts/<post_id>")
    @bp.response(200, PostSchema)
    @api_requires("read")
    def show_post(post_id: str) -> dict[str, Any]:
        """Show one post."""
        return post_of_row(_post(post_id))

    @bp.delete("/posts/<post_id>")
    @bp.response(204)
    @api_requires("post")
    def withdraw_post(post_id: str) -> None:
        """Withdraw one's own post: its text is deleted for good."""
        _post(post_id)
        try:
            with transaction() as db:
                services.withdraw(db, viewer(), post_id)
        except services.PostGone:
            raise Problem(409, "Already withdrawn", "The text of this post is deleted.") from None
        except services.NotYours:
            raise Problem(403, "Not yours", "Only its writer can withdraw a post.") from None

    @bp.post("/posts/<post_id>/flags")
    @bp.arguments(FlagSchema)
    @bp.response(204)
    @api_requires("post")
    def flag_post(body: dict[str, Any], post_id: str) -> None:
        """Ask the moderators to look at a post; nobody learns who asked."""
        if _post(post_id).state != PUBLISHED:
            raise Problem(409, "Not on the board", "Only a published post can be reported.")
        member_id = viewer().member_id or ""
        with transaction() as db:
            reports.flag(db, member_id, post_id, reason=body["reason"], note=body["note"], now=now())


def thread_of_row(row: queries.ThreadRow) -> dict[str, Any]:
    """Return a listed thread as the API shows it."""
    return {
        "id": row.id,
        "title": row.title,
        "wards": list(row.ward_codes),
        "category": row.category,
        "tier": row.tier,
        "by": words.author(row),
        "posts_count": row.posts_count,
        "locked": row.is_locked,
        "state": row.state,
        "opened": row.opened_at,
        "last_activity": row.last_post_at,
        "incident": incidents_api.shown(row.incident, row.outcome, row.closed_on),
        **shown_rough(row.rough),
        "me_too": row.me_too_count,
    }


def thread_of_view(view: ThreadView) -> dict[str, Any]:
    """Return one thread as the API shows it, with the post that opened it."""
    page = conversation.post_page(sql.session, viewer(), view, Window(after=0, limit=1))
    first = post_of_row(page.rows[0]) if page.rows and page.rows[0].number == 1 else {}
    return {
        "by": first.get("by"),
        "text": first.get("text"),
        "html": first.get("html"),
        "first_post": first.get("id"),
        "id": view.id,
        "title": view.title,
        "wards": list(view.ward_codes),
        "former_wards": list(view.former_codes),
        "category": view.category,
        "tier": view.tier,
        "posts_count": view.posts_count,
        "locked": view.is_locked,
        "state": view.state,
        "opened": view.opened_at,
        "last_activity": view.last_post_at,
        "incident": incidents_api.of_view(view),
        "files": first.get("files", []),
        **shown_rough(view.rough),
        "me_too": view.me_too_count,
    }


def post_of_row(row: PostRow) -> dict[str, Any]:
    """Return a post as the API shows it; no ref, for it would join nothing but could be mistaken for a person."""
    gone = not row.html
    return {
        "id": row.id,
        "thread": row.thread_id,
        "number": row.number,
        "by": None if gone else words.author(row),
        "kind": row.kind,
        "text": row.text,
        "html": row.html,
        "published": row.published_at,
        "coarse": words.is_coarse(row),
        "update": row.is_update,
        "files": shown_files(row.id, row.files),
        "state": row.state,
    }


def _thread(thread_id: str) -> ThreadView:
    view = conversation.thread_view(sql.session, viewer(), thread_id)
    if view is None:
        moved = merging.leads_to(sql.session, viewer(), thread_id)
        if moved is not None:  # a client follows 308 with the same method and body
            abort(redirect(request.path.replace(thread_id, moved[0]), 308))
        raise Problem(404, "No such thread", "There is none by this id that you may read.")
    return view


def _post(post_id: str) -> PostRow:
    found = conversation.post_row(sql.session, viewer(), post_id)
    if found is None:
        raise Problem(404, "No such post", "There is none by this id that you may read.")
    return found[1]


def _publish(write: Any) -> Placed:
    sql.session.rollback()  # what was read so far belongs to a snapshot from before this write
    try:
        with transaction() as db:
            placed: Placed = write(db)
            return placed
    except Refused as refusal:
        raise Problem(422, "Not published", " ".join(refusal.reasons), code="refused") from None
    except ThreadClosed:
        raise Problem(409, "Thread closed", "This thread takes no replies.") from None
    except posting.UnknownAuthorship:
        offered = ", ".join(option.name for option in posting.options(viewer(), wards.boards()[0].code))
        raise Problem(422, "Unknown 'as'", f"Choose how the post is signed: {offered}.") from None


def _ended(code: str, following: tuple[str, ...]) -> Problem:
    names = ", ".join(f"{each} {wards.name_of(each)}" for each in following)
    detail = f"{wards.name_of(code)} ended on {wards.ended_on(code)}. Its threads are on: {names}."
    return Problem(410, "This ward has ended", detail, successors=list(following))


def _cursor(text: str | None) -> paging.Cursor | None:
    try:
        return paging.parse(text)
    except paging.BadCursor:
        raise _bad_cursor() from None


def _bad_cursor() -> Problem:
    return Problem(422, "Unknown cursor", "Send 'after' exactly as 'next' gave it, or leave it out.")
