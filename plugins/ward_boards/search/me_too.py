"""Me too: members say that they saw the same, once each, and nobody can be shown to have said it. Nothing commits."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.contributions import Viewer
from core.models import Member
from plugins.ward_boards import conversation
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.models import PUBLISHED, Thread
from plugins.ward_boards.search.counts import tag_of
from plugins.ward_boards.search.models import MeToo
from plugins.ward_boards.services import settle


class NotHere(Exception):
    """The thread is not one on which this viewer may say that they saw the same."""


def takes(view: ThreadView) -> bool:
    """Whether "me too" can be said on a thread by whom it is shown to."""
    return view.posts and view.reads_replies and view.state == PUBLISHED


def me_too(db: Session, viewer: Viewer, thread_id: str) -> bool:
    """Say it; again changes nothing. Return whether it is new.

    Raises:
        NotHere: the viewer may not open the thread, not write there, or it is not on the boards.
    """
    view = _required(db, viewer, thread_id)
    try:
        with db.begin_nested():
            db.add(MeToo(thread_id=view.id, tag=tag_of(view.id, viewer.member_id or "")))
    except IntegrityError:
        return False
    settle(db, view.id)
    return True


def take_back(db: Session, viewer: Viewer, thread_id: str) -> bool:
    """Take it back. Return whether there was something to take back.

    Raises:
        NotHere: as for `me_too`.
    """
    view = _required(db, viewer, thread_id)
    gone = sa.delete(MeToo).where(MeToo.thread_id == view.id, MeToo.tag == tag_of(view.id, viewer.member_id or ""))
    if db.execute(gone.returning(MeToo.tag)).one_or_none() is None:
        return False
    settle(db, view.id)
    return True


def erase(db: Session, member_id: str) -> int:
    """Take back all that a member said; the tags are found by making them anew."""
    found = _said_by(db, member_id)
    for thread_id in found:
        db.execute(sa.delete(MeToo).where(MeToo.thread_id == thread_id, MeToo.tag == tag_of(thread_id, member_id)))
    return len(found)


def move(db: Session, from_id: str, into_id: str) -> None:
    """Let those who said it of one thread have said it of another, each once; for joined threads.

    A tag holds for its thread only, so each is made anew; left as it was nobody could take it back or erase it.
    """
    said = set(db.scalars(sa.select(MeToo.tag).where(MeToo.thread_id == from_id)))
    if not said:
        return
    there = set(db.scalars(sa.select(MeToo.tag).where(MeToo.thread_id == into_id)))
    movers = [member_id for member_id in db.scalars(sa.select(Member.id)) if tag_of(from_id, member_id) in said]
    new = {tag_of(into_id, member_id) for member_id in movers} - there
    db.execute(sa.delete(MeToo).where(MeToo.thread_id == from_id))
    db.add_all(MeToo(thread_id=into_id, tag=tag) for tag in sorted(new))
    db.flush()


def said_by(db: Session, member_id: str) -> list[str]:
    """Return the titles of the threads on which a member said it, for that member only."""
    found = _said_by(db, member_id)
    return list(db.scalars(sa.select(Thread.title).where(Thread.id.in_(found)).order_by(Thread.title)))


def _said_by(db: Session, member_id: str) -> list[str]:
    said = db.execute(sa.select(MeToo.thread_id, MeToo.tag))
    return [thread_id for thread_id, tag in said if tag == tag_of(thread_id, member_id)]


def _required(db: Session, viewer: Viewer, thread_id: str) -> ThreadView:
    view = conversation.thread_view(db, viewer, thread_id)
    if view is None or viewer.member_id is None or not takes(view):
        raise NotHere(thread_id)
    return view
