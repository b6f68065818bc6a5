"""What moderators do with a post: hide it, put it back, let it out, take it down to look at it. None of it commits.

Every deed goes through a case, writes to the audit and to the log, and tells the writer. Callers have checked that
the viewer moderates a board of the thread.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit, event_log, notifications
from core.contributions import Viewer
from core.events import PostHidden, PostRestored
from plugins.ward_boards import ownership
from plugins.ward_boards.models import HELD, HIDDEN, PUBLISHED, WITHDRAWN, Post, Thread
from plugins.ward_boards.moderation import cases, claims, log, rights, vocabulary
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.models import Case
from plugins.ward_boards.search import indexing
from plugins.ward_boards.services import PostGone, publish, settle

SUBJECT = "About something you wrote"
TEXT = "A coordinator has decided about something you wrote. The page says what was decided, and why."
FROM_STATES = {
    vocabulary.HIDE: (PUBLISHED, HELD),
    vocabulary.POLICE: (PUBLISHED, HELD),
    vocabulary.RESTORE: (HIDDEN, HELD),
    vocabulary.HOLD: (PUBLISHED,),
    vocabulary.KEEP: (PUBLISHED, WITHDRAWN),
}
"""In which state a post must be for a deed to make sense."""


class OwnPost(Exception):
    """The moderator wrote the post; another must decide."""


def act(db: Session, viewer: Viewer, post_id: str, verb: str, ruling: Ruling, *, now: datetime) -> str:
    """Decide about a post, and close its case unless it is only taken down for a look. Return its thread's id.

    Raises:
        PostGone: it is not in a state in which this can be done, or (KEEP) there is no case.
        OwnPost: nobody decides about what they wrote.
        claims.Claimed: another moderator looks at it.
    """
    post = db.get(Post, post_id)
    if post is None or post.state not in FROM_STATES[verb]:
        raise PostGone(post_id)
    if ownership.owns(db, viewer, post):
        raise OwnPost(post_id)
    case = cases.open_case(db, post_id)
    if case is None:
        if verb == vocabulary.KEEP:
            raise PostGone(post_id)
        matter = cases.Matter(vocabulary.ACT, vocabulary.REPORT_RANK, was_out=post.state == PUBLISHED)
        case = cases.bring(db, post, matter, now=now)
    claims.take(db, viewer, case, now=now)
    as_whom = rights.standing(viewer, log.boards_of(db, post.thread_id))
    cases.sign(case, viewer, as_whom)
    logged = _DEEDS[verb](db, post, case, ruling)
    audit.record(db, viewer.member_id, f"ward_boards.{verb}", f"post {post.id}", ruling.words or ruling.reason)
    log.write(db, as_whom, logged, post.thread_id, reason=ruling.reason, now=now)
    if verb != vocabulary.HOLD:
        cases.close(db, case, logged, ruling, now=now)
    if verb != vocabulary.KEEP:
        tell_writer(db, post)
    return post.thread_id


def hide(db: Session, viewer: Viewer, post_id: str, ruling: Ruling, *, now: datetime) -> str:
    """Take a post off the boards, or refuse a held one. Raises as `act`."""
    return act(db, viewer, post_id, vocabulary.HIDE, ruling, now=now)


def restore(db: Session, viewer: Viewer, post_id: str, ruling: Ruling, *, now: datetime) -> str:
    """Put a hidden post back, or let a held one out. Raises as `act`."""
    return act(db, viewer, post_id, vocabulary.RESTORE, ruling, now=now)


def tell_writer(db: Session, post: Post) -> None:
    """Mail whoever wrote a post under their alias; hidden authors read it on the page, for nobody knows them."""
    if post.member_id is not None:
        notifications.tell_member(db, post.member_id, SUBJECT, TEXT, f"/threads/{post.thread_id}")


def _hide(db: Session, post: Post, case: Case, ruling: Ruling) -> str:
    was_out = case.was_out = case.was_out or post.state == PUBLISHED
    take_down(db, post, HIDDEN, ruling.reason, ruling.words)
    return vocabulary.HIDE if was_out else "refuse_post"


def _to_police(db: Session, post: Post, case: Case, ruling: Ruling) -> str:
    case.was_out = case.was_out or post.state == PUBLISHED
    take_down(db, post, HIDDEN, f"{vocabulary.POLICE_MARK}{ruling.reason}", ruling.words)
    return vocabulary.POLICE


def _hold(db: Session, post: Post, case: Case, ruling: Ruling) -> str:
    case.was_out = True
    take_down(db, post, HELD, ruling.reason, ruling.words)
    return vocabulary.HOLD


def _restore(db: Session, post: Post, case: Case, ruling: Ruling) -> str:
    is_first_time = not case.was_out and not _was_out_before(db, post, case)
    put_back(db, post, is_first_time=is_first_time)
    return "let_out" if is_first_time else vocabulary.RESTORE


def _keep(db: Session, post: Post, case: Case, ruling: Ruling) -> str:
    return "gone" if post.state == WITHDRAWN else vocabulary.KEEP


def _was_out_before(db: Session, post: Post, case: Case) -> bool:
    """Whether an earlier case knew the post as one that readers had seen."""
    earlier = sa.select(Case.id).where(Case.post_id == post.id, Case.id != case.id, Case.was_out)
    return db.scalar(earlier.limit(1)) is not None


_DEEDS = {
    vocabulary.HIDE: _hide,
    vocabulary.POLICE: _to_police,
    vocabulary.RESTORE: _restore,
    vocabulary.HOLD: _hold,
    vocabulary.KEEP: _keep,
}


def take_down(db: Session, post: Post, state: str, reason: str, words: str) -> None:
    """Hide or hold a post: counts and lists follow, its writer sees why, and others learn of it after commit."""
    if post.state == PUBLISHED:
        fewer = sa.update(Thread).where(Thread.id == post.thread_id).values(posts_count=Thread.posts_count - 1)
        db.execute(fewer)
    was_held = post.state == HELD
    _set_state(db, post, state, reason, words)
    settle(db, post.thread_id)
    if not was_held or state == HIDDEN:
        event_log.append(db, PostHidden(post_id=post.id, thread_id=post.thread_id))


def put_back(db: Session, post: Post, *, is_first_time: bool) -> None:
    """Show a post to its readers: for the first time, or again."""
    _set_state(db, post, PUBLISHED, "", "")
    if is_first_time:
        publish(db, post, tuple(sorted(log.boards_of(db, post.thread_id))))
        return
    more = sa.update(Thread).where(Thread.id == post.thread_id).values(posts_count=Thread.posts_count + 1)
    db.execute(more)
    settle(db, post.thread_id)
    event_log.append(db, PostRestored(post_id=post.id, thread_id=post.thread_id))


def _set_state(db: Session, post: Post, state: str, reason: str, words: str) -> None:
    post.state, post.state_reason, post.state_note = state, reason[:60], words[:300]
    db.flush()
    if post.number == 1:
        db.execute(sa.update(Thread).where(Thread.id == post.thread_id).values(state=state))
    indexing.put_post(db, post.id)
