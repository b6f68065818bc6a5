"""From a post that waited elsewhere to a post on the boards. It passes the same guard and queue as any other."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import wards
from core.contributions import Draft
from core.database import new_id
from core.released import Placement, ReleasedPost
from plugins.ward_boards import markup, publishing, services
from plugins.ward_boards.categories import CATEGORIES
from plugins.ward_boards.models import VERIFIED, Post, Thread, ThreadWard
from plugins.ward_boards.publishing import Hold
from plugins.ward_boards.released import standing

HOLD_CODE = "released.first"
# Not translated: they are stored, and say nothing about who reads or wrote.
TAKEN = "Another post has this number. Send it again as a new one."
NO_THREAD = "The thread is no longer there, or takes no more replies."
NO_BOARD = "The board is no longer there."
TOO_LONG = "The text or its title is empty or too long."


def publish(db: Session, released: ReleasedPost) -> Placement:
    """Put a released post on its boards, or hold it; say why when it cannot go out.

    The same post again is left as it is. Another's post under the same id is not touched, and not told about.
    """
    known = db.get(Post, released.post_id)
    if known is not None:
        is_same = known.ref == released.author.ref or standing.is_withdrawn_handle(known)
        return standing.placement(known) if is_same else Placement(None, "refused", TAKEN)
    draft = _draft(db, released)
    if isinstance(draft, str):
        return Placement(released.thread_id, "refused", draft)
    try:
        hold = _hold(db, draft, released.hold_note)
        verb = services.open_thread if released.thread_id is None else services.reply
        placed = verb(db, draft, released.author, now=released.at, hold_note=hold.note)
    except publishing.Refused as refusal:
        return Placement(released.thread_id, "refused", str(refusal)[:300])
    except services.ThreadClosed:
        return Placement(released.thread_id, "refused", NO_THREAD)
    publishing.queue_held(db, placed, hold, released.at)
    return Placement(placed.thread_id, placed.state)


def _hold(db: Session, draft: Draft, note: str) -> Hold:
    """Return why a moderator must look first: what the sender says, and what plugins and our own guard say."""
    found = publishing.held_for(db, draft)
    if not note:
        return found
    return Hold(f"{note} {found.note}".strip(), found.code or HOLD_CODE)


def _draft(db: Session, released: ReleasedPost) -> Draft | str:
    """Return what goes out, or in a sentence why nothing does."""
    text = markup.clean(released.text)
    if not 0 < len(text) <= publishing.LONGEST_TEXT or len(released.title) > publishing.LONGEST_TITLE:
        return TOO_LONG
    draft = Draft(
        thread_id=released.thread_id or new_id(),
        ward_codes=released.ward_codes,
        title=None,
        text=text,
        category=released.category if released.category in CATEGORIES else CATEGORIES[0],
        tier=VERIFIED,
        post_id=released.post_id,
    )
    if released.thread_id is not None:
        return _reply_in(db, draft)
    codes = tuple(sorted(set(wards.of_today(db, released.ward_codes)) & {row.code for row in wards.boards()}))
    title = markup.one_line(released.title)
    if not codes:
        return NO_BOARD
    return replace(draft, title=title, ward_codes=codes) if title else TOO_LONG


def _reply_in(db: Session, draft: Draft) -> Draft | str:
    """Complete an answer by its thread; those that verified members read are all there is."""
    thread = db.execute(
        sa.select(Thread.category).where(Thread.id == draft.thread_id, Thread.tier == VERIFIED)
    ).one_or_none()
    if thread is None:
        return NO_THREAD
    codes = db.scalars(sa.select(ThreadWard.ward_code).where(ThreadWard.thread_id == draft.thread_id)).all()
    return replace(draft, category=thread.category, ward_codes=tuple(sorted(codes)))
