"""Where released posts are now, how a post is signed, and taking one back for its writer."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core.contributions import PostSignature
from core.released import Placement
from plugins.ward_boards import services
from plugins.ward_boards.models import WITHDRAWN, Post
from plugins.ward_boards.moderation import log, vocabulary
from plugins.ward_boards.moments import HANDLE

_AT_ONCE = 500


def placement(post: Post) -> Placement:
    """Return where a post is, with the reason of its state in words for its writer."""
    reason = " ".join(filter(None, (str(vocabulary.told(post.state_reason)), post.state_note)))
    return Placement(post.thread_id, post.state, reason[:300])


def is_withdrawn_handle(post: Post) -> bool:
    """Whether a released post was taken back: then its text, its ref and its name are gone, and its kind remains."""
    return post.kind == HANDLE and post.state == WITHDRAWN


def placed(db: Session, post_ids: Sequence[str]) -> dict[str, Placement]:
    """Return where released posts are, by id."""
    found: dict[str, Placement] = {}
    for start in range(0, len(post_ids), _AT_ONCE):
        some = post_ids[start : start + _AT_ONCE]
        for post in db.scalars(sa.select(Post).where(Post.id.in_(some), Post.kind == HANDLE)):
            found[post.id] = placement(post)
    return found


def withdraw(db: Session, post_id: str, ref: str) -> bool:
    """Delete the text of a released post with this ref; whether there is such a post, withdrawn already or not."""
    post = db.get(Post, post_id)
    if post is None or post.kind != HANDLE:
        return False
    if post.state == WITHDRAWN:
        return True
    if post.ref != ref:
        return False
    services.blank(db, post)
    return True


def signature(db: Session, post_id: str) -> PostSignature | None:
    """Return how a post is signed; nothing of one that was taken back."""
    post = db.get(Post, post_id)
    if post is None or post.state == WITHDRAWN:
        return None
    codes = tuple(sorted(log.boards_of(db, post.thread_id)))
    return PostSignature(post.id, post.thread_id, codes, post.kind, post.label, post.ref, post.member_id)
