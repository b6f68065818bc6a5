"""The verbs of writers: open a thread, reply, withdraw. None of them commits.

Callers have checked permissions (`publishing`, the views and the API); what is checked here is the state of rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import event_log, wards
from core.contributions import Authorship, Draft, Viewer
from core.database import new_id
from core.events import PostPublished
from plugins.ward_boards import markup, ownership
from plugins.ward_boards.complaints import marks
from plugins.ward_boards.incidents import opening as incidents
from plugins.ward_boards.models import (
    HELD,
    HIDDEN,
    PUBLIC,
    PUBLISHED,
    WITHDRAWN,
    Post,
    Tally,
    Thread,
    ThreadWard,
)
from plugins.ward_boards.moderation import kept_pictures
from plugins.ward_boards.moments import is_hidden, stored_at
from plugins.ward_boards.reading import copies
from plugins.ward_boards.search import indexing
from plugins.ward_boards.weekly.forgetting import forget_thread
from plugins.ward_boards.writing import about, attachments

LONGEST_LABEL = 120


class ThreadClosed(Exception):
    """The thread is locked or off the boards; a reply would never be read."""


class PostGone(Exception):
    """There is no such post, or it is past what was asked of it (already withdrawn, already hidden)."""


class NotYours(Exception):
    """Somebody else wrote the post, as far as can be known."""


@dataclass(frozen=True)
class Placed:
    """Where a post now is; `state` is `held` when a coordinator looks at it first."""

    thread_id: str
    post_id: str
    number: int
    state: str


def open_thread(db: Session, draft: Draft, author: Authorship, *, now: datetime, hold_note: str = "") -> Placed:
    """Write a thread with its first post on every board of the draft; with `hold_note` it waits for a moderator."""
    at = stored_at(author, now)
    db.add(
        Thread(
            id=draft.thread_id,
            title=markup.one_line(draft.title or ""),
            category=draft.category,
            tier=draft.tier,
            state=HELD if hold_note else PUBLISHED,
            opened_at=at,
            last_post_at=at,
        )
    )
    db.flush()
    for code in sorted(set(wards.of_today(db, draft.ward_codes))):
        db.add(ThreadWard(thread_id=draft.thread_id, ward_code=code, tier=draft.tier, is_listed=False, last_post_at=at))
    db.flush()
    if draft.tier == PUBLIC:
        copies.prepare(db, draft.thread_id)
    incidents.open_with(db, draft.thread_id, draft.category, at.date())
    return _place(db, draft, author, at=at, hold_note=hold_note)


def reply(db: Session, draft: Draft, author: Authorship, *, now: datetime, hold_note: str = "") -> Placed:
    """Add a post to a thread.

    Raises:
        ThreadClosed: nobody would read it; the writer should be told before the text is lost.
    """
    row = db.execute(
        sa.select(Thread.is_locked, Thread.state, marks.has_proceedings(Thread.id).label("is_stopped")).where(
            Thread.id == draft.thread_id
        )
    ).one_or_none()
    if row is None or row.is_locked or row.is_stopped or row.state not in (PUBLISHED, WITHDRAWN):
        raise ThreadClosed(draft.thread_id)
    return _place(db, draft, author, at=stored_at(author, now), hold_note=hold_note)


def _place(db: Session, draft: Draft, author: Authorship, *, at: datetime, hold_note: str) -> Placed:
    # One statement takes the number, so that two replies at once never get the same one.
    taken = sa.update(Thread).where(Thread.id == draft.thread_id).values(last_number=Thread.last_number + 1)
    number = db.execute(taken.returning(Thread.last_number)).scalar_one()
    text = markup.clean(draft.text)
    post = Post(
        id=draft.post_id or new_id(),
        thread_id=draft.thread_id,
        number=number,
        kind=author.kind,
        label=author.label[:LONGEST_LABEL] if is_hidden(author) else "",
        ref=author.ref,
        member_id=None if is_hidden(author) else author.member_id,
        text=text,
        html=markup.render(text),
        published_at=at,
        state=HELD if hold_note else PUBLISHED,
        state_note=hold_note[:300],
    )
    db.add(post)
    db.flush()
    if not hold_note:
        if number == 1 and draft.tier == PUBLIC:
            copies.release(db, post)
        publish(db, post, tuple(draft.ward_codes))
    return Placed(draft.thread_id, post.id, number, post.state)


def publish(db: Session, post: Post, ward_codes: tuple[str, ...]) -> None:
    """Count a post that is now to be read, move its thread up, and tell who wants to know."""
    newest = sa.case((Thread.last_post_at < post.published_at, post.published_at), else_=Thread.last_post_at)
    db.execute(
        sa.update(Thread)
        .where(Thread.id == post.thread_id)
        .values(posts_count=Thread.posts_count + 1, last_post_at=newest)
    )
    incidents.post_is_out(db, post.thread_id, post.id, post.published_at.date())
    settle(db, post.thread_id)
    indexing.put_post(db, post.id)
    event_log.append(
        db,
        PostPublished(
            post_id=post.id,
            thread_id=post.thread_id,
            ward_codes=ward_codes,
            is_first=post.number == 1,
            occurred_at=post.published_at,
        ),
    )


def settle(db: Session, thread_id: str) -> None:
    """Bring lists, counts and revisions in line with a thread after any change to it."""
    thread = db.execute(
        sa.select(Thread.tier, Thread.state, Thread.posts_count, Thread.last_post_at).where(Thread.id == thread_id)
    ).one()
    listed = thread.state == PUBLISHED or (thread.state == WITHDRAWN and thread.posts_count > 0)
    if thread.state != PUBLISHED:
        forget_thread(db, thread_id)
    db.execute(sa.update(Thread).where(Thread.id == thread_id).values(revision=Thread.revision + 1))
    boards = db.execute(
        sa.select(ThreadWard.ward_code, ThreadWard.is_listed).where(ThreadWard.thread_id == thread_id)
    ).all()
    db.execute(
        sa.update(ThreadWard)
        .where(ThreadWard.thread_id == thread_id)
        .values(is_listed=listed, last_post_at=thread.last_post_at)
    )
    for code, was_listed in boards:
        _tally(db, code, thread.tier, int(listed) - int(was_listed))
    if thread.tier == PUBLIC:
        copies.settle(db, thread_id, [board.ward_code for board in boards], listed=listed)


def _tally(db: Session, ward_code: str, tier: str, change: int) -> None:
    counted = (
        sa.update(Tally)
        .where(Tally.ward_code == ward_code, Tally.tier == tier)
        .values(threads_count=Tally.threads_count + change, revision=Tally.revision + 1)
        .returning(Tally.revision)
    )
    if db.execute(counted).one_or_none() is not None:
        return
    try:
        with db.begin_nested():
            db.add(Tally(ward_code=ward_code, tier=tier, threads_count=max(change, 0), revision=1))
    except IntegrityError:  # the first two threads of a board at once, on PostgreSQL
        db.execute(counted)


def withdraw(db: Session, viewer: Viewer, post_id: str) -> str:
    """Take back one's own post: its text is deleted for good. Return the thread's id.

    Raises:
        PostGone: it is not there, or was withdrawn before.
        NotYours: neither the member nor one of their refs in this thread wrote it.
    """
    post = db.get(Post, post_id)
    if post is None or post.state == WITHDRAWN:
        raise PostGone(post_id)
    if not ownership.owns(db, viewer, post):
        raise NotYours(post_id)
    blank(db, post)
    return post.thread_id


def blank(db: Session, post: Post) -> None:
    """Delete the text of a post, its author, and the title it gave; its number stays, so that answers make sense.

    A thread that moderators have hidden stays hidden. An open case stays open, with the copy that lies sealed in it.
    """
    was_published, was_hidden = post.state == PUBLISHED, post.state == HIDDEN
    post.text = post.html = post.state_note = post.state_reason = post.label = ""
    post.member_id = post.ref = None
    post.state = WITHDRAWN
    values: dict[str, object] = {}
    if post.number == 1:
        values |= {"title": ""} if was_hidden else {"title": "", "state": WITHDRAWN}
    if was_published:
        values |= {"posts_count": Thread.posts_count - 1}
    db.flush()
    indexing.drop_post(db, post.id)
    kept_pictures.keep(db, post.id)
    attachments.remove(db, post.id)
    if post.number == 1:
        about.forget(db, post.thread_id)
    if values:
        db.execute(sa.update(Thread).where(Thread.id == post.thread_id).values(values))
    settle(db, post.thread_id)
