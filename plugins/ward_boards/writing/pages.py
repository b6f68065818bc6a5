"""Pictures as they are sent: those of posts to whoever may read the post, those of a draft to its writer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, request

from core.database import sql
from core.web.access import public, signed_in, viewer
from plugins.ward_boards import conversation
from plugins.ward_boards.writing import attachments, drafts


def register(bp: Blueprint) -> None:
    """Add these pages to the blueprint."""
    bp.add_url_rule("/posts/<post_id>/files/<attachment_id>.jpg", "picture", picture)
    bp.add_url_rule("/drafts/files/<file_id>.jpg", "draft_picture", draft_picture)


@public
def picture(post_id: str, attachment_id: str) -> Any:
    """Send a picture of a post to those who may read the post's text at this moment."""
    found = conversation.post_row(sql.session, viewer(), post_id)
    if found is None or attachment_id not in {each.id for each in found[1].files}:
        abort(404)
    if attachment_id in request.if_none_match:
        return as_picture(Response(status=304), attachment_id)
    content = attachments.content_of(sql.session, attachment_id)
    return as_picture(Response(content), attachment_id) if content else abort(404)


@signed_in
def draft_picture(file_id: str) -> Any:
    """Send a picture of one's own draft."""
    content = drafts.content_of(sql.session, str(viewer().member_id), file_id)
    return as_picture(Response(content), file_id) if content else abort(404)


def as_picture(answer: Response, tag: str) -> Response:
    """Let it be shown and nothing else; browsers ask each time whether it may still be seen."""
    answer.mimetype = "image/jpeg"
    answer.headers["Content-Disposition"] = "inline"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.set_etag(tag)
    return answer
