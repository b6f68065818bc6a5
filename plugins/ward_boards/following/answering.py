"""Answering by the link of a mail: the link says who and what, and every right is looked at again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import notifications, permissions, posting
from core.contributions import Viewer
from core.database import transaction
from core.instance import instance
from plugins.ward_boards import conversation, publishing
from plugins.ward_boards.conversation import ThreadView
from plugins.ward_boards.following.models import ReplyLinkUse
from plugins.ward_boards.moderation import merging
from plugins.ward_boards.moments import day_of
from plugins.ward_boards.services import Placed

MOST_USES = 3
KEPT_DAYS = 3
"""A link is good for two days; who used it is nobody's business after."""


class LinkOver(Exception):
    """The link is not ours, too old, or ended when the member's logins did."""


class UsedUp(Exception):
    """The link has been used as often as one may be: whoever finds the mail must not write for ever."""


@dataclass(frozen=True)
class Invitation:
    """Who may answer in which thread; `thread` is None when they may not read it any more."""

    viewer: Viewer
    thread: ThreadView | None


def invitation(db: Session, token: str) -> Invitation:
    """Return what a link allows now. Reads only, so that a mail scanner burns nothing.

    Raises:
        LinkOver: it allows nothing any more.
    """
    link = notifications.read_reply(db, token)
    if link is None:
        raise LinkOver
    viewer = permissions.viewer_of(db, link.member_id)
    joined = merging.leads_to(db, viewer, link.reply_to)
    thread_id = joined[0] if joined else link.reply_to
    return Invitation(viewer, conversation.thread_view(db, viewer, thread_id))


def is_used_up(db: Session, token: str) -> bool:
    """Whether a link has been used as often as it may be."""
    uses = db.scalar(sa.select(ReplyLinkUse.uses).where(ReplyLinkUse.link_hash == _hash(token)))
    return (uses or 0) >= MOST_USES


def answer(db: Session, token: str, text: str, *, now: datetime) -> Placed:
    """Put an answer on the board under the member's alias, as a page would, and count the use.

    Raises:
        LinkOver, UsedUp: the link is good for nothing, or for no more.
        core.permissions.Denied, services.ThreadClosed, publishing.Refused: as `publishing.reply`.
    """
    found = invitation(db, token)
    if found.thread is None:
        raise LinkOver
    _count(db, token, day_of(now))
    return publishing.reply(db, found.viewer, found.thread, text, sign_as=posting.DEFAULT_OPTION, now=now)


def _count(db: Session, token: str, on: date) -> None:
    # Writers queue, so of two answers at once the second sees the first one's count.
    row = db.get(ReplyLinkUse, _hash(token))
    if row is None:
        db.add(ReplyLinkUse(link_hash=_hash(token), uses=1, used_on=on))
    elif row.uses >= MOST_USES:
        raise UsedUp
    else:
        row.uses += 1
    db.flush()


def _hash(token: str) -> str:
    return instance().keys.keyed_hash("ward-boards-reply-link", token)


def forget(db: Session, now: datetime) -> int:
    """Delete the counts of links that have run out; return how many."""
    old = sa.delete(ReplyLinkUse).where(ReplyLinkUse.used_on < day_of(now) - timedelta(days=KEPT_DAYS))
    return int(db.execute(old).rowcount)  # type: ignore[attr-defined]  # CursorResult of a DELETE


def forget_daily(now: datetime) -> None:
    """Delete old counts; the plugin's daily job."""
    with transaction() as db:
        forget(db, now)
