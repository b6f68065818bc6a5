"""Moderation in the JSON API: the queue, claims, decisions, the log; appeals and changes by writers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response
from flask_smorest import Blueprint
from sqlalchemy.orm import Session

from core import permissions, wards
from core.database import now, sql, transaction
from core.web.access import viewer
from core.web.api import Problem, api_requires, paged
from plugins.ward_boards import access, conversation
from plugins.ward_boards.models import Post
from plugins.ward_boards.moderation import (
    appeals,
    cases,
    claims,
    editing,
    kept_pictures,
    outcomes,
    queries,
    vocabulary,
)
from plugins.ward_boards.moderation.api_schemas import (
    AppealSchema,
    CaseListSchema,
    EditSchema,
    LogArgs,
    LogListSchema,
    QueueArgs,
    RulingSchema,
    WholeCaseSchema,
)
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.editing import Change
from plugins.ward_boards.moderation.models import Case
from plugins.ward_boards.moderation.permission_names import DECIDE_APPEALS
from plugins.ward_boards.publishing import Refused
from plugins.ward_boards.services import NotYours, PostGone
from plugins.ward_boards.writing import pages


def register(bp: Blueprint) -> None:
    """Add these resources to the boards' API."""
    _add_queue(bp)
    _add_pictures(bp)
    _add_claims(bp)
    _add_log(bp)
    _add_own(bp)


def _add_queue(bp: Blueprint) -> None:
    @bp.get("/moderation/queue")
    @bp.arguments(QueueArgs, location="query")
    @bp.response(200, CaseListSchema)
    @api_requires("moderate", DECIDE_APPEALS)
    def list_cases(args: dict[str, Any]) -> dict[str, Any]:
        """List what waits for you, what cannot wait first."""
        if args["ward"] is not None:
            _known(args["ward"])
            permissions.require(viewer(), access.MODERATE, args["ward"])
        rows = queries.queue(sql.session, viewer(), args["ward"])
        return paged([_row(row) for row in rows], None)

    @bp.get("/moderation/cases/<moderation_case_id>")
    @bp.response(200, WholeCaseSchema)
    @api_requires("moderate", DECIDE_APPEALS)
    def show_case(moderation_case_id: str) -> dict[str, Any]:
        """Show one case; claim it first to read what readers said."""
        return _whole(_case(moderation_case_id))

    @bp.post("/moderation/cases/<moderation_case_id>/decision")
    @bp.arguments(RulingSchema)
    @bp.response(204)
    @api_requires("moderate", DECIDE_APPEALS)
    def decide_case(body: dict[str, Any], moderation_case_id: str) -> None:
        """Decide a case; it is claimed by that if nobody has it."""
        found, verb = _case(moderation_case_id), body.pop("verb")
        if verb not in outcomes.DECISIONS.get(found.kind, vocabulary.POST_VERBS):
            raise Problem(422, "Not for this case", f"A case of the kind '{found.kind}' is not decided like this.")
        _write(outcomes.deed(found, viewer(), verb, Ruling(**body)))


def _add_pictures(bp: Blueprint) -> None:
    @bp.get("/moderation/cases/<moderation_case_id>/pictures/<case_picture_id>.jpg")
    @bp.response(200, content_type="image/jpeg")
    @api_requires("moderate", DECIDE_APPEALS)
    def get_case_picture(moderation_case_id: str, case_picture_id: str) -> Any:
        """Send a picture of a case that you have claimed."""
        found = _case(moderation_case_id)
        is_mine = claims.holder(found, viewer(), now()) == "mine"
        content = kept_pictures.content_of(sql.session, found, case_picture_id) if is_mine else None
        if content is None:
            raise Problem(404, "No such picture", "There is none by this id in a case that you have claimed.")
        return pages.as_picture(Response(content), case_picture_id)


def _add_claims(bp: Blueprint) -> None:
    @bp.post("/moderation/cases/<moderation_case_id>/claim")
    @bp.response(200, WholeCaseSchema)
    @api_requires("moderate", DECIDE_APPEALS)
    def claim_case(moderation_case_id: str) -> dict[str, Any]:
        """Claim a case for half an hour."""
        _case(moderation_case_id)
        _write(lambda db, at: claims.claim(db, viewer(), moderation_case_id, now=at))
        return _whole(_case(moderation_case_id))

    @bp.delete("/moderation/cases/<moderation_case_id>/claim")
    @bp.response(204)
    @api_requires("moderate", DECIDE_APPEALS)
    def release_case(moderation_case_id: str) -> None:
        """Give your claim back."""
        _case(moderation_case_id)
        _write(lambda db, at: claims.release(db, viewer(), moderation_case_id, now=at))


