"""The verbs of legal notices: receive, send on, answer, let the clock act. None of them commits.

Every step is written to the notice's own log and to the audit, and the complainant is told of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from core import audit
from core.contributions import Viewer
from core.database import new_id
from plugins.ward_boards import ownership
from plugins.ward_boards import services as writers
from plugins.ward_boards.complaints import clock, course, mails, papers
from plugins.ward_boards.complaints.models import LegalNotice, LegalStep
from plugins.ward_boards.models import HELD, HIDDEN, PUBLISHED, Post, ThreadWard
from plugins.ward_boards.moderation import services as moderators

FORWARD_HOURS, LEGAL_HOURS = 24, 48
BEFORE_TIME = timedelta(hours=1)
"""How long before the law's hour the clock takes a post down, so that a late run is not too late."""


class NoSuchPost(Exception):
    """There is no such post on the boards now."""


class OwnPost(Exception):
    """Who handles a notice may not have written the post."""


def receive(db: Session, post_id: str, notice: papers.Notice, *, now: datetime) -> str:
    """Take in a notice about a post that is on the boards, acknowledge it, and start its clock. Return its id.

    Raises:
        NoSuchPost: it is not there, or readers cannot see it.
    """
    post = db.get(Post, post_id)
    if post is None or post.state != PUBLISHED:
        raise NoSuchPost(post_id)
    due = clock.after_hours(now, LEGAL_HOURS)
    codes = db.scalars(sa.select(ThreadWard.ward_code).where(ThreadWard.thread_id == post.thread_id))
    row = LegalNotice(
        id=new_id(),
        post_id=post.id,
        thread_id=post.thread_id,
        ward_list=",".join(sorted(codes)),
        state=course.RECEIVED,
        sealed=papers.seal(notice),
        received_on=now.date(),
        due_at=due,
        act_at=clock.after_hours(now, FORWARD_HOURS) if post.member_id else due - BEFORE_TIME,
    )
    db.add(row)
    db.flush()
    _log(db, row, "received", now)
    mails.acknowledge(db, notice, receipt_of(row.id))
    return row.id


def receipt_of(notice_id: str) -> str:
    """Return the number by which a complainant can speak of a notice; it opens nothing."""
    return notice_id[:8].upper()


def handle(db: Session, viewer: Viewer, notice_id: str, step: str, *, now: datetime, words: str = "") -> None:
    """Take a step on a coordinator's word: send it on, take the post down, or send the notice back.

    Raises:
        course.NotNow: the notice is elsewhere by now.
        OwnPost: the coordinator wrote the post.
    """
    row = db.get_one(LegalNotice, notice_id)
    post = _post(db, row)
    if post is not None and ownership.owns(db, viewer, post):
        raise OwnPost(notice_id)
    audit.record(db, viewer.member_id, f"ward_boards.notice_{step}", f"notice {row.id}", "")
    if step == course.FORWARD and (post is None or post.member_id is None):
        raise course.NotNow(step)
    _take(db, row, post, step, now=now, words=words)


def answer(
    db: Session, viewer: Viewer, notice_id: str, step: str, *, now: datetime, given: papers.Answer | None = None
) -> None:
    """Take in what the writer of the post wants: read it, take the post down, or keep it with a name and address.

    Raises:
        course.NotNow: it is past that.
        plugins.ward_boards.services.NotYours: somebody else wrote the post, as far as can be known.
    """
    row = db.get_one(LegalNotice, notice_id)
    post = _post(db, row)
    if post is None or not ownership.owns(db, viewer, post):
        raise writers.NotYours(notice_id)
    if (step == course.KEEP) != (given is not None) or step not in (course.READ, course.KEEP, course.WITHDRAW):
        raise course.NotNow(step)
    if given is not None:
        row.sealed_answer = papers.seal(given)
    _take(db, row, post, step, now=now, given=given)
    if step == course.WITHDRAW:
        writers.withdraw(db, viewer, post.id)


def tick(db: Session, notice_id: str, *, now: datetime) -> str | None:
    """Take the step that is due by the clock; None when nothing is (any more). Safe to call again."""
    row = db.get(LegalNotice, notice_id)
    if row is None or row.state not in course.OPEN or row.act_at is None or row.act_at > now:
        return None
    post = _post(db, row)
    is_there = post is not None and post.state in (PUBLISHED, HELD)
    step = course.when_due(row.state, is_there=is_there, has_mail=bool(post and post.member_id))
    audit.record(db, None, f"ward_boards.notice_{step}", f"notice {row.id}", "")
    _take(db, row, post, step, now=now)
    return step


def due(db: Session, now: datetime) -> list[str]:
    """Return the notices on which the clock has to act."""
    wanted = sa.select(LegalNotice.id).where(LegalNotice.state.in_(course.OPEN), LegalNotice.act_at <= now)
    return list(db.scalars(wanted.order_by(LegalNotice.act_at)))


def _take(
    db: Session,
    row: LegalNotice,
    post: Post | None,
    step: str,
    *,
    now: datetime,
    given: papers.Answer | None = None,
    words: str = "",
) -> None:
    row.state = course.after(row.state, step)
    notice = papers.open_notice(row.sealed)
    if step == course.FORWARD and post is not None and post.member_id is not None:
        mails.to_writer(db, post.member_id, post.id, notice)
    if row.state == course.FORWARDED:
        row.due_at = row.act_at = clock.answer_by(now)
    else:
        row.due_at = row.act_at = None
        row.closed_on = now.date()
    if step in course.TAKES_DOWN and post is not None and post.state in (PUBLISHED, HELD):
        moderators.take_down(db, post, HIDDEN, "", _("Taken down after a legal complaint."))
    _log(db, row, step, now)
    mails.tell_complainant(db, notice, step, given, words)
    db.flush()


def _post(db: Session, row: LegalNotice) -> Post | None:
    return db.get(Post, row.post_id) if row.post_id else None


def _log(db: Session, row: LegalNotice, step: str, now: datetime) -> None:
    last = sa.select(sa.func.count()).where(LegalStep.notice_id == row.id)
    db.add(LegalStep(notice_id=row.id, number=(db.scalar(last) or 0) + 1, step=step, taken_on=now.date()))
    db.flush()
