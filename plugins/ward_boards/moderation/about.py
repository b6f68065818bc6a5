"""The post that a page is about, and what every such page shows of it."""

from __future__ import annotations

from typing import Any

from flask import abort, url_for

from core import permissions, posting
from core.contributions import ModerationAction
from core.database import sql
from core.web.access import viewer
from plugins.ward_boards import access, conversation, words
from plugins.ward_boards.conversation import PostRow, ThreadView


def post_or_404(post_id: str) -> tuple[ThreadView, PostRow]:
    """Return a post with its thread; not found when there is none that this viewer may read."""
    found = conversation.post_row(sql.session, viewer(), post_id)
    if found is None:
        abort(404)
    return found


def about(thread: ThreadView, post: PostRow) -> dict[str, Any]:
    """Return what a template needs to show a post above its form."""
    return {"thread": thread, "post": post, "words": words.Speaker(), "section": url_for("ward_boards.index")}


def actions_for(post_id: str) -> list[ModerationAction]:
    """Return what other parts offer the viewer to do about a post; the caller has checked that they moderate it."""
    signature = posting.signature_of(sql.session, post_id)
    return posting.moderation_actions(viewer(), signature) if signature else []


def require_moderator(thread: ThreadView) -> None:
    """Refuse whoever moderates none of a thread's boards."""
    if not thread.moderates:
        permissions.require(viewer(), access.MODERATE, thread.ward_codes[0])
        raise permissions.Denied(access.MODERATE, "you do not moderate a board of this thread")
