"""Carrying posts between the two databases: out in batches, states back, and taken back by their writers.

A post goes out in one transaction of the main database, and is then marked here. Killed between the two, the next run
finds it on the boards under its id and only marks it.
"""

from __future__ import annotations

import logging
import secrets
from datetime import datetime

from core import posting
from core.contributions import Authorship
from core.database import reading, transaction
from core.released import Placement, ReleasedPost
from plugins.anonymity.unlinkable import batches, queries, services
from plugins.anonymity.unlinkable.contributions import KIND
from plugins.anonymity.unlinkable.models import REFUSED, WAITING, Sent, Waiting
from plugins.anonymity.unlinkable.store import store

log = logging.getLogger(__name__)
HELD_FIRST = 2
"""How many of a voice's posts a moderator looks at before they go out."""
HOLD_NOTE = "A voice that is new this week. Look at its first posts before they go out."
NO_BOARDS = "There are no boards here to put it on."


def release(now: datetime) -> int:
    """Put every post on its boards whose batch has come, in an order made up for it; return how many."""
    at = batches.last_until(now)
    with store().reading() as side:
        ids = [sent.id for sent, _text in queries.due(side, now)]
    secrets.SystemRandom().shuffle(ids)
    done = sum(_release(post_id, at) for post_id in ids)
    if done:
        log.info("%d posts came out", done)
    return done


def _release(post_id: str, at: datetime) -> bool:
    with store().reading() as side:
        sent, text = side.get(Sent, post_id), side.get(Waiting, post_id)
        if sent is None or text is None or sent.state != WAITING:
            return False  # taken back, or its voice was stopped, since we looked
        is_first = queries.came_out(side, sent.ref) < HELD_FIRST
        released = _released(sent, text, at, HOLD_NOTE if is_first else "")
    with transaction() as db:
        placed = posting.publish_released(db, released)
    _mark(post_id, placed or Placement(None, REFUSED, NO_BOARDS))
    return True


def _released(sent: Sent, text: Waiting, at: datetime, hold_note: str) -> ReleasedPost:
    return ReleasedPost(
        post_id=sent.id,
        thread_id=sent.thread_id,
        ward_codes=tuple(text.wards.split(",")),
        title=text.title,
        text=text.text,
        category=text.category,
        author=Authorship(kind=KIND, label=text.handle, ref=sent.ref),
        at=at,
        hold_note=hold_note,
    )


def _mark(post_id: str, placed: Placement) -> None:
    with store().writing() as side:
        sent = side.get(Sent, post_id)
        if sent is None:
            return
        if sent.state == WAITING:  # else its writer took it back meanwhile: it leaves the boards with the next step
            sent.state, sent.reason = placed.state, placed.reason
        sent.thread_id = placed.thread_id or sent.thread_id
        services.forget_text(side, post_id)


def carry_out_withdrawals(_now: datetime) -> None:
    """Take from the boards what its writers took back."""
    with store().reading() as side:
        leaving = [(sent.id, sent.ref) for sent in queries.leaving(side)]
    for post_id, ref in leaving:
        with transaction() as db:
            posting.withdraw_released(db, post_id, ref)
        with store().writing() as side:
            sent = side.get(Sent, post_id)
            if sent is not None:
                sent.is_leaving = False


def bring_states_back(_now: datetime) -> None:
    """Tell voices what became of their posts: let out, hidden, put back."""
    with store().reading() as side:
        known = {sent.id: (sent.state, sent.reason, sent.thread_id) for sent in queries.on_boards(side)}
    with reading() as db:
        placed = posting.placed_posts(db, sorted(known))
    changed = {
        post_id: place
        for post_id, place in placed.items()
        if (place.state, place.reason, place.thread_id) != known[post_id]
    }
    if not changed:
        return
    with store().writing() as side:
        for post_id, place in changed.items():
            sent = side.get(Sent, post_id)
            if sent is not None and not sent.is_leaving and sent.state in queries.MAY_CHANGE:
                sent.state, sent.reason, sent.thread_id = place.state, place.reason, place.thread_id