def _add_log(bp: Blueprint) -> None:
    @bp.get("/moderation/log")
    @bp.arguments(LogArgs, location="query")
    @bp.response(200, LogListSchema)
    @api_requires("read")
    def show_log(args: dict[str, Any]) -> dict[str, Any]:
        """List what moderators did, newest day first; roles and wards, never names."""
        if args["ward"] is not None:
            _known(args["ward"])
        after = queries.log_cursor(args["after"])
        if args["after"] and after is None:
            raise Problem(422, "Unknown cursor", "Send 'after' exactly as 'next' gave it, or leave it out.")
        rows, goes_on = queries.log_page(sql.session, viewer(), args["ward"], after, args["limit"])
        items = [
            {
                "day": row.day,
                "verb": row.verb,
                "reason": row.reason,
                "role": row.role,
                "ward": row.ward_code,
                "thread": row.thread_id,
            }
            for row in rows
        ]
        return paged(items, None if goes_on is None else str(goes_on))


def _add_own(bp: Blueprint) -> None:
    @bp.post("/posts/<post_id>/appeal")
    @bp.arguments(AppealSchema)
    @bp.response(204)
    @api_requires("post")
    def appeal_post(body: dict[str, Any], post_id: str) -> None:
        """Ask that somebody of another ward looks again at your hidden post."""
        _readable(post_id)
        _write(lambda db, at: appeals.appeal(db, viewer(), post_id, body["statement"], now=at))

    @bp.patch("/posts/<post_id>")
    @bp.arguments(EditSchema)
    @bp.response(204)
    @api_requires("post", access.POST)
    def edit_post(body: dict[str, Any], post_id: str) -> None:
        """Change your own post, for half an hour and until somebody answers."""
        title = _readable(post_id) if body["title"] is None else body["title"]
        _write(lambda db, at: editing.edit(db, viewer(), post_id, Change(body["text"], title), now=at))


def _known(ward_code: str) -> None:
    if ward_code not in {row.code for row in wards.boards()}:
        raise Problem(422, "No such board", "'ward' is the GSS code of this borough or one of its wards.")


def _case(case_id: str) -> Case:
    found = sql.session.get(Case, case_id)
    if found is None or not queries.may_see(sql.session, viewer(), found):
        raise Problem(404, "No such case", "There is none by this id that is yours to decide.")
    return found


def _readable(post_id: str) -> str:
    """Return the title of a post's thread; not found when the viewer may not read it."""
    found = conversation.post_row(sql.session, viewer(), post_id)
    if found is None:
        raise Problem(404, "No such post", "There is none by this id that you may read.")
    return found[0].title


def _row(row: queries.QueueRow) -> dict[str, Any]:
    is_appeal = row.kind == vocabulary.APPEAL
    return {
        "id": row.case_id,
        "kind": row.kind,
        "urgent": row.is_urgent,
        "opened_on": row.opened_on,
        "post": None if is_appeal else row.post_id,
        "thread": None if is_appeal else row.thread_id,
        "state": row.state,
        "hold_code": row.hold_code,
        "hold_note": row.state_note,
        "reports_count": row.reports_count,
        "claimed": row.claimed,
        "asked_ward": row.asked_ward,
        "text": row.text,
    }


def _whole(found: Case) -> dict[str, Any]:
    held = claims.holder(found, viewer(), now()) if found.is_open else ""
    copy = cases.unseal(found) if held == "mine" else None
    pictures = kept_pictures.listed(sql.session, found) if copy else []
    said = queries.reports(sql.session, found.post_id) if held == "mine" and found.post_id else []
    post = sql.session.get(Post, found.post_id) if found.post_id else None
    is_appeal = found.kind == vocabulary.APPEAL
    return {
        "id": found.id,
        "kind": found.kind,
        "urgent": found.urgency_rank <= vocabulary.URGENT_UP_TO,
        "opened_on": found.opened_on,
        "post": None if is_appeal else found.post_id,
        "thread": None if is_appeal else found.thread_id,
        "state": post.state if post else None,
        "hold_code": found.hold_code,
        "hold_note": post.state_note if post else "",
        "reports_count": len(said),
        "claimed": held,
        "asked_ward": found.asked_ward,
        "text": post.text if post and not is_appeal else "",
        "copy": copy.text if copy else None,
        "pictures": [{"id": each.id, "alt": each.alt} for each in pictures],
        "statement": copy.statement if copy else None,
        "reports": [{"reason": each.reason, "note": each.note} for each in said],
    }


def _write(deed: Callable[[Session, datetime], object]) -> None:
    sql.session.rollback()  # what was read so far belongs to a snapshot from before this write
    try:
        with transaction() as db:
            deed(db, now())
    except Refused as refusal:
        raise Problem(422, "Not published", " ".join(refusal.reasons), code="refused") from None
    except NotYours:
        raise Problem(403, "Not yours", "Only its writer can do this.") from None
    except PostGone:
        raise Problem(409, "Nothing was changed", "The post is no longer as you saw it.") from None
    except appeals.NoAppeal:
        raise Problem(409, "No appeal", "The post is not hidden, not yours, or was appealed for before.") from None
    except editing.TooLate:
        raise Problem(409, "Too late", "Somebody has answered, or the time to change it is over.") from None
    except outcomes.REFUSALS as refusal:
        raise Problem(409, "Nothing was changed", outcomes.why(refusal)) from None
