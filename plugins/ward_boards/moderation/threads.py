"""What moderators do with a thread: lock it, move it, ask another board to take it.

No move ever widens who can read: readers of a thread become fewer, or stay the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from core import audit
from core.contributions import Viewer
from core.database import new_id
from plugins.ward_boards.models import COORDINATORS, HIDDEN, PUBLISHED, TIERS, WITHDRAWN, Thread, ThreadWard
from plugins.ward_boards.moderation import cases, claims, log, rights, vocabulary
from plugins.ward_boards.moderation.cases import Ruling
from plugins.ward_boards.moderation.models import Case
from plugins.ward_boards.search import indexing
from plugins.ward_boards.services import settle


class ThreadGone(Exception):
    """There is no such thread to do this with: hidden, held, or joined with another already."""


class WouldWiden(Exception):
    """More people could read it afterwards than its writers meant."""


class NotYourBoard(Exception):
    """A board would be taken off that somebody else moderates, or none would be left."""


@dataclass(frozen=True)
class Place:
    """Where a thread belongs: its boards, its kind and its readers."""

    ward_codes: frozenset[str]
    category: str
    tier: str


def set_locked(db: Session, viewer: Viewer, thread_id: str, *, locked: bool, reason: str, now: datetime) -> None:
    """Stop a thread from taking replies, or let it take them again."""
    db.execute(sa.update(Thread).where(Thread.id == thread_id).values(is_locked=locked))
    settle(db, thread_id)
    record(db, viewer, "lock" if locked else "unlock", thread_id, Ruling(reason), now=now)


def move(db: Session, viewer: Viewer, thread_id: str, place: Place, ruling: Ruling, *, now: datetime) -> frozenset[str]:
    """Put a thread on other boards, under another kind, before fewer readers. Return the boards that were asked.

    Boards the viewer moderates are added at once; the moderators of the others find the question in their queue.

    Raises:
        ThreadGone, WouldWiden, NotYourBoard: and nothing is changed.
    """
    thread = db.get(Thread, thread_id)
    if thread is None or thread.state not in (PUBLISHED, WITHDRAWN):
        raise ThreadGone(thread_id)
    before, own = log.boards_of(db, thread_id), rights.moderated_wards(viewer)
    if TIERS.index(place.tier) < TIERS.index(thread.tier):
        raise WouldWiden(thread_id)
    added, removed = place.ward_codes - before, before - place.ward_codes
    if added and COORDINATORS in (thread.tier, place.tier):
        raise WouldWiden(thread_id)  # the coordinators of another board are other readers
    if not removed <= own or not before - removed:
        raise NotYourBoard(thread_id)
    wanted = Place((before - removed) | (added & own), place.category, place.tier)
    if wanted != Place(before, thread.category, thread.tier):
        record(db, viewer, "move", thread_id, ruling, now=now)
        _replace(db, thread, wanted)
    for code in sorted(added - own):
        _ask(db, thread_id, code, now)
    if added - own:
        record(db, viewer, "ask", thread_id, ruling, now=now)
    return added - own


def _replace(db: Session, thread: Thread, place: Place) -> None:
    """Take a thread off every list and put it up anew, so that each board's counts follow by their own rules."""
    state, thread_id = thread.state, thread.id
    _set(db, thread_id, state=HIDDEN)
    settle(db, thread_id)
    before = log.boards_of(db, thread_id)
    db.execute(
        sa.delete(ThreadWard).where(
            ThreadWard.thread_id == thread_id, ThreadWard.ward_code.in_(sorted(before - place.ward_codes))
        )
    )
    at = db.scalar(sa.select(Thread.last_post_at).where(Thread.id == thread_id))
    for code in sorted(place.ward_codes - before):
        row = ThreadWard(thread_id=thread_id, ward_code=code, tier=place.tier, is_listed=False, last_post_at=at)
        db.add(row)
    db.flush()
    db.execute(sa.update(ThreadWard).where(ThreadWard.thread_id == thread_id).values(tier=place.tier))
    _set(db, thread_id, state=state, category=place.category, tier=place.tier)
    settle(db, thread_id)
    indexing.put_thread(db, thread_id)


def _set(db: Session, thread_id: str, **values: object) -> None:
    db.execute(sa.update(Thread).where(Thread.id == thread_id).values(**values))


def _ask(db: Session, thread_id: str, ward_code: str, now: datetime) -> None:
    asked = sa.select(Case.id).where(Case.thread_id == thread_id, Case.asked_ward == ward_code, Case.is_open)
    if db.scalar(asked) is None:
        db.add(
            Case(
                id=new_id(),
                thread_id=thread_id,
                kind=vocabulary.ASK,
                is_open=True,
                urgency_rank=vocabulary.ASK_RANK,
                opened_on=now.date(),
                asked_ward=ward_code,
            )
        )
        db.flush()


def answer(db: Session, viewer: Viewer, case_id: str, verb: str, ruling: Ruling, *, now: datetime) -> str:
    """Take a thread onto the board that was asked, or decline. Return the thread's id.

    Raises:
        claims.CaseClosed, claims.Claimed: as for any case.
        ThreadGone, WouldWiden: it went off the boards meanwhile, or is only for coordinators now.
    """
    case = claims.claim(db, viewer, case_id, now=now)
    thread = db.get(Thread, case.thread_id)
    if case.asked_ward is None or thread is None or thread.state not in (PUBLISHED, WITHDRAWN):
        raise ThreadGone(case.thread_id)
    as_whom = rights.standing(viewer, {case.asked_ward})
    cases.sign(case, viewer, as_whom)
    if verb == vocabulary.ACCEPT:
        if thread.tier == COORDINATORS:
            raise WouldWiden(thread.id)
        codes = log.boards_of(db, thread.id) | {case.asked_ward}
        _replace(db, thread, Place(codes, thread.category, thread.tier))
    audit.record(db, viewer.member_id, f"ward_boards.{verb}", f"thread {thread.id}", ruling.words or ruling.reason)
    log.write(db, as_whom, verb, thread.id, reason=ruling.reason, now=now)
    cases.close(db, case, verb, ruling, now=now)
    return thread.id


def record(db: Session, viewer: Viewer, verb: str, thread_id: str, ruling: Ruling, *, now: datetime) -> None:
    """Write a deed about a thread to the audit and to the log."""
    as_whom = rights.standing(viewer, log.boards_of(db, thread_id))
    audit.record(db, viewer.member_id, f"ward_boards.{verb}", f"thread {thread_id}", ruling.words or ruling.reason)
    log.write(db, as_whom, verb, thread_id, reason=ruling.reason, now=now)
