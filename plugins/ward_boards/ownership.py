"""Whose a post is, as far as can be known: by the member, or by a ref that only its writer holds.

A hidden author's refs belong to the thread they wrote in. When it was merged into another, they still count there.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import posting
from core.contributions import Viewer
from plugins.ward_boards.models import Post
from plugins.ward_boards.moderation.models import Merge


def own_refs(db: Session, viewer: Viewer, thread_id: str) -> frozenset[str]:
    """Return every ref under which this viewer may have written in a thread or in one merged into it."""
    merged = db.scalars(sa.select(Merge.from_id).where(Merge.into_id == thread_id))
    return posting.own_refs(viewer, thread_id).union(*(posting.own_refs(viewer, each) for each in merged))


def owns(db: Session, viewer: Viewer, post: Post) -> bool:
    """Whether this viewer wrote the post; never for one that left neither a member nor a ref."""
    if viewer.member_id is None:
        return False
    if post.member_id is not None or post.ref is None:
        return post.member_id == viewer.member_id
    return post.ref in own_refs(db, viewer, post.thread_id)
