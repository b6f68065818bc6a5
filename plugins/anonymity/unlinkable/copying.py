"""What the unlinkable side may know of the members' side: public keys and counts, boards, and copies of threads."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import posting, wards
from core.database import reading
from core.released import ThreadCopy
from core.wards import WardRow
from plugins.anonymity.credentials import epochs
from plugins.anonymity.credentials import queries as credentials
from plugins.anonymity.credentials.queries import WeekKey
from plugins.anonymity.unlinkable.models import CopiedPost, CopiedThread, Mark, Place, Week
from plugins.anonymity.unlinkable.store import store

MOST_THREADS = 200
WEEKS, THREADS = "weeks", "threads"


def copy_weeks(now: datetime) -> None:
    """Bring over the keys of the week that is on, and the boards."""
    with reading() as db:
        weeks = credentials.open_weeks(db, epochs.epoch_of(now))
    places = wards.boards()
    with store().reading() as side:
        if _is_known(side, WEEKS, digest := _digest((weeks, places))):
            return
    with store().writing() as side:
        take_over(side, weeks, places)
        _note(side, WEEKS, digest)


def take_over(side: Session, weeks: Sequence[WeekKey], places: Sequence[WardRow]) -> None:
    """Put these weeks and boards in the place of those that are here."""
    side.execute(sa.delete(Week))
    side.execute(sa.delete(Place))
    for week in weeks:
        side.add(Week(epoch=week.epoch, scope=week.scope, spki=week.spki, issued=week.issued))
    side.add_all(Place(code=place.code, name=place.name, kind=place.kind) for place in places)
    side.flush()


def copy_threads(_now: datetime) -> None:
    """Copy the boards anew when anything in them changed."""
    with reading() as db:
        found = posting.copied_threads(db, MOST_THREADS)
    with store().reading() as side:
        if _is_known(side, THREADS, digest := _digest(found)):
            return
    with store().writing() as side:
        side.execute(sa.delete(CopiedPost))
        side.execute(sa.delete(CopiedThread))
        for place, thread in enumerate(found):
            _copy(side, place, thread)
        _note(side, THREADS, digest)


def _copy(side: Session, place: int, thread: ThreadCopy) -> None:
    side.add(
        CopiedThread(
            id=thread.thread_id,
            place=place,
            title=thread.title,
            category=thread.category,
            wards=",".join(thread.ward_codes),
            takes_replies=thread.takes_replies,
            posts_count=len(thread.posts),
        )
    )
    side.add_all(
        CopiedPost(
            thread_id=thread.thread_id,
            number=post.number,
            id=post.post_id,
            label=post.label,
            html=post.html,
            when=post.when,
        )
        for post in thread.posts
    )


def _digest(found: object) -> str:
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _is_known(side: Session, name: str, digest: str) -> bool:
    return side.scalar(sa.select(Mark.value).where(Mark.name == name)) == digest


def _note(side: Session, name: str, digest: str) -> None:
    side.merge(Mark(name=name, value=digest))
    side.flush()
