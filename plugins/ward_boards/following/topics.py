"""What a thread is called among the things members follow, and whether somebody follows it."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import notifications
from core.contributions import TopicLabel, Viewer
from plugins.ward_boards import access
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.models import PUBLISHED, WITHDRAWN, Thread, ThreadWard

PREFIX = "ward_boards.thread:"


class NothingToHear(Exception):
    """The viewer may not read the answers of a thread, so there is nothing to tell them of."""


def topic_of(thread_id: str) -> str:
    """Return the topic of a thread."""
    return f"{PREFIX}{thread_id}"


def is_followed(db: Session, viewer: Viewer, thread_id: str) -> bool:
    """Whether the viewer follows a thread. One query for a member, none for a visitor."""
    return viewer.member_id is not None and notifications.follows(db, viewer.member_id, topic_of(thread_id))


def follow(db: Session, viewer: Viewer, thread: ThreadView) -> None:
    """Tell the viewer of answers in a thread from now on.

    Raises:
        NothingToHear: they may not read the answers.
        core.notifications.TooManyTopics: they follow too many things already.
    """
    if viewer.member_id is None or not thread.reads_replies:
        raise NothingToHear(thread.id)
    notifications.follow_topic(db, viewer.member_id, topic_of(thread.id))


def unfollow(db: Session, viewer: Viewer, thread_id: str) -> None:
    """Tell the viewer no more of a thread, whether they may still read it or not."""
    notifications.unfollow_topic(db, viewer.member_id or "", topic_of(thread_id))


def labels(db: Session, viewer: Viewer, topics: Sequence[str]) -> list[TopicLabel]:
    """Return the titles of those threads among the topics that the viewer may read. One query."""
    wanted = [topic.removeprefix(PREFIX) for topic in topics if topic.startswith(PREFIX)]
    places = sa.select(ThreadWard.thread_id).where(ThreadWard.thread_id.in_(wanted), access.readable(viewer))
    there = sa.select(Thread.id, Thread.title).where(Thread.id.in_(places), Thread.state.in_((PUBLISHED, WITHDRAWN)))
    untitled = _("Title withdrawn by its writer")
    return [TopicLabel(topic_of(row.id), row.title or untitled, f"/threads/{row.id}") for row in db.execute(there)]
