"""The verbs of voices: send a post, take one back; and of moderators: stop a voice. All in the unlinkable file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from plugins.anonymity.credentials import epochs
from plugins.anonymity.unlinkable import batches, queries
from plugins.anonymity.unlinkable.models import ENDED, REFUSED, WAITING, WITHDRAWN, Ban, CopiedThread, Place, Sent
from plugins.anonymity.unlinkable.models import Waiting as Text
from plugins.anonymity.unlinkable.redemption import Voice

POSTS_A_DAY = 5
STOPPED = "A coordinator has stopped this voice until its week ends."


class IdTaken(Exception):
    """Somebody else's post has this id. Whose, and what it is, is not told."""


class TooMany(Exception):
    """The voice has sent its posts of the day."""


class NoSuchThread(Exception):
    """The thread is not among the copies, or takes no replies."""


class NotYourBoard(Exception):
    """The voice counts for another board, or there is no such board."""


class NoSuchPost(Exception):
    """The voice has no post by this id."""


@dataclass(frozen=True)
class Wish:
    """A post as its writer wants it: a reply when `thread_id` is set, else a new thread on `wards`."""

    post_id: str
    text: str
    thread_id: str | None = None
    title: str = ""
    category: str = ""
    wards: tuple[str, ...] = ()


def send(db: Session, voice: Voice, wish: Wish, *, now: datetime) -> Sent:
    """Let a post wait for the next batch; the same id again by the same voice changes nothing.

    Raises:
        IdTaken, TooMany, NoSuchThread, NotYourBoard: see there.
    """
    known = db.get(Sent, wish.post_id)
    if known is not None:
        if known.ref != voice.ref:
            raise IdTaken(wish.post_id)
        return known
    day = batches.day_of(now)
    if queries.sent_on(db, voice.ref, day) >= POSTS_A_DAY:
        raise TooMany(voice.ref)
    wards = _boards_of(db, voice, wish)
    sent = Sent(
        id=wish.post_id,
        ref=voice.ref,
        epoch=voice.epoch,
        sent_on=day,
        due_at=batches.next_after(now),
        state=WAITING,
        thread_id=wish.thread_id,
        reason="",
        is_leaving=False,
    )
    db.add(sent)
    db.add(
        Text(
            id=wish.post_id,
            handle=voice.handle,
            title=wish.title,
            text=wish.text,
            category=wish.category,
            wards=",".join(wards),
        )
    )
    db.flush()
    return sent


def _boards_of(db: Session, voice: Voice, wish: Wish) -> tuple[str, ...]:
    if wish.thread_id is not None:
        thread = db.get(CopiedThread, wish.thread_id)
        if thread is None or not thread.takes_replies:
            raise NoSuchThread(wish.thread_id)
        codes = tuple(thread.wards.split(","))
        if not voice.is_everywhere and voice.scope not in codes:
            raise NotYourBoard(voice.scope)
        return codes
    known = set(db.scalars(sa.select(Place.code)))
    allowed = known if voice.is_everywhere else known & {voice.scope}
    codes = tuple(sorted(set(wish.wards)))
    if not codes or not set(codes) <= allowed:
        raise NotYourBoard(voice.scope)
    return codes


def withdraw(db: Session, voice: Voice, post_id: str) -> None:
    """Take a post back: one that waits is deleted at once, one that is out at the worker's next look.

    Raises:
        NoSuchPost: the voice has none by this id.
    """
    sent = db.get(Sent, post_id)
    if sent is None or sent.ref != voice.ref:
        raise NoSuchPost(post_id)
    if sent.state in ENDED:
        return
    # The worker may be carrying a waiting one over just now; then it finds it on the boards and takes it off.
    sent.is_leaving = True
    sent.state = WITHDRAWN
    forget_text(db, post_id)


def forget_text(db: Session, post_id: str) -> None:
    """Delete what a post says."""
    db.execute(sa.delete(Text).where(Text.id == post_id))
    db.flush()


def stop(db: Session, post_id: str, *, now: datetime) -> str | None:
    """Stop the voice that sent a post until its week ends, and drop what of it still waits; return its ref.

    None when the post is not of a week that is still on: nobody can write under that name any more.
    """
    sent = db.get(Sent, post_id)
    if sent is None or sent.epoch != epochs.epoch_of(now):
        return None
    if db.get(Ban, sent.ref) is None:
        db.add(Ban(ref=sent.ref, epoch=sent.epoch))
        db.flush()
    for other in db.scalars(sa.select(Sent).where(Sent.ref == sent.ref, Sent.state == WAITING)).all():
        other.state, other.reason = REFUSED, STOPPED
        forget_text(db, other.id)
    return sent.ref
